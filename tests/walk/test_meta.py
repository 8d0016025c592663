"""WhatsApp, Messenger and Instagram from end to end: customers write by each, the daemon opens their cases and answers
there.

Meta comes again until it is told that a post was taken. Killed at random moments while it delivers, nothing is lost and
nobody is answered twice. A message that was on its way when the process died is in doubt; Meta's own news settle it.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from intake_daemon.reference import find_references
from router.language import Detector
from router.ledger import tables
from tests.fakes.meta import FakeApp, FakeMeta
from tests.meta.payloads import Json, direct, event, instagram, messenger, status, text, value, whatsapp
from tests.services.place import until
from tests.walk.account import Ledger, folds, in_order, nothing_waits, read_ledger, until_settled
from tests.walk.complaints import Complaint, complaints
from tests.walk.conftest import Ground
from tests.walk.search import journals_with


@pytest.fixture(scope="module")
def meta(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeMeta]:
    """A Meta of our own."""
    fake = FakeMeta(tmp_path_factory.mktemp("meta") / "log")
    fake.start()
    yield fake
    fake.kill()


class Accounts:
    """Kontakt's number, page and Instagram account, and customers who each write one complaint by one of them."""

    def __init__(self, ground: Ground, meta: FakeMeta, count: int, seed: int) -> None:
        self.ground = ground
        self.place = ground.place
        self.app: FakeApp = meta.app()
        self.place.connectors = {"meta": self._settings(meta)}
        self.daemon = self.place.add()
        made = complaints(count, seed, brand="kontakt")
        self.written: dict[str, Complaint] = {self._person(each.number): each for each in made}

    def _settings(self, meta: FakeMeta) -> dict[str, Any]:
        app = self.app
        return {
            "kind": "meta",
            "app_secret": app.secret,
            "verify_token": "walk-walk",
            "token": app.token,
            "whatsapp": {app.phone: "kontakt"},
            "pages": {app.page: "kontakt"},
            "instagram": {app.instagram: "kontakt"},
            "api_url": meta.url,
        }

    @staticmethod
    def _person(number: int) -> str:
        return (f"9945{number:08}", f"7{number:08}", f"ig{number:08}")[number % 3]

    def _thing(self, person: str, said: str, at: int) -> Json:
        number, app = person[-8:], self.app
        if person.startswith("9945"):
            return whatsapp(value(text(f"wamid.{number}", said, person, at), phone=app.phone))
        account = app.instagram if person.startswith("ig") else app.page
        thing = direct(f"m_{number}", said, person, account) | {"timestamp": at * 1000}
        return instagram(thing, account=account) if person.startswith("ig") else messenger(thing, page=account)

    def write(self, chance: random.Random, *, first: int = 0, last: int | None = None) -> None:
        """They write; what goes by one way comes in batches, several at a time, every third batch thrice."""
        now = int(time.time()) - 60
        bodies: dict[str, list[Json]] = defaultdict(list)
        for person, complaint in list(self.written.items())[first:last]:
            body = self._thing(person, complaint.text, now)
            bodies[body["object"]].append(body["entry"][0])
        for of, entries in bodies.items():
            while entries:
                size = chance.choice((1, 2, 5))
                post = {"object": of, "entry": entries[:size]}
                entries[:size] = []
                self.app.push(self.url, [post], copies=3 if chance.random() < 0.3 else 1)

    @property
    def url(self) -> str:
        """The callback address."""
        return f"http://127.0.0.1:{self.daemon.public}/hooks/meta"

    def tell(self) -> None:
        """Meta's news of everything that it has sent; returns when the ledger knows it, doubts settled by it too."""
        news = []
        for sent in self.app.seen()["sent"]:
            if mark := sent.get("biz_opaque_callback_data"):
                news.append(whatsapp(value(statuses=[status(sent["id"], "delivered", mark)], phone=self.app.phone)))
            elif mark := sent["message"].get("metadata"):
                echo = {"mid": sent["id"], "is_echo": True, "metadata": mark, "text": "x"}
                news.append(messenger({**event(self.app.page), "message": echo}, page=self.app.page))
        self.app.push(self.url, news)
        until(lambda: not self.app.seen()["pending"], "the news are taken", 60, self.daemon.log)
        arrived = len({sent["to"] for sent in self.app.seen()["sent"] if "to" in sent})
        until(lambda: self._delivered() == arrived, f"{arrived} are known to be delivered", 60, self.daemon.log)

    def _delivered(self) -> int:
        t = tables.notices
        wanted = sa.select(sa.func.count()).where(t.c.state == "delivered", t.c.purpose == "acknowledgement")
        with self.place.reading().connect() as connection:
            return connection.execute(wanted).scalar_one()

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
        told: dict[str, list[str]] = defaultdict(list)
        for sent in self.app.seen()["sent"]:
            person = sent.get("to") or sent["recipient"]["id"]
            told[person].append(sent["text"]["body"] if "to" in sent else sent["message"]["text"])
        acknowledgements = [row for row in ledger.notices if row["purpose"] == "acknowledgement"]
        assert len(acknowledgements) == len(everything)
        doubts = sum(row["state"] not in {"sent", "delivered"} for row in acknowledgements)
        references: set[str] = set()
        detector = Detector()
        for person, parts in told.items():
            assert len(parts) == len(set(parts)), "they were answered twice"
            words = "\n".join(parts)
            assert detector.detect(words).language == self.written[person].language
            assert not [word for word in self.written[person].planted if word in words], "it repeats what was typed"
            references.update(find_references(("KON",), words)[:1])
        assert len(references) == len(told)
        assert references <= {row["reference"] for row in ledger.cases}
        assert len(self.written) - len(told) <= doubts
        return ledger


