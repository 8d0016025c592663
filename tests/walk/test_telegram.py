"""Telegram from end to end: customers write to a bot on the wire, the daemon opens their cases and answers in the chat.

Killed at random moments while the bot delivers, nothing is lost and nobody is answered twice. A message that was on its
way when the process died is in doubt, and Telegram cannot be asked: a person decides, and the case says so.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from intake_daemon.reference import find_references
from router.language import Detector
from tests.fakes.telegram import FakeBot, FakeTelegram
from tests.services.place import until
from tests.walk.account import Ledger, folds, in_order, nothing_waits, read_ledger, until_settled
from tests.walk.complaints import Complaint, complaints
from tests.walk.conftest import Ground
from tests.walk.search import journals_with


@pytest.fixture(scope="module")
def telegram(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeTelegram]:
    """A Bot API of our own."""
    fake = FakeTelegram(tmp_path_factory.mktemp("telegram") / "log")
    fake.start()
    yield fake
    fake.kill()


class Bots:
    """Kontakt's bot, and customers who each write one complaint in a chat of their own."""

    def __init__(self, ground: Ground, telegram: FakeTelegram, count: int, seed: int) -> None:
        self.ground = ground
        self.place = ground.place
        self.bot: FakeBot = telegram.bot()
        self.place.connectors = {"tg": self._settings(telegram)}
        self.daemon = self.place.add()
        self.written = {7_000_000 + each.number: each for each in complaints(count, seed, brand="kontakt")}

    def _settings(self, telegram: FakeTelegram) -> dict[str, Any]:
        return {"kind": "telegram", "token": self.bot.token, "brand": "kontakt", "api": telegram.url, "poll_seconds": 5}

    def push(self, *, first: int = 0, last: int | None = None) -> None:
        """They write, every tenth is delivered twice."""
        for chat, complaint in list(self.written.items())[first:last]:
            for _ in range(2 if complaint.number % 10 == 0 else 1):
                self.bot.push(_update(chat, complaint))

    def reckon(self) -> Ledger:
        """Every complaint is one case; who was answered was answered once, there, in their language, with the case's
        own reference; who was not has a notice in doubt."""
        self.daemon.stop()
        everything = list(self.written.values())
        assert journals_with(self.place, everything) == []
        ledger = read_ledger(self.place)
        nothing_waits(ledger)
        folds(ledger)
        in_order(ledger, self.ground.events())
        assert Counter(row["disposition"] for row in ledger.contacts) == {"case": len(everything)}
        assert not self.bot.seen()["pending"]
        self._answered(ledger)
        return ledger

    def _answered(self, ledger: Ledger) -> None:
        told: dict[int, list[str]] = defaultdict(list)
        for sent in self.bot.seen()["sent"]:
            told[sent["chat"]["id"]].append(sent["text"])
        acknowledgements = [row for row in ledger.notices if row["purpose"] == "acknowledgement"]
        assert len(acknowledgements) == len(self.written)
        doubts = sum(row["state"] != "sent" for row in acknowledgements)
        assert {row["state"] for row in acknowledgements} <= {"sent", "unknown"}
        references: set[str] = set()
        detector = Detector()
        for chat, texts in told.items():
            complaint = self.written[chat]
            assert len(texts) == 1, f"{chat} was answered {len(texts)} times"
            assert detector.detect(texts[0]).language == complaint.language
            assert not [word for word in complaint.planted if word in texts[0]], "it repeats what was typed"
            references.update(find_references(("KON",), texts[0])[:1])
        assert len(references) == len(told)
        assert references <= {row["reference"] for row in ledger.cases}
        assert len(self.written) - len(told) <= doubts


def _update(chat: int, complaint: Complaint) -> dict[str, Any]:
    who = {"id": chat, "is_bot": False, "first_name": complaint.name, "language_code": "en"}
    said = {"message_id": 5, "from": who, "chat": {"id": chat, "type": "private"}, "date": int(time.time()) - 60}
    return {"message": {**said, "text": complaint.text}}


def test_a_complaint_by_telegram_is_answered_there(alone: Ground, telegram: FakeTelegram) -> None:
    """Each becomes a case and is acknowledged in its chat, in its language, with the reference; no mail is written."""
    bots = Bots(alone, telegram, 8, 3)
    bots.daemon.start()
    bots.push()
    until_settled(alone.place, 8)
    bots.reckon()
    assert len(bots.bot.seen()["sent"]) == 8
    assert not [letter for letter in alone.letters() if letter.to_customer]


def siege(bots: Bots, kills: int, chance: random.Random, *, hasten: bool) -> None:
    """Each life gets its share of the updates and is killed somewhere in it."""
    killed = 0.0
    share = len(bots.written) // (kills + 1)
    bots.daemon.start()
    for life in range(kills):
        bots.push(first=life * share, last=(life + 1) * share)
        sign = chance.choice(["confirmed", "sent"])
        before, more = len(bots.bot.seen()["sent"]), chance.randrange(share)

        def reached(sign: str = sign, wanted: int = before + more, left: int = share - more) -> bool:
            seen = bots.bot.seen()
            return len(seen["sent"]) >= wanted if sign == "sent" else len(seen["pending"]) <= left

        until(reached, f"{more} more are {sign}", 120, bots.daemon.log)
        time.sleep(chance.random() * 0.1)
        killed = time.time()
        bots.daemon.kill()
        if hasten:
            bots.place.end_leases()
        bots.daemon.start()
    bots.push(first=kills * share)
    until_settled(bots.place, len(bots.written), hasten=killed if hasten else None)
    until(lambda: not bots.bot.seen()["pending"], "every update is confirmed")


@pytest.mark.proof
def test_killed_while_the_bot_delivers(alone: Ground, telegram: FakeTelegram, chance: random.Random) -> None:
    """Two kills on one machine."""
    bots = Bots(alone, telegram, 30, 4)
    siege(bots, 2, chance, hasten=True)
    bots.reckon()


@pytest.mark.proof
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["alone", "shared"])
def test_killed_fifty_times(
    request: pytest.FixtureRequest, telegram: FakeTelegram, chance: random.Random, kind: str
) -> None:
    """Fifty kills, on one machine and on RabbitMQ and PostgreSQL."""
    bots = Bots(request.getfixturevalue(kind), telegram, 510, 5)
    siege(bots, 50, chance, hasten=True)
    bots.reckon()
