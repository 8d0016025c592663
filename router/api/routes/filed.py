"""Files: what a case holds, and each one's bytes, for who may read the words; nothing that is locked away.

A file goes out as an attachment that no browser guesses about or shows (the listener's headers, and
`Content-Disposition`, RFC 6266): a customer chose its name and its bytes.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from router.api.answers import HEADERS, Refusal, said
from router.api.routes.room import Room
from router.api.who import Caller, may_read
from router.case import Case
from router.contact import file_of
from router.ledger.filed import files
from router.turn import HeldFile

_MEDIA = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,100}")
_SHORT = 12
"""Symbols of a vault id in the audit."""


class Filed(Room):
    """What came with a case's contacts."""

    async def files(self, request: Request) -> Response:
        """Each file with its number, and whether it is locked away."""
        who = await self.who(request)
        found = await self._read(request, who, "files")
        listed = await self._files(found)
        await self.audit(who, found.id, "files")
        told = [
            {
                "number": number,
                "id": each.id,
                "message": each.contact,
                "name": each.name,
                "media_type": each.media_type,
                "size": each.size,
                "verdict": each.verdict,
                "original": each.original,
                "quarantined": _locked(each, found),
            }
            for number, each in enumerate(listed, 1)
        ]
        return said({"files": told})

    async def file(self, request: Request) -> Response:
        """The bytes of one. 423 while it is locked away."""
        who = await self.who(request)
        found = await self._read(request, who, "file")
        held = file_of(await self._files(found), request.path_params["file"])
        if held is None:
            raise Refusal(404, "no_such_file", f"The case has no such file. They are at {request.url.path}/..")
        if _locked(held, found):
            await self.audit(who, found.id, f"refused file {held.id[:_SHORT]}")
            detail = "It is infected, or holds what is, and is locked away. A manager lets it out: release_file."
            raise Refusal(423, "quarantined", detail)
        try:
            content = await self.office.vault.get(held.id)
        except KeyError:
            raise Refusal(410, "gone", "The file is gone.") from None
        await self.audit(who, found.id, f"file {held.id[:_SHORT]}")
        name = quote(held.name or ("original.eml" if held.original else "file"), safe="")
        kind = held.media_type if _MEDIA.fullmatch(held.media_type) else "application/octet-stream"
        headers = {
            **HEADERS,
            "content-disposition": f"attachment; filename*=UTF-8''{name}",
            "content-type": kind,
            "x-content-type-options": "nosniff",
        }
        return Response(content, headers=headers)

    async def _read(self, request: Request, who: Caller, what: str) -> Case:
        """The case, for who may read its words."""
        found = await self.case_of(request, who)
        if not may_read(who, found, self.rules):
            raise await self.refuse(who, found, what)
        if found.erased:
            raise Refusal(410, "erased", "The contents of this case have been erased.")
        return found

    async def _files(self, case: Case) -> tuple[HeldFile, ...]:
        found = await self.read(lambda connection: files(connection, [case.id]))
        return found.get(case.id, ())


def _locked(file: HeldFile, case: Case) -> bool:
    return file.quarantined and file.id not in case.released
