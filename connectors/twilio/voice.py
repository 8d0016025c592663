"""Telephone calls by Twilio: answered, recorded, and written down.

What it speaks
--------------
POST <path>               "A call comes in" of a number. In the brand's language the caller hears that the call is
                          recorded, and speaks after the tone (<Record>).
POST <path>/recorded      they have spoken: the reference is said, slowly, twice.
POST <path>/silent        they have not, also when asked again: the form and the mail address are said.
POST <path>/recording     the recording can be fetched: the file.
POST <path>/words         words, of <Record transcribe> (English, two minutes) or <Transcription> as they are spoken.
POST <path>/sentences     Voice Intelligence has a transcript: its sentences are fetched. Give this address to the
                          service in Twilio's console.
POST <path>/status        what became of an SMS of ours.
All are signed and verified as those of `twilio_text`; `<path>` is `/hooks/<connector's name>`.

One call, one contact
---------------------
Each piece is held on its own as a part of the call (`part_of`: the CallSid), however late it comes; the first one, when
they have spoken, has the reference. Nothing of a call is kept here between its requests, so any process may answer
any of them. The transcript says who speaks: the caller is channel 1, over a SIP trunk channel 2, unless it says
otherwise itself (voices.py). The reference goes to the caller as SMS too: it is in the acknowledgement, which this
connector sends to the number that rang, from the number that was called or from `text_from`.

A brand that takes no complaints by telephone (`channels: phone: accept: false`) says so and tells form and address; the
call is kept all the same, as a contact with the remark `phone_not_accepted`.

What it confirms, and when
--------------------------
The reference is said only after `Door.accept` returned; when it could not be held, the caller is asked to ring again
(Twilio keeps the recording, and tells of it once more: `#rc=5&rp=all`). Everything else is 503 then.
A recording that cannot be fetched is a part with the remark why, and 503, so that Twilio tells of it again.

What each answer to a notice means: as in the manual of `twilio_text`.
Sources: twilio.com/docs/voice/twiml/record, /docs/voice/intelligence. Tried against a Twilio of our own on the wire
(tests/fakes/twilio), never against Twilio itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import quote

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from connectors.twilio.account import INTELLIGENCE, Account
from connectors.twilio.afterwards import Afterwards
from connectors.twilio.media import Media
from connectors.twilio.messages import place
from connectors.twilio.parsing import parse
from connectors.twilio.payload import Payload
from connectors.twilio.sending import Sender, Texting
from connectors.twilio.settings import TwilioSettings
from connectors.twilio.signature import FORM
from connectors.twilio.spoken import VOICES, Speech
from connectors.twilio.voices import hidden, number
from connectors.twilio.webhook import Webhook, twiml
from intake_daemon.contract import BrandFacts, Can, ConnectorSettings, Door, Held, Raw, World
from intake_daemon.errors import Temporary
from intake_daemon.message import Notice, Receipt

_AGAIN = "#rc=5&rp=all"
"""Twilio's connection overrides: tell it again, five times, also after a 5xx (TW-05). Not part of the signature."""


class TwilioVoiceSettings(TwilioSettings):
    """Calls."""

    languages: Mapping[str, str] = Field(default_factory=dict)
    """Per number the language in which it answers; else the brand's first."""
    voices: Mapping[str, str] = Field(default_factory=dict)
    """Per language Twilio's language and voice, `lv-LV Google.lv-LV-Standard-B`, in place of the ones that we know."""
    sounds: Mapping[str, str] = Field(default_factory=dict)
    """Per language an https address under which sound files lie, for languages without a voice: `voice_greeting.mp3`
    and so on for what pages.yaml says, `a.mp3`, `0.mp3` … for a reference."""
    longest_seconds: int = Field(default=600, ge=30, le=14400)
    """How long a caller may speak."""
    silence_seconds: int = Field(default=5, ge=2, le=60)
    """Silence after which they have finished."""
    transcribe: bool = False
    """Have Twilio write down recordings in English (two minutes at most, for money). Voice Intelligence does more."""
    text_from: Mapping[str, str] = Field(default_factory=dict)
    """Per brand the number that sends SMS, where the called one cannot."""
    intelligence_url: str = INTELLIGENCE
    """The Voice Intelligence service."""


