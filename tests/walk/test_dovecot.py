"""A real mailbox, with all that happens to mailboxes: what is in it becomes a contact once, whatever its names say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from router.ledger import tables
from tests.services.dovecot import PASSWORD, Dovecot
from tests.services.place import until
from tests.walk.account import by_message_id, read_ledger, until_settled
from tests.walk.complaints import Complaint, complaints
from tests.walk.conftest import Ground
from tests.walk.daemon import Installation
from tests.walk.doors import Told


@pytest.fixture
def boxes(alone: Ground, dovecot: Dovecot) -> tuple[str, str]:
    """Two mailboxes of one brand; their users. The daemon is not started yet."""
    users = (dovecot.add_user(), dovecot.add_user())
    alone.place.connectors = {f"box{number}": box(dovecot, user) for number, user in enumerate(users)}
    alone.place.add()
    return users


def box(dovecot: Dovecot, user: str) -> dict[str, object]:
    """A mailbox as a source."""
    where = {"host": dovecot.host, "port": dovecot.port, "tls": "none"}
    return {
        "kind": "imap",
        **where,
        "poll_seconds": 1,
        "user": user,
        "password": PASSWORD,
        "brand": "kontakt",
        "from": "all",
    }


def taken(place: Installation) -> int:
    """How often a contact came, repeats included."""
    with place.reading().connect() as connection:
        return int(connection.execute(sa.select(sa.func.coalesce(sa.func.sum(tables.contacts.c.seen), 0))).scalar_one())


def until_taken(place: Installation, times: int) -> None:
    """Waits until so many came in all."""
    until(lambda: taken(place) >= times, f"{times} deliveries were taken", 300, place.daemons[0].log)


def confirmed(place: Installation, sent: list[Complaint]) -> Told:
    """A mailbox tells no reference; what is flagged is found by its Message-ID, as one contact."""
    told, ledger = Told(), read_ledger(place)
    for complaint in sent:
        (contact,) = by_message_id(ledger, complaint)
        told.confirmed(complaint, contact["reference"])
    return told


def restarted(ground: Ground, dovecot: Dovecot, user: str, count: int) -> None:
    """A mailbox of so many, a clean restart in the middle, and then another UIDVALIDITY."""
    place, sent = ground.place, complaints(count, 11, brand="kontakt")
    mails = [complaint.mail() for complaint in sent]
    dovecot.drop(user, *mails[: count // 2])
    daemon = place.daemons[0]
    daemon.start()
    until_taken(place, count // 3)
    with ThreadPoolExecutor(1) as customers:
        rest = customers.submit(dovecot.drop, user, *mails[count // 2 :])
        daemon.stop()
        rest.result()
    daemon.start()
    until_settled(place, count)
    until(lambda: all("\\Seen" in each for each in dovecot.flags(user).values()), "all are flagged")
    # what was under way at the stop may have come twice, no more
    assert count <= taken(place) <= count + 50
    dovecot.change_uid_validity(user)
    until_taken(place, 2 * count)
    until_settled(place, count)
    daemon.stop()
    counts = ground.reckon(sent, confirmed(place, sent))
    assert (counts.cases, counts.copies, counts.unacknowledged) == (count, 0, {})


@pytest.mark.row("AT-X02")
def test_restart_and_another_uidvalidity(alone: Ground, dovecot: Dovecot, boxes: tuple[str, str]) -> None:
    """60 mails, stopped after a third of them, the mailbox renumbered afterwards: 60 cases, nothing answered twice."""
    restarted(alone, dovecot, boxes[0], 60)


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_five_hundred_mails(alone: Ground, dovecot: Dovecot, boxes: tuple[str, str]) -> None:
    """The same with 500."""
    restarted(alone, dovecot, boxes[0], 500)


def test_emptied_under_it(alone: Ground, dovecot: Dovecot, boxes: tuple[str, str]) -> None:
    """Somebody deletes everything while it reads: what was taken is kept, and what comes afterwards is taken too."""
    place, sent = alone.place, complaints(120, 13, brand="kontakt")
    dovecot.drop(boxes[0], *(complaint.mail() for complaint in sent[:100]))
    place.daemons[0].start()
    until_taken(place, 1)
    dovecot.empty(boxes[0])
    dovecot.append(boxes[0], *(complaint.mail() for complaint in sent[100:]))

    def last_is_there() -> bool:
        ledger = read_ledger(place)
        return all(by_message_id(ledger, complaint) for complaint in sent[100:])

    until(last_is_there, "what came after is taken", 120, place.daemons[0].log)
    until_settled(place, 20)
    assert place.daemons[0].health()[0] == 200
    place.daemons[0].stop()
    ledger = read_ledger(place)
    known = [complaint for complaint in sent if by_message_id(ledger, complaint)]
    counts = alone.reckon(known, confirmed(place, known))
    assert (counts.cases, counts.copies, counts.unacknowledged) == (len(known), 0, {})


@pytest.mark.row("AT-X28")
def test_names_that_do_not_name(alone: Ground, dovecot: Dovecot, boxes: tuple[str, str]) -> None:
    """What makes a mail the one that it is stands in all of it, not in its Message-ID.

    Two without Message-ID are two, and the same again is one; one mail in two mailboxes is one; two different mails
    with one Message-ID are two contacts and two cases.
    """
    place, sent = alone.place, complaints(6, 17, brand="kontakt")
    nameless, namesake = sent[:2], sent[2:4]
    dovecot.append(boxes[0], *(complaint.mail(message_id=False) for complaint in (*nameless, nameless[0])))
    dovecot.append(
        boxes[0], *(complaint.mail(message_id=False, Message_ID="<same@x.example>") for complaint in namesake)
    )
    dovecot.append(boxes[0], sent[4].mail())
    dovecot.append(boxes[1], sent[4].mail(), sent[5].mail())
    place.daemons[0].start()
    until_taken(place, 8)
    until_settled(place, 6)
    place.daemons[0].stop()
    ledger = read_ledger(place)
    assert sorted(row["seen"] for row in ledger.contacts) == [1, 1, 1, 1, 2, 2]
    assert {row["disposition"] for row in ledger.contacts} == {"case"}
    assert [row["seen"] for row in by_message_id(ledger, sent[4])] == [2]
    told = Told()
    by_address = {letter.to: letter.reference for letter in alone.letters() if letter.to_customer}
    for complaint in sent:
        told.confirmed(complaint, by_address[complaint.address])
    counts = alone.reckon(sent, told)
    assert (counts.cases, counts.copies, counts.unacknowledged) == (6, 0, {})


def test_no_start_without_from(alone: Ground, dovecot: Dovecot) -> None:
    """Without `from` nobody knows whether an old mailbox is to be answered: nothing starts, and the line is named."""
    source = box(dovecot, "somebody")
    del source["from"]
    alone.place.connectors = {"box": source}
    daemon = alone.place.add()
    status, said = daemon.refused()
    assert status == 1
    assert f"{daemon.folder / 'intake.yaml'}:" in said
    assert "from" in said
    assert not (alone.place.var / "ledger.db").exists()
