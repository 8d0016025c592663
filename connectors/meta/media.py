"""Files are fetched before their message is held, with limits; what cannot be had costs nobody their complaint.

Rules
-----
1. WhatsApp names a file by an id: the API is asked for its link (good for five minutes), and the link with our token.
   Messenger and Instagram give a link; it is asked without any token.
2. Only hosts of Meta's (`media_hosts`), as connectors/links.py allows them. One redirect is followed, without the
   token, and is looked at in the same way. Only the API itself, which the operator named, is taken as it is.
3. A link that has expired (404, 410) is asked for anew.
4. What a computer would run or a browser would act on is not taken.

Why a file is missing: `file_gone file_late file_too_large file_too_many file_type file_foreign file_private`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urljoin, urlsplit

import httpx2

from connectors import links as followed
from connectors.links import REDIRECTS, Missing, Outside
from connectors.meta.content import Media
from connectors.meta.graph import Graph
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
_AT_ONCE = 4


@dataclass(frozen=True)
class MediaLimits:
    """Bytes of one file, how many files, seconds for all of one message, hosts that files may lie on."""

    file_bytes: int
    files: int
    seconds: float
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class Fetched:
    """The files that are here, and of each that is not its name, its id where it has one, and `why`."""

    files: tuple[File, ...] = ()
    missing: tuple[dict[str, str], ...] = ()


class Fetching:
    """Fetches the files of messages. `outside`: the hosts of the limits, unless a test says otherwise."""

    def __init__(self, graph: Graph, limits: MediaLimits, *, outside: Outside | None = None) -> None:
        self._graph = graph
        self._limits = limits
        self._outside = outside or Outside(limits.hosts)

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
        async def once() -> File:
            async with free:
                return await self._once(one, token)

        if (one.size or 0) > self._limits.file_bytes:
            return "file_too_large"
        return await followed.tried(once, self._limits.seconds)

    async def _once(self, one: Media, token: str) -> File:
        link, media_type, with_token = one.url, one.media_type, ""
        if one.id:
            link, media_type = await self._link(one, token)
            with_token = token
        read = partial(self._read, called=one.name, claimed=media_type, expires=bool(one.id))
        async with self._outside.client(self._limits.seconds) as client:
            answer = await client.send(await self._request(client, link, with_token), stream=True)
            try:
                if answer.status_code not in REDIRECTS:
                    return await read(answer)
                onward = answer.headers.get("location", "")
            finally:
                await answer.aclose()
            answer = await client.send(await self._request(client, onward, "", base=link), stream=True)
            try:
                return await read(answer)
            finally:
                await answer.aclose()

    async def _link(self, one: Media, token: str) -> tuple[str, str]:
        """Where the file lies just now, and its type."""
        try:
            told = await self._graph.get(one.id, {}, token)
        except Permanent:
            raise Missing("file_gone", again=True) from None
        except IntakeError:
            raise Missing("file_late", again=True) from None
        if (number(told.get("file_size")) or 0) > self._limits.file_bytes:
            raise Missing("file_too_large")
        link = string(told.get("url"))
        if not link:
            raise Missing("file_gone")
        return link, first(string(told.get("mime_type")).partition(";")[0].strip().lower(), one.media_type)

    async def _request(self, client: httpx2.AsyncClient, link: str, token: str, *, base: str = "") -> httpx2.Request:
        """To the API as it is; anywhere else as connectors/links.py allows it."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        try:
            there, api = urlsplit(urljoin(base, link)), urlsplit(self._graph.root)
        except ValueError:
            raise Missing("file_foreign") from None
        if (there.scheme, there.netloc) == (api.scheme, api.netloc):
            return client.build_request("GET", there.geturl(), headers=headers)
        return await self._outside.request(client, link, headers, base=base)

    async def _read(self, answer: httpx2.Response, *, called: str, claimed: str, expires: bool) -> File:
        followed.refused(answer, expires=expires)
        said = followed.media_type(answer)
        media_type = claimed if said in {"", "application/octet-stream", "binary/octet-stream"} else said
        if media_type in _NEVER or not (media_type.startswith(_TYPES) or media_type in _MORE):
            raise Missing("file_type")
        content = await followed.content(answer, self._limits.file_bytes)
        if followed.runs(content):
            raise Missing("file_type")
        return File(called, media_type, content)