def test_a_complaint_by_each_of_the_three_is_answered_there(
    alone: Ground, meta: FakeMeta, chance: random.Random
) -> None:
    """Each becomes a case and is acknowledged by the way that it came, in its language, with the reference; no mail is
    written; what Meta tells afterwards stands in the ledger."""
    accounts = Accounts(alone, meta, 9, 3)
    accounts.daemon.start()
    accounts.write(chance)
    until_settled(alone.place, 9)
    accounts.tell()
    accounts.reckon()
    sent = accounts.app.seen()["sent"]
    assert {each.get("to") or each["recipient"]["id"] for each in sent} == set(accounts.written)
    assert not [letter for letter in alone.letters() if letter.to_customer]


def siege(accounts: Accounts, kills: int, chance: random.Random) -> None:
    """Each life gets its share of the messages and is killed while they come; what was not taken comes again."""
    killed = 0.0
    share = len(accounts.written) // (kills + 1)
    accounts.daemon.start()
    for life in range(kills):
        before, more = len(accounts.app.seen()["sent"]), chance.randrange(share)
        accounts.write(chance, first=life * share, last=(life + 1) * share)

        def reached(wanted: int = before + more) -> bool:
            return len(accounts.app.seen()["sent"]) >= wanted

        until(reached, f"{more} more are sent", 120, accounts.daemon.log)
        time.sleep(chance.random() * 0.1)
        killed = time.time()
        accounts.daemon.kill()
        accounts.place.end_leases()
        accounts.daemon.start()
    accounts.write(chance, first=kills * share)
    until_settled(accounts.place, len(accounts.written), hasten=killed)
    until(lambda: not accounts.app.seen()["pending"], "every post is taken", 120, accounts.daemon.log)
    until_settled(accounts.place, len(accounts.written), hasten=killed)


@pytest.mark.proof
def test_killed_while_meta_delivers(alone: Ground, meta: FakeMeta, chance: random.Random) -> None:
    """Two kills on one machine."""
    accounts = Accounts(alone, meta, 30, 4)
    siege(accounts, 2, chance)
    accounts.reckon()


@pytest.mark.proof
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["alone", "shared"])
def test_killed_fifty_times(request: pytest.FixtureRequest, meta: FakeMeta, chance: random.Random, kind: str) -> None:
    """Fifty kills, on one machine and on RabbitMQ and PostgreSQL."""
    accounts = Accounts(request.getfixturevalue(kind), meta, 510, 5)
    siege(accounts, 50, chance)
    accounts.tell()
    accounts.reckon()
