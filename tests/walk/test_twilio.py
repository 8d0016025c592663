"""SMS and WhatsApp from end to end: customers write to a number, the daemon opens their cases and answers there.

Twilio does not queue. Killed at random moments while it delivers, what no webhook could tell is found in its list;
nothing is lost, and nobody is answered twice. A message that was on its way when the process died is in doubt, unless
Twilio's own news settle it.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest

from intake_daemon.reference import find_references
from router.language import Detector
from tests.fakes.twilio import FakeAccount, FakeTwilio
from tests.services.place import until
from tests.twilio.payloads import THEIRS, recorded, words
from tests.walk.account import folds, in_order, nothing_waits, read_ledger, until_settled
from tests.walk.complaints import complaints
from tests.walk.conftest import Ground
from tests.walk.search import journals_with

PUBLIC = "https://intake.kontakt.example"
OURS = "+994125550101"


@pytest.fixture(scope="module")
def twilio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeTwilio]:
    """A Twilio of our own."""
    fake = FakeTwilio(tmp_path_factory.mktemp("twilio") / "log")
    fake.start()
    yield fake
    fake.kill()


class Numbers:
    """Kontakt's number, and customers who each write one complaint from a number of their own; every second one by
    WhatsApp."""

    def __init__(self, ground: Ground, twilio: FakeTwilio, count: int, seed: int) -> None:
        self.ground = ground
        self.place = ground.place
        self.account: FakeAccount = twilio.account()
        self.place.connectors = {"sms": self._settings(twilio)}
        self.daemon = self.place.add()
        self.written = {f"+99450555{each.number:04}": each for each in complaints(count, seed, brand="kontakt")}

    def _settings(self, twilio: FakeTwilio) -> dict[str, Any]:
        return {
            "kind": "twilio_text",
            "account_sid": self.account.sid,
            "auth_token": self.account.token,
            "numbers": {OURS: "kontakt", f"whatsapp:{OURS}": "kontakt"},
            "base_url": PUBLIC,
            "api_url": twilio.url,
            "from": datetime.now(UTC).date().isoformat(),
            "look_seconds": 1,
        }

    def write(self, *, first: int = 0, last: int | None = None) -> None:
        """They write; every tenth is delivered thrice at once. It stands in Twilio's list, whether we answer or not."""
        for number, complaint in list(self.written.items())[first:last]:
            way = "whatsapp:" if complaint.number % 2 else ""
            form = {
                "MessageSid": f"SM{number[1:]}",
                "AccountSid": self.account.sid,
                "From": way + number,
                "To": way + OURS,
                "Body": complaint.text,
                "NumMedia": "0",
            }
            self.account.arrived(form, at=format_datetime(datetime.now(UTC)))
            url = f"http://127.0.0.1:{self.daemon.public}"
            copies = 3 if complaint.number % 10 == 0 else 1
            path = "/hooks/sms"
            self.account.deliver(url + path, PUBLIC + path, form, copies=copies, at_once=True)

    def reckon(self) -> None:
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
        told: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for sent in self.account.seen()["sent"]:
            told[sent["To"].removeprefix("whatsapp:")][sent["StatusCallback"].partition("&")[0]].append(sent["Body"])
        acknowledgements = [row for row in ledger.notices if row["purpose"] == "acknowledgement"]
        assert len(acknowledgements) == len(everything)
        doubts = sum(row["state"] not in {"sent", "delivered"} for row in acknowledgements)
        references: set[str] = set()
        detector = Detector()
        for number, notices in told.items():
            complaint = self.written[number]
            assert len(notices) == 1, "they were answered twice"
            (parts,) = notices.values()
            assert len(parts) == len(set(parts)), "a part was sent twice"
            assert detector.detect("\n".join(parts)).language == complaint.language
            references.update(find_references(("KON",), "\n".join(parts))[:1])
        assert len(references) == len(told)
        assert references <= {row["reference"] for row in ledger.cases}
        assert len(self.written) - len(told) <= doubts


