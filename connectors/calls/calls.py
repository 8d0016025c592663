"""Telephone calls that somebody else wrote down: transcripts from anywhere, by upload, by folder, by mail.

What it reads
-------------
vCon 0.0.1 to 0.4.0 (unsigned; JWS-signed, verified with `signers`; encrypted ones are refused), WebVTT, SRT, the JSON
of Deepgram, AssemblyAI, Amazon Transcribe and Call Analytics, Google, Azure, Whisper and its like, Rev AI,
Speechmatics, Gladia, ElevenLabs, Genesys, Twilio's sentences, CSV and TSV, and a dialogue as plain text. Which it is,
is found from the content. Several calls in one file are several contacts. What readers know and where from: reading/.

Who is the customer is settled by what was told beside the call, by the roles, names and numbers in it, by the setting
`customer_channel`, or by what those say who answer a telephone, in that order (speakers.py); the message says how, in
`remarks` and in `fields["speakers"]`. What stays unknown is said to be.

How it comes in
---------------
upload   POST /hooks/<connector's name>, signed (Standard Webhooks, signature.py), not older than 5 minutes, not the
         same twice. The body is the transcript, or multipart with `transcript`, `metadata` and `recording`, or
         `{"metadata", "transcript"}` (delivery.py). What metadata may say: details.py.
folder   `folder`: a file is taken when it has not changed for `settle_seconds`; names that begin with a dot or end
         like `.part` or `.tmp` are not looked at, so write under such a name and rename. `<name>.meta.json` beside it
         is what is told beside the call, a sound file of the same name its recording: write these first. Held files go
         to `done`.
mail     `mail_to`, `mail_from`: attachments that are transcripts, out of mails that our mail doors take (mailed.py).

What it confirms, and when
--------------------------
    200 with the references      held: in the broker or, while that is away, in the spool
    202 `parked`, with why       ours, but nobody could read it: a person will
    401                          no signature, a wrong one, one that is too old
    409                          the very same request was held before
    413                          larger than `max_bytes`
    503 with Retry-After         neither held nor parked; send it again
In the folder: moved (or removed) only after it was held; what cannot be read goes to `parked` within it, and is parked.

`contact_at` is when the call began, where the transcript or what was told beside it says so: that is the telephone
system's word, not the customer's. The same call twice is one contact; later words of it join its case.

It cannot answer: letters go by `outgoing` of the brand to the number that called (`phone: <an SMS connector>`), else to
another address of the customer that is known; else a task says to call back, or to write a letter.

Tried with transcripts written by us in the forms that each provider documents, never with one just sent by a provider.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from connectors.calls.call import NoCall
from connectors.calls.delivery import Delivery
from connectors.calls.details import details
from connectors.calls.folder import Folder
from connectors.calls.mailed import Mailed
from connectors.calls.parsing import calls_in
from connectors.calls.phones import e164
from connectors.calls.settings import CallsSettings
from connectors.calls.upload import Replays, Uploads, receive
from intake_daemon.contract import Can, ConnectorSettings, Cursor, Door, Draft, Held, Offered, Parse, Raw, World
from intake_daemon.errors import BadSettings, Fault, Permanent, Temporary
from intake_daemon.message import Notice, Receipt


class Calls:
    """Transcripts of one telephone system, or of several."""

    Settings: ClassVar[type[ConnectorSettings]] = CallsSettings
    can: ClassVar[frozenset[Can]] = frozenset({Can.ATTACHMENTS})
    remedy = (
        "Put the file into the folder once more: what is held is known. Why it was not taken stands in the journal."
    )

    def __init__(self, name: str, settings: CallsSettings, world: World) -> None:
        self.name = name
        self._settings = settings
        self._world = world
        unknown = sorted({settings.brand, *settings.numbers.values()} - set(world.brands))
        if unknown:
            what = f"there is no brand {unknown[0]!r} for {name}."
            raise BadSettings([Fault("intake.yaml", 0, what, f"Brands: {', '.join(sorted(world.brands))}.")])
        self._keys = settings.keys()
        self._mailed = Mailed(frozenset(settings.mail_to), frozenset(settings.mail_from))
        self._replays = Replays()
        self._uploads = Uploads(settings.secrets, settings.max_bytes, world.now)
        self._door: Door | None = None

    async def run(self, door: Door) -> None:
        """Take uploads, and watch the folder, until cancelled. Raises Temporary while the folder is not there."""
        self._door = door
        if self._settings.secrets:
            door.http(self._settings.path or f"/hooks/{self.name}", self._upload, methods=("POST",))
        if self._settings.folder is None:
            await asyncio.Event().wait()
            return
        folder = Folder(
            self._settings.folder,
            settle=self._settings.settle_seconds,
            most=self._settings.max_bytes,
            remove=self._settings.after == "remove",
        )
        async with door.alone(str(self._settings.folder)) as answered:
            while True:
                await self._look(folder, door, answered)
                await asyncio.sleep(self._settings.look_seconds)

    async def offered(self, since: datetime, cursor: Cursor) -> AsyncGenerator[Sequence[Offered], None]:
        """The transcripts in the folder, and those that were put away, by their bytes."""
        del cursor
        if self._settings.folder is None:
            raise Permanent("cannot_be_asked")
        folder = Folder(self._settings.folder, settle=0, most=0, remove=False)
        try:
            yield await asyncio.to_thread(_offered, folder, since)
        except OSError:
            raise Temporary("folder_unreadable") from None

    def wants(self, raw: Raw) -> bool:
        """Whether a mail may be one that delivers transcripts."""
        return self._mailed.wants(raw)

    def mailed(self, raw: Raw, parse: Parse) -> list[tuple[Raw, Draft]]:
        """The calls that a mail delivers, as they are to be held; nothing when it is a mail like any other."""
        found = self._mailed.calls(raw, parse, self._read)
        return [(replace(own, brand=self._brand_of(draft, own.brand)), draft) for own, draft in found]

    async def reply(self, notice: Notice) -> Receipt:
        """A transcript cannot be answered."""
        del notice
        raise Permanent("calls_cannot_send")

    async def _upload(self, request: Request) -> Response:
        if self._door is None:
            raise Temporary("not_running")
        return await receive(request, self._door, self._uploads, self._replays, self._take)

    async def _look(self, folder: Folder, door: Door, answered: Callable[[], None]) -> None:
        """Every file that is whole, oldest first; while nothing can be held they stay."""
        ready = await asyncio.to_thread(folder.whole)
        answered()
        for found in ready:
            answered()
            opened = await asyncio.to_thread(folder.open, found)
            if opened is None:
                continue
            try:
                fault = opened.fault
                if fault:
                    await door.park(self._raw(opened.delivery), fault)
                else:
                    await self._take(opened.delivery)
            except NoCall as none:
                fault = none.code
            except Temporary:
                return
            if fault:
                door.refused(fault)
            if not await asyncio.to_thread(folder.parked if fault else folder.held, found):
                door.refused("folder_settle")

    async def _take(self, sent: Delivery) -> list[Held]:
        """Hold every call in it. Raises NoCall when it could not be read: then it is parked. Raises Temporary."""
        door = self._door
        if door is None:
            raise Temporary("not_running")
        raw = self._raw(sent)
        try:
            drafts = await asyncio.to_thread(self._read, raw)
        except NoCall as none:
            await door.park(raw, none.code)
            raise
        except Exception as error:  # a fault of ours with this one must not hold up the others
            await door.park(raw, "calls_failed")
            raise NoCall("calls_failed", "We failed to read it. It is kept, and a person will.") from error
        held: list[Held] = []
        for draft in drafts:
            one = replace(raw, contact_at=draft.sent_at, brand=self._brand_of(draft, raw.brand))
            held += await door.accept(one, partial(_as_read, draft))
        return held

    def _raw(self, sent: Delivery) -> Raw:
        """As the door takes it."""
        details_ = {"details": sent.beside}
        return Raw(sent.transcript, self._brand(sent.beside), "application/octet-stream", None, details_, sent.files)

    def _read(self, raw: Raw) -> list[Draft]:
        zone = self._world.brands[raw.brand].tz
        around = replace(self._settings.around(ZoneInfo(zone)), source=self.name)
        return calls_in(raw, around, self._keys)

    def _brand(self, beside: str) -> str:
        """Whose call it is, by what was told beside it."""
        told = details(beside)
        if told.brand in self._world.brands:
            return told.brand
        numbers: Mapping[str, str] = self._settings.ours
        for number in (told.called, told.caller):
            with contextlib.suppress(KeyError):
                return numbers[e164(number, self._settings.country)]
        return self._settings.brand

    def _brand_of(self, draft: Draft, otherwise: str) -> str:
        """Whose call it is, by the number of ours that the call itself names."""
        ours = next((each.value for each in draft.recipients), "")
        return self._settings.ours.get(ours, otherwise)


def _offered(folder: Folder, since: datetime) -> list[Offered]:
    return [Offered.of_file(path, put, read=taken) for path, put, taken in folder.lying(since.timestamp())]


def _as_read(draft: Draft, raw: Raw) -> list[Draft]:
    """What was made of it already: nothing is read twice."""
    del raw
    return [draft]
