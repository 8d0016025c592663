"""Files behind links that a provider or a stranger names: where a link may lead, and how much of it is taken.

What every connector that follows links shares; which links, with which credentials, and which types are taken, each
says itself.

Rules
-----
1. Only by https, only to a listed host, only when every address of that host is a public one; the connection then goes
   to the very address that was looked at, so no name can lead inside a moment later.
2. Size is counted as the bytes come. A redirect is never followed here.
3. A file that is not there costs nobody their complaint: it is asked for three times within the seconds that there are,
   then it is a remark: `file_gone file_late file_too_large file_foreign file_private`, and the connector's own.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx2

from intake_daemon.contract import File

REDIRECTS = frozenset((301, 302, 303, 307, 308))
_GONE = frozenset((HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PAUSES = (0.3, 1.0)
_HTTPS = 443

_RUNS = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xfe\xed\xfa",
    b"#!",
    b"\x4c\x00\x00\x00\x01\x14\x02",
)
"""Beginnings of programs: DOS and Windows, ELF, Java and Mach-O, scripts, Windows shortcuts."""

Resolve = Callable[[str, int], Awaitable[list[str]]]
Public = Callable[[str], bool]


class Missing(Exception):  # noqa: N818 -- not an error of ours: a file that is not there
    """`code`: the remark; `again`: whether asking once more may help."""

    def __init__(self, code: str, *, again: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.again = again


@cache
def authorities() -> ssl.SSLContext:
    """Whose certificates count: read once, since a client for each request would read them each time."""
    return httpx2.create_ssl_context()


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


async def _addresses(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


@dataclass(frozen=True)
class Outside:
    """The hosts that files may lie on, and those below them. The others are for tests: how a host is resolved, what
    counts as public, whose certificates count."""

    hosts: tuple[str, ...]
    resolve: Resolve = _addresses
    public: Public = is_public
    trust: ssl.SSLContext | None = None

    def client(self, seconds: float | None) -> httpx2.AsyncClient:
        """One that goes where it is sent, past any proxy, and follows nobody."""
        return httpx2.AsyncClient(timeout=seconds, trust_env=False, verify=self.trust or authorities())

    async def request(
        self, client: httpx2.AsyncClient, link: str, headers: dict[str, str] | None = None, *, base: str = ""
    ) -> httpx2.Request:
        """To the very address that was found to be public; `base`: what a relative link starts from. Raises Missing."""
        try:
            parts = urlsplit(urljoin(base, link))
            host, port = (parts.hostname or "").rstrip("."), parts.port or _HTTPS
        except ValueError:
            raise Missing("file_foreign") from None
        listed = any(host == each or host.endswith(f".{each.lstrip('.')}") for each in self.hosts)
        if parts.scheme != "https" or parts.username or not listed:
            raise Missing("file_foreign")
        try:
            addresses = await self.resolve(host, port)
        except OSError:
            raise Missing("file_late", again=True) from None
        if not addresses or not all(map(self.public, addresses)):
            raise Missing("file_private")
        address = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
        pinned = urlunsplit(("https", f"{address}:{port}", parts.path, parts.query, ""))
        named = {**(headers or {}), "host": host if port == _HTTPS else f"{host}:{port}"}
        return client.build_request("GET", pinned, headers=named, extensions={"sni_hostname": host})


async def tried(once: Callable[[], Awaitable[File]], seconds: float) -> File | str:
    """What `once` gives within so many seconds, asked three times where that may help; else the remark."""
    try:
        async with asyncio.timeout(seconds):
            for pause in (*_PAUSES, None):
                try:
                    return await once()
                except Missing as missing:
                    if not missing.again or pause is None:
                        return missing.code
                except (httpx2.HTTPError, httpx2.InvalidURL):
                    if pause is None:
                        break
                await asyncio.sleep(pause)
    except TimeoutError:
        pass  # it was late, as a broken line is
    return "file_late"


def refused(answer: httpx2.Response, *, expires: bool = False) -> None:
    """Raises Missing for an answer that is no file. `expires`: the next link to the same file may lead somewhere."""
    if answer.status_code in REDIRECTS:
        raise Missing("file_foreign")
    if answer.status_code in _GONE:
        raise Missing("file_gone", again=expires or answer.status_code == HTTPStatus.NOT_FOUND)
    if not answer.is_success:
        raise Missing("file_late", again=True)


def media_type(answer: httpx2.Response) -> str:
    """What the answer says that it is, in lower case and without parameters; nothing when it does not."""
    return str(answer.headers.get("content-type", "")).partition(";")[0].strip().lower()


def runs(content: bytes) -> bool:
    """Whether it begins as a program does, whatever it is called and said to be (OW-02)."""
    return content.startswith(_RUNS)


async def content(answer: httpx2.Response, most: int) -> bytes:
    """The bytes, of which there may be `most`. Raises Missing."""
    announced = answer.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        raise Missing("file_too_large")
    taken = bytearray()
    async for chunk in answer.aiter_bytes():
        taken += chunk
        if len(taken) > most:
            raise Missing("file_too_large")
    return bytes(taken)
