"""Files behind links of a post: fetched at once, since links end, with limits; a complaint never waits for them.

Rules
-----
1. Only by https, only from a host of `hosts`, only when every address of that host is a public one; the connection then
   goes to the very address that was looked at. Nobody is followed elsewhere: a redirect is no file.
2. Size is counted as the bytes come; what a browser would run is not taken.
3. Each file is asked for three times in the seconds that are left. What is then missing is a remark: `file_gone`,
   `file_too_large`, `file_type`, `file_foreign`, `file_private`, `file_late`, `file_too_many`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import mimetypes
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx2

from connectors.hook.drafting import Link
from intake_daemon.contract import File

_NEVER = ("text/html", "application/xhtml", "image/svg", "application/javascript", "text/javascript", "application/xml")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PAUSES = (0.2, 0.8)
_GONE = frozenset((HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN))

Resolve = Callable[[str, int], Awaitable[list[str]]]
Public = Callable[[str], bool]


@dataclass(frozen=True)
class LinkLimits:
    """Bytes of one file, how many files of one complaint, hosts that are asked, what they want to see."""

    file_bytes: int
    files: int
    hosts: tuple[str, ...]
    token: str | None = None


class _MissingFile(Exception):  # noqa: N818 -- not an error of ours: a file that is not there
    """`code`: the remark; `again`: whether asking once more may help."""

    def __init__(self, code: str, *, again: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.again = again


class Links:
    """Fetches files."""

    def __init__(
        self,
        limits: LinkLimits,
        *,
        resolve: Resolve | None = None,
        public: Public | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """The last three are for tests: how a host is resolved, what counts as public, whose certificates count."""
        self._limits = limits
        self._resolve = resolve or _addresses
        self._public = public or is_public
        self._trust = trust

    async def fetch(self, links: Sequence[Link], seconds: float) -> tuple[tuple[File, ...], tuple[str, ...]]:
        """The files that are here, in order, and the remarks."""
        results = await asyncio.gather(*(self._within(link, seconds) for link in links[: self._limits.files]))
        remarks = [found for found in results if isinstance(found, str)]
        if len(links) > self._limits.files:
            remarks.append("file_too_many")
        return tuple(found for found in results if isinstance(found, File)), tuple(dict.fromkeys(remarks))

    async def _within(self, link: Link, seconds: float) -> File | str:
        try:
            async with asyncio.timeout(max(0.05, seconds)):
                return await self._patiently(link)
        except TimeoutError:
            return "file_late"
        except _MissingFile as missing:
            return missing.code

    async def _patiently(self, link: Link) -> File:
        for pause in (*_PAUSES, None):
            try:
                return await self._once(link)
            except _MissingFile as missing:
                if not missing.again or pause is None:
                    raise
            except httpx2.HTTPError:
                if pause is None:
                    raise _MissingFile("file_late") from None
            await asyncio.sleep(pause)
        raise _MissingFile("file_late")

    async def _once(self, link: Link) -> File:
        try:
            parts = urlsplit(link.url)
            host, port = (parts.hostname or "").rstrip("."), parts.port or 443
        except ValueError:
            raise _MissingFile("file_foreign") from None
        if parts.scheme != "https" or parts.username or not self._listed(host):
            raise _MissingFile("file_foreign")
        try:
            addresses = await self._resolve(host, port)
        except OSError:
            raise _MissingFile("file_late", again=True) from None
        if not addresses or not all(map(self._public, addresses)):
            raise _MissingFile("file_private")
        address = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
        pinned = urlunsplit(("https", f"{address}:{port}", parts.path, parts.query, ""))
        headers = {"host": host if port == 443 else f"{host}:{port}"}  # noqa: PLR2004 -- https
        if self._limits.token:
            headers["authorization"] = f"Bearer {self._limits.token}"
        async with (
            httpx2.AsyncClient(timeout=None, trust_env=False, verify=self._trust or _authorities()) as client,
            client.stream("GET", pinned, headers=headers, extensions={"sni_hostname": host}) as answer,
        ):
            return await self._read(answer, link, parts.path)

    def _listed(self, host: str) -> bool:
        return any(host == each or host.endswith(f".{each.lstrip('.')}") for each in self._limits.hosts)

    async def _read(self, answer: httpx2.Response, link: Link, path: str) -> File:
        if answer.is_redirect:
            raise _MissingFile("file_foreign")
        if answer.status_code in _GONE:
            raise _MissingFile("file_gone", again=answer.status_code == HTTPStatus.NOT_FOUND)
        if not answer.is_success:
            raise _MissingFile("file_late", again=True)
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type.startswith(_NEVER):
            raise _MissingFile("file_type")
        announced = answer.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._limits.file_bytes:
            raise _MissingFile("file_too_large")
        content = bytearray()
        async for chunk in answer.aiter_bytes():
            content += chunk
            if len(content) > self._limits.file_bytes:
                raise _MissingFile("file_too_large")
        name = link.name or unquote(PurePosixPath(path).name) or "file" + (mimetypes.guess_extension(media_type) or "")
        return File(name, media_type or "application/octet-stream", bytes(content))


def is_public(address: str) -> bool:
    """Whether it is an address of the open network: none of ours, of this machine, of a cloud's inside."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.sixtofour or found.teredo or found in _NAT64:  # ways to write an inner address as an outer one
            return False
        found = found.ipv4_mapped or found
    return found.is_global and not found.is_multicast


@cache
def _authorities() -> ssl.SSLContext:
    return ssl.create_default_context()


async def _addresses(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]
