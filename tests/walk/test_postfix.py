"""A real Postfix before us and behind us, RabbitMQ and PostgreSQL between: as many cases and letters as mails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.services.place import until
from tests.services.postfix import Postfix
from tests.walk.account import letters_in, read_ledger, reckon, until_settled
from tests.walk.complaints import TO, Complaint, complaints
from tests.walk.conftest import Ground
from tests.walk.doors import Told
from tests.walk.search import journals_with

pytestmark = pytest.mark.needs_root

MESSAGE_ID = re.compile(r"cleanup\[\d+\]: (\w+): message-id=<([^>]+)>")
SENT = re.compile(r"smtp\[\d+\]: (\w+): to=<.*status=sent \(250 2\.0\.0 Held as ([A-Z]{2,4}(?:-[0-9A-Z]{4}){3})\)")


@pytest.fixture
def relayed(shared: Ground, postfix: Postfix) -> Iterator[Ground]:
    """Postfix relays the brands' addresses to the daemon, and is the next server for its letters."""
    postfix.forget_letters()
    shared.place.next_mta = postfix.port
    daemon = shared.place.add()
    # not the whole domains: letters to staff go to mailboxes there
    ours = [*TO.values(), *(f"bounces@{address.rpartition('@')[2]}" for address in TO.values())]
    postfix.relay(ours[0], daemon.smtp, "smtp", *ours[1:])
    daemon.start()
    yield shared
    postfix.deliver(*ours)


def told_by(postfix: Postfix, sent: list[Complaint]) -> Told:
    """What Postfix was told, from its own log: the reference that it heard for each Message-ID."""
    log = postfix.log.read_text()
    heard = dict(SENT.findall(log))
    named = {message_id: heard[queued] for queued, message_id in MESSAGE_ID.findall(log) if queued in heard}
    told = Told()
    for complaint in sent:
        if complaint.message_id in named:
            told.confirmed(complaint, named[complaint.message_id])
    return told


def walk(ground: Ground, postfix: Postfix, count: int) -> None:
    """So many mails; the whole account, and nothing beside it."""
    sent = complaints(count, 7)
    with ThreadPoolExecutor(4) as customers:
        list(customers.map(lambda each: postfix.send(each.mail(), each.address, each.to), sent))
    until_settled(ground.place, count, 900)
    # accepted is not yet delivered: one letter to each customer, one to each handler
    until(lambda: len(postfix.letters()) >= 2 * count and not postfix.queued(), "every letter has landed", 300)
    ground.place.daemons[0].stop()
    assert journals_with(ground.place, sent) == []
    ledger, events, letters = read_ledger(ground.place), ground.events(), letters_in(postfix.letters())
    counts = reckon(sent, told_by(postfix, sent), ledger, events, letters)
    assert counts.cases == count
    assert counts.copies == 0
    assert counts.unacknowledged == {}
    assert len(letters) == 2 * count
    assert [each["type"] for each in events].count("complaint.received.v1") == count


def test_every_mail_becomes_a_case(relayed: Ground, postfix: Postfix) -> None:
    """30 mails in six languages: 30 cases, 30 `complaint.received`, 30 acknowledgements in their mails' languages."""
    walk(relayed, postfix, 30)


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_a_thousand_mails(relayed: Ground, postfix: Postfix) -> None:
    """The same with 1,000."""
    walk(relayed, postfix, 1000)
