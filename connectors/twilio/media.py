"""Files that a message only links to: fetched at once, since links end, with limits; a complaint never waits for them.

Rules
-----
1. The link must be of our own account on Twilio's service; only there go our credentials.
2. Twilio sends on to where the file lies. That is followed once, without credentials, to a host of `media_hosts` as
   connectors/links.py allows it.
3. The type must be one that people have as evidence, and no program may be inside. Names are ours.
4. Each file is asked for three times in `media_seconds`. What is then missing is a remark: `file_gone`,
   `file_too_large`, `file_type`, `file_foreign`, `file_private`, `file_late`, `file_too_many`.
"""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import httpx2

from connectors import links as followed
from connectors.links import REDIRECTS, Missing, Outside
from connectors.twilio.account import Account
from intake_daemon.contract import File

_TYPES = ("image/", "audio/", "video/")
_MORE = frozenset(
    "application/pdf text/plain text/vcard text/x-vcard text/csv text/calendar application/msword application/ogg "
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document application/vnd.ms-excel "
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet application/vnd.ms-powerpoint "
    "application/vnd.openxmlformats-officedocument.presentationml.presentation".split()
)
_NEVER = frozenset({"image/svg+xml"})


@dataclass(frozen=True)
class MediaLimits:
    """Bytes of one file, how many files, seconds for all of one message, hosts that may be sent on to."""

    file_bytes: int
    files: int
    seconds: float
    hosts: tuple[str, ...]


class Media:
    """Fetches the files of one account's messages. `outside`: the hosts of the limits, unless a test says otherwise."""

    def __init__(self, account: Account, limits: MediaLimits, *, outside: Outside | None = None) -> None:
        self._account = account
        self._limits = limits
        self._outside = outside or Outside(limits.hosts)

    async def fetch(self, links: Sequence[tuple[str, str]]) -> tuple[tuple[File, ...], tuple[str, ...]]:
        """Each link with the name that its file gets (without an ending); the files that are here, and the remarks."""
        taken = links[: self._limits.files]
        tries = (followed.tried(partial(self._once, link, name), self._limits.seconds) for link, name in taken)
        results = await asyncio.gather(*tries)
        files = tuple(found for found in results if isinstance(found, File))
        remarks = [found for found in results if isinstance(found, str)]
        if len(links) > self._limits.files:
            remarks.append("file_too_many")
        return files, tuple(dict.fromkeys(remarks))

    async def _once(self, link: str, name: str) -> File:
        if not self._account.owns(link):
            raise Missing("file_foreign")
        async with self._outside.client(self._limits.seconds) as client:
            async with client.stream("GET", link, auth=self._account.login) as answer:
                if answer.status_code not in REDIRECTS:
                    return await self._read(answer, name)
                onward = answer.headers.get("location", "")
            # to where the file lies, without credentials
            answer = await client.send(await self._outside.request(client, onward, base=link), stream=True)
            try:
                return await self._read(answer, name)
            finally:
                await answer.aclose()

    async def _read(self, answer: httpx2.Response, name: str) -> File:
        followed.refused(answer)
        media_type = followed.media_type(answer)
        if media_type in _NEVER or not (media_type.startswith(_TYPES) or media_type in _MORE):
            raise Missing("file_type")
        content = await followed.content(answer, self._limits.file_bytes)
        if followed.runs(content):
            raise Missing("file_type")
        return File(name + (mimetypes.guess_extension(media_type) or ""), media_type, content)
