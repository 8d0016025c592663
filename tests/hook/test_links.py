"""Files behind links: where nobody is asked."""

from __future__ import annotations

import pytest

from connectors.hook.drafting import Link
from connectors.hook.links import LinkLimits, Links
from connectors.links import Outside, is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "192.168.0.1",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 -- an address, not a listener
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "2001:0:7f00:1::",
        "no address",
    ],
)
def test_inner_addresses(address: str) -> None:
    """None of this machine, of its network, or of a cloud's inside, however it is written."""
    assert not is_public(address)
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1::1")


@pytest.mark.parametrize(
    "url",
    [
        "http://files.shop.example/1",
        "https://elsewhere.example/1",
        "https://files.shop.example.elsewhere.example/1",
        "https://evilfiles.shop.example/1",
        "https://files.shop.example@elsewhere.example/1",
        "https://ann@files.shop.example/1",
        "file:///etc/passwd",
        "https://[::1/",
        "gopher://files.shop.example/1",
    ],
)
async def test_only_the_listed_hosts(url: str) -> None:
    """By https, without a user; nobody else's name is even looked up."""

    async def resolved(host: str, port: int) -> list[str]:
        raise AssertionError((host, port))

    links = Links(
        LinkLimits(1000, 5, ("files.shop.example",)), outside=Outside(("files.shop.example",), resolve=resolved)
    )
    assert await links.fetch([Link(url)], 5) == ((), ("file_foreign",))


async def test_a_listed_host_with_an_inner_address_beside_a_public_one() -> None:
    """Every address that a name has must be public: which of them is taken is nobody's choice."""

    async def resolved(host: str, port: int) -> list[str]:
        del host, port
        return ["93.184.216.34", "10.0.0.1"]

    links = Links(LinkLimits(1000, 1, ("shop.example",)), outside=Outside(("shop.example",), resolve=resolved))
    assert await links.fetch([Link("https://files.shop.example/1")] * 2, 5) == ((), ("file_private", "file_too_many"))