class TwilioVoice:
    """Calls to one account's numbers."""

    Settings: ClassVar[type[ConnectorSettings]] = TwilioVoiceSettings
    can: ClassVar[frozenset[Can]] = frozenset((Can.REPLY, Can.ATTACHMENTS, Can.LOOKUP, Can.LATE_RECEIPTS))

    def __init__(self, name: str, settings: TwilioVoiceSettings, world: World) -> None:
        self.name = name
        self._settings = settings
        self._world = world
        self._numbers = settings.places(world)
        self._path = settings.path or f"/hooks/{name}"
        self._base = settings.base_url or world.base_url
        self._voices = {**VOICES, **settings.voices}
        self._languages = {place(written): language for written, language in settings.languages.items()}
        self._account = Account(settings.access(settings.intelligence_url))
        media = Media(self._account, settings.media())
        self._webhook = Webhook(settings.auth_token, settings.account_sid, self._base)
        texting = {place(written): brand for brand, written in settings.text_from.items()}
        texting |= {ours: brand for ours, brand in self._numbers.items() if brand not in settings.text_from}
        self._texting = Texting(
            Sender(
                connector=name,
                account_sid=settings.account_sid,
                numbers=texting,
                services={},
                templates={},
                most_segments=10,
                status_url=f"{self._base}{self._path}/status" if self._base else "",
                now=world.now,
            ),
            self._account,
        )
        self._later = Afterwards(self._account, media, self._webhook, self._numbers, self._opened)
        self._door: Door | None = None

    async def run(self, door: Door) -> None:
        """Ask for the routes, and be there until cancelled."""
        self._door = door
        routes = {
            "": self._rings,
            "/recorded": self._recorded,
            "/silent": self._silent,
            "/recording": self._later.recording,
            "/words": self._later.words,
            "/sentences": self._later.sentences,
            "/status": self._told,
        }
        for path, handler in routes.items():
            door.http(self._path + path, handler, methods=("POST",))
        try:
            await asyncio.Event().wait()
        finally:
            await self._account.close()

    async def reply(self, notice: Notice) -> Receipt:
        """Send one notice to the caller, as SMS."""
        return await self._texting.send(notice, self._opened().cursor)

    # --- the call ---

    async def _rings(self, request: Request) -> Response:
        body, payload = await self._webhook.take(request, self._opened())
        brand, speech = self._answering(payload)
        if brand is None or speech is None:
            await self._opened().park(Raw(body, next(iter(self._numbers.values())), FORM), "unknown_number")
            return twiml('<?xml version="1.0" encoding="UTF-8"?><Response><Reject/></Response>')
        if not brand.channels.get("phone", brand.channels.get("other", True)):
            await self._keep(body, brand, speech, "phone_not_accepted")
            speech.say("voice_not_here").pause(1)
            return twiml(self._elsewhere(speech, brand).verb("Hangup").twiml())
        speech.say("voice_greeting")
        self._record(speech, payload)
        speech.say("voice_nothing")
        self._record(speech, payload)
        return twiml(speech.redirect(self._url("silent")).twiml())

    async def _recorded(self, request: Request) -> Response:
        """They have spoken: it is ours, then the reference is said. A caller who hung up does not hear it."""
        body, payload = await self._webhook.take(request, self._opened())
        brand, speech = self._answering(payload)
        if brand is None or speech is None:
            await self._opened().park(Raw(body, next(iter(self._numbers.values())), FORM), "unknown_number")
            return twiml()
        held = await self._keep(body, brand, speech)
        if held is None:
            return twiml(speech.say("voice_later").verb("Hangup").twiml())
        speech.say("voice_thanks")
        for each in held[:1]:
            speech.reference(each.reference)
            if not hidden(payload.text("From", "Caller")):
                speech.say("voice_text")
        return twiml(speech.say("voice_goodbye").verb("Hangup").twiml())

    async def _silent(self, request: Request) -> Response:
        """They rang and said nothing: kept, so that nobody is missing, and told where else to say it."""
        body, payload = await self._webhook.take(request, self._opened())
        brand, speech = self._answering(payload)
        if brand is None or speech is None:
            return twiml()
        await self._keep(body, brand, speech, "nothing_said")
        return twiml(self._elsewhere(speech, brand).say("voice_goodbye").verb("Hangup").twiml())

    def _answering(self, payload: Payload) -> tuple[BrandFacts | None, Speech | None]:
        ours = number(payload.text("To", "Called"))
        brand = self._world.brands.get(self._numbers.get(ours, ""))
        if brand is None:
            return None, None
        language = self._languages.get(ours, brand.languages[0])
        return brand, Speech(self._world.pages, brand, language, voices=self._voices, sounds=self._settings.sounds)

    def _elsewhere(self, speech: Speech, brand: BrandFacts) -> Speech:
        """Form and address, as the brand has them."""
        if brand.channels.get("web_form", brand.channels.get("other", True)):
            speech.say("voice_form")
        if brand.addresses:
            speech.say("voice_mail", field=brand.addresses[0])
        return speech

    def _record(self, speech: Speech, payload: Payload) -> None:
        ours = quote(payload.text("To", "Called"), safe="")
        more = {}
        if self._settings.transcribe and speech.language == "en":
            more = {"transcribe": "true", "transcribeCallback": self._url("words") + _AGAIN}
        speech.verb(
            "Record",
            action=self._url("recorded"),
            method="POST",
            maxLength=str(self._settings.longest_seconds),
            timeout=str(self._settings.silence_seconds),
            finishOnKey="#",
            playBeep="true",
            recordingStatusCallback=f"{self._url('recording')}?to={ours}{_AGAIN}",
            recordingStatusCallbackEvent="completed absent",
            **more,
        )

    async def _keep(self, body: bytes, brand: BrandFacts, speech: Speech, remark: str = "") -> list[Held] | None:
        """Hold the call itself; None when that cannot be now. Without words yet, its language is the one they heard."""
        envelope = {"keep": "yes", "remarks": remark, "language": speech.language}
        raw = Raw(body, brand.id, FORM, envelope=envelope)
        try:
            return await self._opened().accept(raw, parse)
        except Temporary:
            return None

    async def _told(self, request: Request) -> Response:
        """What became of an SMS of ours. Raises Temporary."""
        door = self._opened()
        _, payload = await self._webhook.take(request, door)
        receipt = await self._texting.news(payload, request.query_params, door.cursor)
        if receipt is not None:
            await door.report(receipt)
        return twiml()

    def _url(self, what: str) -> str:
        return f"{self._base}{self._path}/{what}"

    def _opened(self) -> Door:
        if self._door is None:
            raise Temporary("not_running")
        return self._door
