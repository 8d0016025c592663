"""Telephone calls through their front doors, in one house: uploaded, found in a folder, attached to a mail."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from connectors.calls import Calls, CallsSettings
from connectors.calls.signature import signature
from intake_daemon.command.building import build
from intake_daemon.command.configuration import Configuration
from intake_daemon.command.office import routes
from router.case import Case
from tests.acceptance.conftest import arranged
from tests.acceptance.office import PATIENCE, Clock, Office
from tests.promises import until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KONTAKT, ASK4 = "+994125991919", "+441145550100"
SETTINGS = {
    "kind": "calls",
    "brand": "kontakt",
    "numbers": {KONTAKT: "kontakt", ASK4: "ask4"},
    "country": "AZ",
    "secrets": (SECRET,),
    "settle_seconds": 0,
    "look_seconds": 0.02,
    "mail_to": ("customer.care+calls@kontakt.example",),
    "mail_from": ("@recorder.example",),
}
WORDS = "Sizdən aldığım telefonun ekranı işləmir, mağaza isə pulumu qaytarmır. Şikayət etmək istəyirəm."
GREETING = "Kontakt, salam. Zəng etdiyiniz üçün təşəkkür edirik, sizə necə kömək edə bilərəm?"


def with_calls(read: Configuration, folder: Path) -> Configuration:
    """The same configuration with a telephone system."""
    settings = CallsSettings.model_validate({**SETTINGS, "folder": folder})
    connectors = {**read.settings.connectors, "line": settings}
    return replace(
        read,
        settings=read.settings.model_copy(update={"connectors": connectors}),
        connectors={**read.connectors, "line": Calls},
    )


@dataclass
class Line:
    """The house, and a telephone system that delivers to it."""

    office: Office
    folder: Path
    seen: set[str] = field(default_factory=set)

    async def upload(self, words: str, told: Mapping[str, Any], name: str = "msg_1") -> tuple[int, Any]:
        """A signed upload of a call between an agent and a customer."""
        turns = [{"speaker": "A", "start": 0, "end": 4, "text": GREETING}]
        turns += [{"speaker": "B", "start": 5, "end": 12, "text": words}]
        return await self.post({"metadata": told, "transcript": {"utterances": turns}}, name)

    async def post(self, document: object, name: str) -> tuple[int, Any]:
        """Any signed upload."""
        body = json.dumps(document).encode()
        at = str(int(self.office.clock.now.timestamp()))
        headers = {"webhook-id": name, "webhook-timestamp": at, "content-type": "application/json"}
        headers["webhook-signature"] = f"v1,{signature(SECRET, name, at, body)}"
        assert self.office.house.web is not None
        place = self.office.house.web.address("public")

        def post() -> tuple[int, Any]:
            line = http.client.HTTPConnection(*place, timeout=PATIENCE)
            with closing(line):
                line.request("POST", "/hooks/line", body, headers)
                answer = line.getresponse()
                return answer.status, json.loads(answer.read())

        found = await asyncio.to_thread(post)
        await self.office.settled()
        return found

    async def drop(self, name: str, text: str, told: Mapping[str, Any] | None = None) -> str:
        """A file for the folder; where it lies when it has been taken."""
        if told is not None:
            (self.folder / f"{name}.meta.json").write_text(json.dumps(told), encoding="utf-8")
        (self.folder / f".{name}").write_text(text, encoding="utf-8")
        (self.folder / f".{name}").rename(self.folder / name)
        await until(lambda: not (self.folder / name).exists(), "it is taken")
        await self.office.settled()
        return next(into for into in ("done", "parked") if (self.folder / into / name).exists())

    async def new(self) -> Case:
        """The one case that began since this was asked last."""
        (found,) = [each for each in await self.office.cases() if each.id not in self.seen]
        self.seen.add(found.id)
        return found


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    """A house whose telephone system delivers calls."""
    clock, folder = Clock(), tmp_path / "calls"
    folder.mkdir()
    house = await build(with_calls(arranged(tmp_path / "var"), folder), routes=routes, now=clock)
    await house.run()
    try:
        yield Line(Office(house, clock, tmp_path / "var" / "outbox"), folder)
    finally:
        await house.close()


@pytest.mark.row("AT-K21", "AT-A12", "AT-A17")
async def test_calls_through_their_doors(line: Line) -> None:
    """AT-K21 AT-A12 AT-A17, with everything else that calls are promised, in one house."""
    await reached_elsewhere(line)
    await not_reached(line)
    await of_a_brand_that_takes_none(line)
    await attached(line)
    await not_readable(line)


async def reached_elsewhere(line: Line) -> None:
    """To the number there is no way here: the acknowledgement goes to the e-mail address that the telephone system
    knows, in the customer's language, and its clocks run from the call. By another door it is the same contact."""
    office = line.office
    told = {"call_id": "17", "started_at": "2026-11-20T11:45:00Z", "from": "050 123 45 67", "to": KONTAKT}
    told["customer_email"] = "ayan@c.example"
    status, answer = await line.upload(WORDS, told)
    case = await line.new()
    assert (status, answer["references"]) == (200, [case.reference])
    assert (case.channel, case.brand, case.language) == ("phone", "kontakt", "az")
    assert str(case.received_at) == "2026-11-20 11:45:00+00:00"
    (letter,) = office.told("ayan@c.example")
    assert case.reference in letter["Subject"]
    assert case.tasks == ()

    csv = f'speaker,start,end,text\nA,0,4,"{GREETING}"\nB,5,12,"{WORDS}"\n'
    assert await line.drop("17.csv", csv, told) == "done"
    assert not (line.folder / "17.csv.meta.json").exists()
    assert len(await office.cases()) == 1
    await line.upload(f"{WORDS} Üç həftədir gözləyirəm.", {"call_id": "17"}, "msg_9")  # a later, better transcript
    assert [each.id for each in await office.cases()] == [case.id]
    assert (await office.types(case)).count("contact.joined") == 1
    assert len(office.told("ayan@c.example")) == 1


