"""Files behind links of a post: fetched at once, since links end, with limits; a complaint never waits for them.

Rules
-----
1. Where a link may lead stands in connectors/links.py. Nobody is followed elsewhere: a redirect is no file.
2. What a browser would run is not taken.
3. Each file is asked for three times in the seconds that are left. What is then missing is a remark: `file_gone`,
   `file_too_large`, `file_type`, `file_foreign`, `file_private`, `file_late`, `file_too_many`.
"""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import httpx2

from connectors import links as followed
from connectors.hook.drafting import Link
from connectors.links import Missing, Outside
from intake_daemon.contract import File

_NEVER = ("text/html", "application/xhtml", "image/svg", "application/javascript", "text/javascript", "application/xml")


@dataclass(frozen=True)
class LinkLimits:
    """Bytes of one file, how many files of one complaint, hosts that are asked, what they want to see."""

    file_bytes: int
    files: int
    hosts: tuple[str, ...]
    token: str | None = None


class Links:
    """Fetches files. `outside`: the hosts of the limits, unless a test says otherwise."""

    def __init__(self, limits: LinkLimits, *, outside: Outside | None = None) -> None:
        self._limits = limits
        self._outside = outside or Outside(limits.hosts)

    async def fetch(self, links: Sequence[Link], seconds: float) -> tuple[tuple[File, ...], tuple[str, ...]]:
        """The files that are here, in order, and the remarks."""
        taken = links[: self._limits.files]
        tries = (followed.tried(partial(self._once, link), max(0.05, seconds)) for link in taken)
        results = await asyncio.gather(*tries)
        remarks = [found for found in results if isinstance(found, str)]
        if len(links) > self._limits.files:
            remarks.append("file_too_many")
        return tuple(found for found in results if isinstance(found, File)), tuple(dict.fromkeys(remarks))

    async def _once(self, link: Link) -> File:
        headers = {"authorization": f"Bearer {self._limits.token}"} if self._limits.token else {}
        async with self._outside.client(None) as client:
            answer = await client.send(await self._outside.request(client, link.url, headers), stream=True)
            try:
                return await self._read(answer, link)
            finally:
                await answer.aclose()

    async def _read(self, answer: httpx2.Response, link: Link) -> File:
        followed.refused(answer)
        media_type = followed.media_type(answer)
        if media_type.startswith(_NEVER):
            raise Missing("file_type")
        content = await followed.content(answer, self._limits.file_bytes)
        guessed = "file" + (mimetypes.guess_extension(media_type) or "")
        name = link.name or unquote(PurePosixPath(urlsplit(link.url).path).name) or guessed
        return File(name, media_type or "application/octet-stream", content)