def test_a_complaint_by_sms_and_whatsapp_is_answered_there(alone: Ground, twilio: FakeTwilio) -> None:
    """Each becomes a case and is acknowledged on the same number, in its language, with the reference; no mail is
    written. What a long acknowledgement needs more than one SMS for comes in numbered parts."""
    numbers = Numbers(alone, twilio, 8, 3)
    numbers.daemon.start()
    numbers.write()
    until_settled(alone.place, 8)
    numbers.reckon()
    sent = numbers.account.seen()["sent"]
    assert {each["To"].removeprefix("whatsapp:") for each in sent} == set(numbers.written)
    assert all(each["From"].startswith("whatsapp:") == each["To"].startswith("whatsapp:") for each in sent)
    assert not [letter for letter in alone.letters() if letter.to_customer]


def test_a_call_is_answered_by_sms(alone: Ground, twilio: FakeTwilio) -> None:
    """Somebody rings Kontakt and speaks: one case, one acknowledgement by SMS with the reference that was said; the
    words that come later join it."""
    account = twilio.account()
    alone.place.connectors = {
        "calls": {
            "kind": "twilio_voice",
            "account_sid": account.sid,
            "auth_token": account.token,
            "numbers": {OURS: "kontakt"},
            "languages": {OURS: "ru"},
            "base_url": PUBLIC,
            "api_url": twilio.url,
        }
    }
    daemon = alone.place.add()
    daemon.start()
    url = f"http://127.0.0.1:{daemon.public}/hooks/calls"
    form = recorded() | {"AccountSid": account.sid, "To": OURS, "Called": OURS, "From": THEIRS}
    (answer,) = account.deliver(f"{url}/recorded", f"{PUBLIC}/hooks/calls/recorded", form)
    assert answer["status"] == 200
    until(lambda: account.seen()["sent"], "the SMS is sent", 120, daemon.log)
    said = form | words("Сломался чайник, и никто не отвечает на мои звонки. Верните деньги.") | {"To": OURS}
    account.deliver(f"{url}/words", f"{PUBLIC}/hooks/calls/words", said | {"AccountSid": account.sid})
    until_settled(alone.place, 2)
    daemon.stop()
    ledger = read_ledger(alone.place)
    assert Counter(row["disposition"] for row in ledger.contacts) == {"case": 1, "joined": 1}
    (case,) = ledger.cases
    sent = account.seen()["sent"]
    assert {each["To"] for each in sent} == {THEIRS}
    assert len({each["StatusCallback"].partition("&")[0] for each in sent}) == 1, "one acknowledgement"
    assert Detector().detect(sent[0]["Body"]).language == "ru", "in the language of the number"
    group = ", ".join(case["reference"].split("-")[1])
    assert group in answer["body"], "the reference that was said"
    assert case["reference"] in "".join(each["Body"] for each in sent)


def siege(numbers: Numbers, kills: int, chance: random.Random) -> None:
    """Each life gets its share of the messages and is killed while they come; the last one finds the rest."""
    killed = 0.0
    share = len(numbers.written) // (kills + 1)
    numbers.daemon.start()
    for life in range(kills):
        writing = threading.Thread(target=numbers.write, kwargs={"first": life * share, "last": (life + 1) * share})
        before, more = len(numbers.account.seen()["sent"]), chance.randrange(share)
        writing.start()

        def reached(wanted: int = before + more) -> bool:
            return len(numbers.account.seen()["sent"]) >= wanted

        until(reached, f"{more} more are sent", 120, numbers.daemon.log)
        time.sleep(chance.random() * 0.1)
        killed = time.time()
        numbers.daemon.kill()
        writing.join()
        numbers.place.end_leases()
        numbers.daemon.start()
    numbers.write(first=kills * share)
    until_settled(numbers.place, len(numbers.written), hasten=killed)


@pytest.mark.proof
def test_killed_while_twilio_delivers(alone: Ground, twilio: FakeTwilio, chance: random.Random) -> None:
    """Two kills on one machine."""
    numbers = Numbers(alone, twilio, 24, 4)
    siege(numbers, 2, chance)
    numbers.reckon()


@pytest.mark.proof
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["alone", "shared"])
def test_killed_fifty_times(
    request: pytest.FixtureRequest, twilio: FakeTwilio, chance: random.Random, kind: str
) -> None:
    """Fifty kills, on one machine and on RabbitMQ and PostgreSQL."""
    numbers = Numbers(request.getfixturevalue(kind), twilio, 510, 5)
    siege(numbers, 50, chance)
    numbers.reckon()
