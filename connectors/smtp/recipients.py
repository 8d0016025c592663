"""Whose mail it is: the brands' addresses, also with a plus, and the bounce addresses on their domains."""

from __future__ import annotations

from collections.abc import Mapping

from intake_daemon.contract import BrandFacts


class Recipients:
    """The table of addresses. `bounces`: the local part that carries a token after its plus."""

    def __init__(self, brands: Mapping[str, BrandFacts], bounces: str) -> None:
        self._bounces = bounces
        self._addresses: dict[str, str] = {}
        self._domains: dict[str, str] = {}
        for brand in brands.values():
            for address in brand.addresses:
                self._addresses[_normal(address)] = brand.id
                self._domains.setdefault(_normal(address).rpartition("@")[2], brand.id)

    def brand(self, address: str) -> str | None:
        """Whose it is; None: nobody's."""
        normal = _normal(address)
        if brand := self._addresses.get(normal):
            return brand
        local, _, domain = normal.rpartition("@")
        local, plus, _ = local.partition("+")
        if plus and local == self._bounces:
            return self._domains.get(domain)
        return self._addresses.get(f"{local}@{domain}") if plus else None


def _normal(address: str) -> str:
    """Compared in lower case; a domain in its ASCII form (RFC 5890), whichever way it was written."""
    local, _, domain = address.lower().rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            return address.lower()
    return f"{local}@{domain}"
