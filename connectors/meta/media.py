"""Files are fetched before their message is held, with limits; what cannot be had costs nobody their complaint.

Rules
-----
1. WhatsApp names a file by an id: the API is asked for its link (good for five minutes), and the link with our token.
   Messenger and Instagram give a link; it is asked without any token.
2. Only https, only hosts of Meta's (`media_hosts`), only addresses of the open network: the name is resolved once and
   the very address that was looked at is asked, so no name can lead inside. One redirect is followed, without the
   token, and is looked at in the same way. Only the API itself, which the operator named, is taken as it is.
3. A try that fails is repeated, three in all, for as long as the settings allow. A link that has expired (404, 410) is
   asked for anew.
4. What a computer would run or a browser would act on is not taken.

Why a file is missing: `file_gone file_late file_too_large file_too_many file_type file_foreign file_private`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx2

from connectors.meta.content import Media
from connectors.meta.graph import Graph, authorities
from connectors.meta.values import first, mapping, number, string
from intake_daemon.contract import File
from intake_daemon.errors import IntakeError, Permanent

_TYPES = ("image/", "audio/", "video/")
_MORE = frozenset(
    "application/pdf text/plain text/vcard text/x-vcard text/csv text/calendar text/markdown application/rtf text/rtf "
    "application/msword application/ogg application/octet-stream application/zip application/json application/xml "
    "text/xml application/epub+zip application/vnd.ms-excel application/vnd.ms-powerpoint application/vnd.ms-outlook "
    "message/rfc822 application/vnd.oasis.opendocument.text application/vnd.oasis.opendocument.spreadsheet "
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document "
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet "
    "application/vnd.openxmlformats-officedocument.presentationml.presentation".split()
)
_NEVER = frozenset(("image/svg+xml",))
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
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PAUSES = (0.3, 1.0)
_AT_ONCE = 4
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_GONE = frozenset((HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN))

Resolve = Callable[[str, int], Awaitable[list[str]]]
Public = Callable[[str], bool]


@dataclass(frozen=True)
class MediaLimits:
    """Bytes of one file, how many files, seconds for all of one message, hosts that files may lie on."""

    file_bytes: int
    files: int
    seconds: float
    hosts: tuple[str, ...]


class _Missing(Exception):  # noqa: N818 -- not an error of ours: a file that is not there
    """`code`: the remark; `again`: whether asking once more may help."""

    def __init__(self, code: str, *, again: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.again = again


@dataclass(frozen=True)
class Fetched:
    """The files that are here, and of each that is not its name, its id where it has one, and `why`."""

    files: tuple[File, ...] = ()
    missing: tuple[dict[str, str], ...] = ()


class Fetching:
    """Fetches the files of messages."""

    def __init__(
        self,
        graph: Graph,
        limits: MediaLimits,
        *,
        resolve: Resolve | None = None,
        public: Public | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """The last three are for tests: how a host is resolved, what counts as public, whose certificates count."""
        self._graph = graph
        self._limits = limits
        self._resolve = resolve or _addresses
        self._public = public or is_public
        self._trust = trust

    async def fetch(self, media: Sequence[Media], token: str) -> Fetched:
        """All of them, in order."""
        free = asyncio.Semaphore(_AT_ONCE)
        taken = media[: self._limits.files]
        results = await asyncio.gather(*(self._within(free, each, token) for each in taken))
        missing = [{**one.told, "why": why} for one, why in zip(taken, results, strict=True) if isinstance(why, str)]
        missing += [{**one.told, "why": "file_too_many"} for one in media[self._limits.files :]]
        return Fetched(tuple(each for each in results if isinstance(each, File)), tuple(missing))

    async def words(self, account: str, asked: str, kind: str, field: str, token: str) -> str:
        """The words of what names us, by the API's own notation of nested fields. Raises Temporary, Permanent."""
        async with asyncio.timeout(self._limits.seconds):
            told = await self._graph.get(account, {"fields": asked}, token)
        return string(mapping(told.get(kind)).get(field))

    async def _within(self, free: asyncio.Semaphore, one: Media, token: str) -> File | str:
        try:
            async with asyncio.timeout(self._limits.seconds), free:
                return await self._patiently(one, token)
        except TimeoutError:
            return "file_late"
        except _Missing as missing:
            return missing.code

    async def _patiently(self, one: Media, token: str) -> File:
        if (one.size or 0) > self._limits.file_bytes:
            raise _Missing("file_too_large")
        for pause in (*_PAUSES, None):
            try:
                return await self._once(one, token)
            except _Missing as missing:
                if not missing.again or pause is None:
                    raise
            except (httpx2.HTTPError, httpx2.InvalidURL):
                if pause is None:
                    raise _Missing("file_late") from None
            await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def _once(self, one: Media, token: str) -> File:
        link, media_type, with_token = one.url, one.media_type, ""
        if one.id:
            link, media_type = await self._link(one, token)
            with_token = token
        async with httpx2.AsyncClient(
            timeout=self._limits.seconds, trust_env=False, verify=self._trust or authorities()
        ) as client:
            request = await self._request(client, link, with_token)
            answer = await client.send(request, stream=True)
            try:
                if answer.status_code not in _REDIRECTS:
                    return await self._read(answer, one.name, media_type, expires=bool(one.id))
                onward = urljoin(link, answer.headers.get("location", ""))
            finally:
                await answer.aclose()
            answer = await client.send(await self._request(client, onward, ""), stream=True)
            try:
                if answer.status_code in _REDIRECTS:
                    raise _Missing("file_foreign")
                return await self._read(answer, one.name, media_type, expires=bool(one.id))
            finally:
                await answer.aclose()

    async def _link(self, one: Media, token: str) -> tuple[str, str]:
        """Where the file lies just now, and its type."""
        try:
            told = await self._graph.get(one.id, {}, token)
        except Permanent:
            raise _Missing("file_gone", again=True) from None
        except IntakeError:
            raise _Missing("file_late", again=True) from None
        if (number(told.get("file_size")) or 0) > self._limits.file_bytes:
            raise _Missing("file_too_large")
        link = string(told.get("url"))
        if not link:
            raise _Missing("file_gone")
        return link, first(string(told.get("mime_type")).partition(";")[0].strip().lower(), one.media_type)

    async def _request(self, client: httpx2.AsyncClient, link: str, token: str) -> httpx2.Request:
        """To the API as it is; anywhere else to the very address that was found to be public."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        try:
            parts = urlsplit(link)
            host, port = parts.hostname or "", parts.port or 443
        except ValueError:
            raise _Missing("file_foreign") from None
        api = urlsplit(self._graph.root)
        if (parts.scheme, parts.netloc) == (api.scheme, api.netloc):
            return client.build_request("GET", link, headers=headers)
        if parts.scheme != "https" or parts.username or not self._listed(host):
            raise _Missing("file_foreign")
        try:
            addresses = await self._resolve(host, port)
        except OSError:
            raise _Missing("file_late", again=True) from None
        if not addresses or not all(map(self._public, addresses)):
            raise _Missing("file_private")
        address = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
        pinned = urlunsplit(("https", f"{address}:{port}", parts.path, parts.query, ""))
        return client.build_request("GET", pinned, headers={**headers, "host": host}, extensions={"sni_hostname": host})

    def _listed(self, host: str) -> bool:
        return any(host == each or host.endswith(f".{each.lstrip('.')}") for each in self._limits.hosts)

    async def _read(self, answer: httpx2.Response, called: str, claimed: str, *, expires: bool) -> File:
        if answer.status_code in _GONE:
            raise _Missing("file_gone", again=expires or answer.status_code == HTTPStatus.NOT_FOUND)
        if not answer.is_success:
            raise _Missing("file_late", again=True)
        said = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        media_type = claimed if said in {"", "application/octet-stream", "binary/octet-stream"} else said
        if media_type in _NEVER or not (media_type.startswith(_TYPES) or media_type in _MORE):
            raise _Missing("file_type")
        announced = answer.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._limits.file_bytes:
            raise _Missing("file_too_large")
        content = bytearray()
        async for chunk in answer.aiter_bytes():
            content += chunk
            if len(content) > self._limits.file_bytes:
                raise _Missing("file_too_large")
        if content.startswith(_RUNS):
            raise _Missing("file_type")
        return File(called, media_type, bytes(content))


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
