"""Files are fetched before their message is held, with limits; what cannot be had costs nobody their complaint.

Rules
-----
1. A try that fails is repeated, three tries in all, for as long as the settings allow; then the message is held without
   the file, and says so: a remark, and `fields["files_missing"]` with the name and the `file_id`, by which a person can
   still ask Telegram for it.
2. What is no picture although it came as a photo, and what a computer would run, is not taken (`file_wrong_type`).

Why a file is missing: `file_too_large file_gone file_expired file_bad_path file_redirected file_wrong_type
file_not_fetched file_too_late`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from connectors.links import runs
from connectors.telegram.content import Media
from intake_daemon.contract import File
from intake_daemon.errors import IntakeError, Permanent, Temporary

_TRIES = 3
_PAUSE = 0.05
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"GIF8")


class Downloads(Protocol):
    """Who gives files."""

    async def download(self, file_id: str, limit: int) -> bytes:
        """The bytes. Raises Temporary, Permanent with a code `file_…`."""


@dataclass(frozen=True)
class Fetched:
    """What came of it: the files, and of each that is missing its name, `file_id` and `why`."""

    files: tuple[File, ...] = ()
    missing: tuple[dict[str, str], ...] = ()


async def fetch(media: Sequence[Media], downloads: Downloads, limit: int, seconds: float) -> Fetched:
    """All of them, in order; `limit` in bytes each, `seconds` for all."""
    files: list[File] = []
    missing: list[dict[str, str]] = []
    end = asyncio.get_running_loop().time() + seconds
    for one in media:
        try:
            async with asyncio.timeout_at(end):
                content = await _insist(one, downloads, limit)
            files.append(File(one.name, one.media_type, content))
        except TimeoutError:
            missing.append({"name": one.name, "file_id": one.file_id, "why": "file_too_late"})
        except IntakeError as error:
            missing.append({"name": one.name, "file_id": one.file_id, "why": error.code})
    return Fetched(tuple(files), tuple(missing))


async def _insist(one: Media, downloads: Downloads, limit: int) -> bytes:
    if (one.size or 0) > limit:
        raise Permanent("file_too_large")
    for tries in range(1, _TRIES + 1):
        try:
            return _taken(one, await downloads.download(one.file_id, limit))
        except Temporary as error:
            if tries == _TRIES:
                raise Permanent(error.code if error.code.startswith("file_") else "file_not_fetched") from None
            await asyncio.sleep(_PAUSE * 4**tries if error.after is None else error.after)
    raise AssertionError("the last try returns or raises")


def _taken(one: Media, content: bytes) -> bytes:
    if runs(content) or (one.picture and not content.startswith(_PICTURES)):
        raise Permanent("file_wrong_type")
    return content
