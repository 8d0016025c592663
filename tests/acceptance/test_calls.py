"""Telephone calls through their front doors, in one house: uploaded, found in a folder, attached to a mail."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from router.case import Case
from tests.acceptance.town import Fakes, Town, accounts, town_in
from tests.acceptance.ways.calls import GREETING, OURS, CallWay
from tests.promises import until

KONTAKT, ASK4 = OURS["kontakt"], OURS["ask4"]
SETTINGS = {
    "settle_seconds": 0,
    "look_seconds": 0.02,
    "mail_to": ("customer.care+calls@kontakt.example",),
    "mail_from": ("@recorder.example",),
}
WORDS = "Sizdən aldığım telefonun ekranı işləmir, mağaza isə pulumu qaytarmır. Şikayət etmək istəyirəm."


@dataclass
class Line:
    """The house, and a telephone system that delivers to it. Nobody is answered by text here."""

    office: Town
    folder: Path
    seen: set[str] = field(default_factory=set)

    @property
    def calls(self) -> CallWay:
        """Its uploads."""
        return self.office.calls

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
async def line(var: Path, fakes: Fakes) -> AsyncIterator[Line]:
    """A house whose telephone system delivers calls."""
    folder = var.parent / "calls"
    folder.mkdir()
    changed = {"line": {**SETTINGS, "folder": folder}}
    async with town_in(var, accounts(fakes), texting=False, changed=changed) as town:
        yield Line(town, folder)


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
    status, answer = await line.calls.upload(WORDS, told)
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
    await line.calls.upload(
        f"{WORDS} Üç həftədir gözləyirəm.", {"call_id": "17"}, "msg_9"
    )  # a later, better transcript
    assert [each.id for each in await office.cases()] == [case.id]
    assert (await office.types(case)).count("contact.joined") == 1
    assert len(office.told("ayan@c.example")) == 1


async def not_reached(line: Line) -> None:
    """With a number alone somebody has to call back; AT-K21: with none at all, to find a way, and no letter fails."""
    await line.calls.upload(f"Mənim də: {WORDS}", {"call_id": "18", "from": "050 765 43 21"}, "msg_2")
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
    await line.calls.upload(english, told, "msg_3")
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
    await line.calls.upload(f"About {case.reference}: it was down again on Tuesday night.", told, "msg_4")
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
    status, answer = await line.calls.post({"ciphertext": "AAAA", "recipients": []}, "msg_5")
    assert (status, answer["parked"]) == (202, "encrypted")
    assert await line.drop("23.vtt", "RIFF....WAVE") == "parked"
    assert {each.id for each in await line.office.cases()} == line.seen
