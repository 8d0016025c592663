"""Files that a message only links to: fetched at once, since links end, with limits; a complaint never waits for them.

Rules
-----
1. The link must be of our own account on Twilio's service; only there go our credentials.
2. Twilio sends on to where the file lies. That is followed once, without credentials, only by https, only to a host of
   `media_hosts`, and only when every address of that host is a public one; the connection then goes to the very address
   that was looked at.
3. Size is counted as the bytes come; the type must be one that people have as evidence. Names are ours.
4. Each file is asked for three times in `media_seconds`. What is then missing is a remark: `file_gone`,
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
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx2

from connectors.twilio.account import Account, authorities
from intake_daemon.contract import File

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_TYPES = ("image/", "audio/", "video/")
_MORE = frozenset(
    "application/pdf text/plain text/vcard text/x-vcard text/csv text/calendar application/msword application/ogg "
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document application/vnd.ms-excel "
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet application/vnd.ms-powerpoint "
    "application/vnd.openxmlformats-officedocument.presentationml.presentation".split()
)
_NEVER = frozenset({"image/svg+xml"})
_PAUSES = (0.3, 1.0)
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_GONE = frozenset((HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN))

Resolve = Callable[[str, int], Awaitable[list[str]]]
Public = Callable[[str], bool]


@dataclass(frozen=True)
class MediaLimits:
    """Bytes of one file, how many files, seconds for all of one message, hosts that may be sent on to."""

    file_bytes: int
    files: int
    seconds: float
    hosts: tuple[str, ...]


class _MissingFile(Exception):  # noqa: N818 -- not an error of ours: a file that is not there
    """`code`: the remark; `again`: whether asking once more may help."""

    def __init__(self, code: str, *, again: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.again = again


class Media:
    """Fetches the files of one account's messages."""

    def __init__(
        self,
        account: Account,
        limits: MediaLimits,
        *,
        resolve: Resolve | None = None,
        public: Public | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """The last three are for tests: how a host is resolved, what counts as public, whose certificates count."""
        self._account = account
        self._limits = limits
        self._resolve = resolve or _addresses
        self._public = public or is_public
        self._trust = trust

    async def fetch(self, links: Sequence[tuple[str, str]]) -> tuple[tuple[File, ...], tuple[str, ...]]:
        """Each link with the name that its file gets (without an ending); the files that are here, and the remarks."""
        results = await asyncio.gather(*(self._within(link, name) for link, name in links[: self._limits.files]))
        files = tuple(found for found in results if isinstance(found, File))
        remarks = [found for found in results if isinstance(found, str)]
        if len(links) > self._limits.files:
            remarks.append("file_too_many")
        return files, tuple(dict.fromkeys(remarks))

    async def _within(self, link: str, name: str) -> File | str:
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._patiently(link, name)
        except TimeoutError:
            return "file_late"
        except _MissingFile as missing:
            return missing.code

    async def _patiently(self, link: str, name: str) -> File:
        for pause in (*_PAUSES, None):
            try:
                return await self._once(link, name)
            except _MissingFile as missing:
                if not missing.again or pause is None:
                    raise
            except httpx2.HTTPError:
                if pause is None:
                    raise _MissingFile("file_late") from None
            await asyncio.sleep(pause)
        raise _MissingFile("file_late")

    async def _once(self, link: str, name: str) -> File:
        if not self._account.owns(link):
            raise _MissingFile("file_foreign")
        client = httpx2.AsyncClient(timeout=self._limits.seconds, trust_env=False, verify=self._trust or authorities())
        async with client:
            async with client.stream("GET", link, auth=self._account.login) as answer:
                if answer.status_code not in _REDIRECTS:
                    return await self._read(answer, name)
                onward = answer.headers.get("location", "")
            request = await self._onward(client, link, onward)
            answer = await client.send(request, stream=True)
            try:
                if answer.status_code in _REDIRECTS:
                    raise _MissingFile("file_foreign")
                return await self._read(answer, name)
            finally:
                await answer.aclose()

    async def _onward(self, client: httpx2.AsyncClient, link: str, onward: str) -> httpx2.Request:
        """A request without credentials to the very address that was found to be public."""
        try:
            parts = urlsplit(urljoin(link, onward))
            host, port = parts.hostname or "", parts.port or 443
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
        return client.build_request("GET", pinned, headers={"host": host}, extensions={"sni_hostname": host})

    def _listed(self, host: str) -> bool:
        return any(host == each or host.endswith(f".{each.lstrip('.')}") for each in self._limits.hosts)

    async def _read(self, answer: httpx2.Response, name: str) -> File:
        if answer.status_code in _GONE:
            raise _MissingFile("file_gone", again=answer.status_code == HTTPStatus.NOT_FOUND)
        if not answer.is_success:
            raise _MissingFile("file_late", again=True)
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type in _NEVER or not (media_type.startswith(_TYPES) or media_type in _MORE):
            raise _MissingFile("file_type")
        announced = answer.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._limits.file_bytes:
            raise _MissingFile("file_too_large")
        content = bytearray()
        async for chunk in answer.aiter_bytes():
            content += chunk
            if len(content) > self._limits.file_bytes:
                raise _MissingFile("file_too_large")
        return File(name + (mimetypes.guess_extension(media_type) or ""), media_type, bytes(content))


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
