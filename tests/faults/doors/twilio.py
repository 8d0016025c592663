"""SMS and WhatsApp by Twilio: each webhook is posted once, some three times at once; what it could not tell stands in
Twilio's list, and is found there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from email.utils import format_datetime
from typing import Any

from tests.fakes.twilio import FakeTwilio
from tests.faults.doors.door import UNKIND, Got, World
from tests.faults.said import Said

_PUBLIC = "https://intake.kontakt.example"
_OURS = "+994125550101"
_HOOK = "/hooks/sms"
_LOOKS = 2


class Twilio:
    """Kontakt's number; every second customer writes by WhatsApp."""

    name = "twilio"
    brand = "kontakt"
    lines = False

    def __init__(self, world: World, twilio: FakeTwilio) -> None:
        self._world = world
        self._account = twilio.account()
        self._api = twilio.url
        self._said: set[int] = set()
        self._heard: set[int] = set()
        self._missed = 0
        """How often the list had been asked for when a webhook last found nobody."""

    def connectors(self) -> Mapping[str, Any]:
        """The list is looked at every second."""
        numbers = {_OURS: self.brand, f"whatsapp:{_OURS}": self.brand}
        who = {"account_sid": self._account.sid, "auth_token": self._account.token, "numbers": numbers}
        since = self._world.clock.now().date().isoformat()
        where = {"base_url": _PUBLIC, "api_url": self._api, "from": since, "look_seconds": 1}
        return {"sms": {"kind": "twilio_text", **who, **where}}

    def say(self, said: Said) -> None:
        """Twilio has it, and says so once."""
        self._said.add(said.number)
        way = "whatsapp:" if said.of % 2 else ""
        form = {
            "MessageSid": f"SM{said.number:032x}",
            "AccountSid": self._account.sid,
            "From": way + _person(said.of),
            "To": way + _OURS,
            "Body": said.words.text,
            "NumMedia": "0",
        }
        self._account.arrived(form, at=format_datetime(self._world.clock.now()))
        self._world.go(lambda: self._deliver(said.number, form))

    def _deliver(self, number: int, form: dict[str, str]) -> None:
        url = f"http://127.0.0.1:{self._world.at().public}{_HOOK}"
        copies = 1 if number % 3 else 3
        answers = self._account.deliver(url, _PUBLIC + _HOOK, form, copies=copies, at_once=True)
        if any(answer["status"] == 200 for answer in answers):
            self._heard.add(number)
        else:
            self._missed = self._looked()
            self._world.told.heard(f"twilio {answers[0]['status']}")

    def _looked(self) -> int:
        return sum(each["method"] == "GET" for each in self._account.seen()["asked"])

    def heard(self) -> set[int]:
        """Whose webhook was answered 200."""
        return set(self._heard)

    def waits(self) -> bool:
        """Whether the list was not looked at since."""
        return bool(self._said - self._heard) and self._looked() < self._missed + _LOOKS

    def be(self, mood: str, times: int) -> None:
        """What is sent meets it."""
        if mood in UNKIND:
            self._account.fail("POST Messages.json", *[dict(UNKIND[mood])] * times)

    def got(self) -> Iterable[Got]:
        """The parts of one letter have one callback."""
        for sent in self._account.seen()["sent"]:
            number = int(sent["To"].removeprefix("whatsapp:").removeprefix("+994505"))
            yield Got(number, sent["StatusCallback"].partition("&")[0], sent["Body"], sent["Body"])


def _person(number: int) -> str:
    return f"+994505{number:06}"