async def not_reached(line: Line) -> None:
    """With a number alone somebody has to call back; AT-K21: with none at all, to find a way, and no letter fails."""
    await line.upload(f"Mənim də: {WORDS}", {"call_id": "18", "from": "050 765 43 21"}, "msg_2")
    case = await line.new()
    assert [(task.kind, task.owner) for task in case.tasks] == [("call_back", case.handler)]

    text = f"Operator: {GREETING}\nMüştəri: Salam. {WORDS}\n"
    assert await line.drop("19.txt", text, {"call_id": "19", "from": "anonymous"}) == "done"
    case = await line.new()
    assert "customer.contact" in case.missing
    assert [task.kind for task in case.tasks] == ["unreachable"]
    types = await line.office.types(case)
    assert "notice.failed" not in types
    assert types.count("complaint.received") == 1


async def of_a_brand_that_takes_none(line: Line) -> None:
    """AT-A12: ASK4 takes none by telephone and says where, with a link to the form. AT-A17: a call that quotes an open
    reference is joined to its case."""
    office = line.office
    english = "My internet has been down for five days and nobody helps. I want to complain."
    told = {"call_id": "20", "from": "+447700900123", "to": ASK4, "customer_email": "ann@customer.example"}
    await line.upload(english, told, "msg_3")
    case = await line.new()
    types = await office.types(case)
    assert "contact.redirected" in types
    assert "complaint.received" not in types
    assert (case.brand, case.clocks) == ("ask4", ())
    (redirect,) = office.told("ann@customer.example")
    assert re.search(r"https?://\S+/forms/ask4\S+", redirect.get_content())
    assert "1 Example Street, Sheffield" in " ".join(redirect.get_content().split())

    await office.form("ask4", description=english, email="bea@customer.example", phone="+447700900456")
    case = await line.new()
    told = {"call_id": "21", "from": "+447700900456", "to": ASK4}
    await line.upload(f"About {case.reference}: it was down again on Tuesday night.", told, "msg_4")
    joined = [each for each in await office.events(case) if each.type == "contact.joined"]
    assert [(each.data["channel"], each.data["verified"]) for each in joined] == [("phone", True)]


async def attached(line: Line) -> None:
    """Attached to a mail that is proven to be the recorder's it is a call; to anybody else's, a mail like any other."""
    vtt = f"WEBVTT\n\n00:00.000 --> 00:04.000\n<v Agent>{GREETING}\n\n00:05.000 --> 00:12.000\n<v Müştəri>Mən {WORDS}\n"
    passed = {"Authentication-Results": "mx.demo.example; dkim=pass header.d=recorder.example; dmarc=pass"}
    for sender, headers, channel in (
        ("robot@recorder.example", passed, "phone"),
        ("robot@recorder.example", {}, "email"),
        ("else@elsewhere.example", passed, "email"),
    ):
        await line.office.mail(
            f"The call of today. {WORDS}",
            brand="kontakt",
            sender=sender,
            subject=f"Call {channel} {len(headers)} {sender}",
            to="customer.care+calls@kontakt.example",
            headers=headers,
            files=[("22.vtt", "text/vtt", vtt.encode())],
        )
        assert (await line.new()).channel == channel, sender


async def not_readable(line: Line) -> None:
    """What nobody can read is ours, and parked, each by its word; no case comes of it."""
    status, answer = await line.post({"ciphertext": "AAAA", "recipients": []}, "msg_5")
    assert (status, answer["parked"]) == (202, "encrypted")
    assert await line.drop("23.vtt", "RIFF....WAVE") == "parked"
    assert {each.id for each in await line.office.cases()} == line.seen
