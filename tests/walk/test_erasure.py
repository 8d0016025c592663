"""The contents of a case are erased: nothing of them is found anywhere again, and the ledger folds to the same."""

from __future__ import annotations

import http.client
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial

import pytest
import sqlalchemy as sa

from intake_daemon.events import Event
from router.ledger import tables
from tests.services.place import until
from tests.walk.account import folds, read_ledger, until_settled
from tests.walk.complaints import Complaint, complaints
from tests.walk.conftest import Ground
from tests.walk.daemon import Daemon, Installation
from tests.walk.doors import Told, by_form, by_smtp
from tests.walk.search import files_with, found_in, planted, queues_with, tables_with

LARGE = 100_000
"""More than travels inside a message (64 KiB)."""


def with_file(complaint: Complaint) -> bytes:
    """The mail with an attachment that is large and names its sender."""
    mail = message_from_bytes(complaint.mail(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    line = f"{complaint.planted[0]} {complaint.planted[1]}\n"
    mail.add_attachment(line * (LARGE // len(line)), filename=f"{complaint.planted[1]}.txt")
    return mail.as_bytes()


def places_with(ground: Ground, wanted: tuple[bytes, ...]) -> list[str]:
    """Everywhere that an installation keeps something."""
    found = files_with(ground.place, wanted)
    if ground.rabbit is not None:
        found += tables_with(ground.place.store, wanted)
        found += queues_with(ground.rabbit, ground.place.broker, wanted)
    return found


def quiet_of(place: Installation, daemon: Daemon, wanted: tuple[bytes, ...]) -> bool:
    """Whether journal and metrics never said any of it."""
    connection = http.client.HTTPConnection("127.0.0.1", daemon.internal, timeout=30)
    connection.request("GET", "/metrics")
    metrics = connection.getresponse().read()
    connection.close()
    return not any(found_in(wanted, said) for said in (metrics, *(one.log.read_bytes() for one in place.daemons)))


def history(place: Installation) -> list[Event]:
    """All events but the erasures themselves."""
    return [event for event in read_ledger(place).events if event.type != "case.erased"]


def erased(ground: Ground, *expected: str) -> None:
    """Four complaints, three erased: words, names, files, notes and letters. `expected`: where they lay before."""
    place, told = ground.place, Told()
    daemon = place.add()
    daemon.start()
    kept, large, small, form = complaints(4, 37)
    reply = small.mail(message_id=False, In_Reply_To=f"<{small.message_id}>", Message_ID=f"<again.{small.message_id}>")
    send_large = partial(by_smtp, daemon.smtp, large, told, with_file(large))
    attempts = [
        partial(by_smtp, daemon.smtp, kept, told),
        send_large,
        partial(by_smtp, daemon.smtp, small, told),
        partial(by_form, daemon.public, form, told),
    ]
    assert all(attempt() for attempt in attempts)
    until_settled(place, 4)
    answered = Told()
    assert by_smtp(daemon.smtp, small, answered, reply)
    until_settled(place, 5)
    gone = (large, small, form)
    daemon.ask("do", told.references[small.number], "note", "--as", "ops", "--text", f"Called {small.name} back.")
    wanted, others = planted(gone), planted([kept])
    found = " ".join(places_with(ground, wanted))
    assert all(part in found for part in expected), f"the search is blind: {found}"
    before = history(place)
    for complaint in gone:
        daemon.ask("do", told.references[complaint.number], "erase", "--yes", "--as", "ops")
    until(lambda: not places_with(ground, wanted), "nothing of it is found", 120, daemon.log)
    assert places_with(ground, others), "somebody else's case was erased too"
    assert history(place) == before
    folds(read_ledger(place))
    # the same mails and the form again, as a mailbox that is read anew: known, counted, and nothing comes back
    letters = len(ground.letters())
    assert all(attempt() for attempt in attempts[1:])
    assert by_smtp(daemon.smtp, small, answered, reply)
    until(lambda: _seen(place) == 4 + 5, "each is counted again", 120, daemon.log)
    until(lambda: not places_with(ground, wanted), "nothing of it has come back", 120, daemon.log)
    assert history(place) == before
    assert len(ground.letters()) == letters
    assert quiet_of(place, daemon, (*wanted, *others))
    daemon.kill()
    daemon.start()
    until(lambda: not places_with(ground, wanted), "nothing of it is found after a crash", 120, daemon.log)
    daemon.stop()
    folds(read_ledger(place))


def _seen(place: Installation) -> int:
    with place.reading().connect() as connection:
        return int(connection.execute(sa.select(sa.func.sum(tables.contacts.c.seen))).scalar_one())


@pytest.mark.row("AT-X32")
def test_erased_on_one_machine(alone: Ground) -> None:
    """SQLite and the embedded broker: their files, with the logs of both, the vault and the spool."""
    erased(alone, "vault", "ledger.db")


@pytest.mark.row("AT-X32")
def test_erased_on_rabbitmq_and_postgresql(shared: Ground) -> None:
    """PostgreSQL's tables, the vault in the database, and every queue."""
    erased(shared, "vault", "content")
