"""After a restore nobody knows what was sent since the copy: nothing goes a second time knowingly."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake_daemon.command.moving import doubts
from intake_daemon.contract import Input
from intake_daemon.memory import StoredMemory
from intake_daemon.memory.tables import sends
from intake_daemon.message import Address, Message, ReplyTo
from intake_daemon.store import Store
from router.case import fold
from router.desk import ComplaintsDesk
from router.ledger import tables, upkeep
from router.ledger.record import StoredLedger
from router.turn import Intent
from tests.desk.letters import KEY, NOON, letter, rules
from tests.record.conftest import store
from tests.record.doing import history, leave, notices, route, sent

__all__ = ["store"]  # a fixture of the record

RESTORED = ((NOON - timedelta(hours=6), NOON + timedelta(hours=6)),)
"""From the copy until its return."""


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is."""
    if request.param == "postgres":
        return str(request.getfixturevalue("database"))
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def restored(store: Store) -> StoredLedger:
    """A ledger that came back; by the bot two copies are two."""
    known = replace(rules(), replying=frozenset({"bot"}), restored=RESTORED)
    return StoredLedger(store, ComplaintsDesk(known), key=KEY, installation="test")


def by_bot(moment: datetime) -> Message:
    """A complaint in a chat, of that moment."""
    there = ReplyTo(connector="bot", address=Address(kind="telegram", value="7"))
    return letter(message=f"{moment}", contact_at=moment, connector="bot", channel="social", reply_to=there)


async def held(store: Store) -> dict[str, str]:
    """Why notices to customers wait for a person, by purpose."""
    query = sa.select(tables.notices).where(tables.notices.c.staff.is_(None), tables.notices.c.state == "held")
    rows = await store.read(lambda connection: connection.execute(query).all())
    return {row.purpose: Intent.model_validate_json(row.intent).held for row in rows}


async def test_what_the_copy_knew_as_unsent_counts_as_begun(store: Store) -> None:
    """What is owed, or on its way, was begun by nobody who will come back; what has its receipt, and what was not due
    before the return, is as it was."""
    ledger = StoredLedger(store, ComplaintsDesk(rules()), key=KEY, installation="test")
    await route(ledger, letter(), letter("Another.", sender="b@b.example", message="b@b.example"))
    left = notices(await leave(ledger))
    memory = StoredMemory(store, "before", lambda: NOON)
    done, begun, rest = left[0], left[1], left[2:]
    for each in (done, begun):
        assert (await memory.begin(each.id)).state == "new"
    await memory.done(done.id, sent(done))
    later = sa.update(tables.notices).where(tables.notices.c.id == rest[0].id)
    put_off = later.values(state="deferred", not_before=(NOON + timedelta(days=1)).timestamp())
    await store.write(lambda connection: connection.execute(put_off).close())
    assert await store.write(lambda connection: doubts.mark(connection, NOON)) == len(left) - 2
    begun_at = sa.select(sa.func.min(sends.c.begun_at)).where(sends.c.holder == doubts.NOBODY)
    oldest = await store.read(lambda connection: connection.execute(begun_at).scalar_one())
    assert oldest > (NOON - upkeep.SENT).timestamp(), "once it has its receipt it would be forgotten at once"
    after = StoredMemory(store, "after", lambda: NOON)
    assert {each.id: (await after.begin(each.id)).state for each in left} == {
        done.id: "done",
        rest[0].id: "new",
        **dict.fromkeys((begun.id, *(each.id for each in rest[1:])), "old"),
    }


async def test_the_times_are_remembered(store: Store) -> None:
    """One after the other, as often as something is brought back."""
    for since, until in (*RESTORED, (NOON + timedelta(days=1), NOON + timedelta(days=2))):
        await store.write(lambda connection, since=since, until=until: doubts.remember(connection, since, until))  # type: ignore[misc]
    assert await store.read(doubts.windows) == (*RESTORED, (NOON + timedelta(days=1), NOON + timedelta(days=2)))


async def test_who_was_perhaps_sent_elsewhere_waits_for_a_person(store: Store) -> None:
    """A brand that takes no complaints in chats: where else it takes them may have been told, or not."""
    line = by_bot(NOON - timedelta(hours=1))
    (outcome,) = await route(
        restored(store),
        letter("It drops.", brand="ask4").model_copy(
            update={
                name: getattr(line, name) for name in ("connector", "channel", "reply_to", "contact_at", "received_at")
            }
        ),
    )
    assert outcome.reason == "redirected"
    assert await held(store) == {"redirect": "restored"}


async def test_a_contact_of_that_time_is_acknowledged_by_a_person(store: Store) -> None:
    """Brought once more by its source: the acknowledgement may have been sent. Mail goes, its copies are one; in a chat
    it waits for a person's word. What came before, or after, is answered as ever."""
    ledger = restored(store)
    (outcome,) = await route(ledger, by_bot(NOON - timedelta(hours=1)))
    assert outcome.case is not None
    assert fold((await history(store))[outcome.case]).withheld == "restored"
    assert await held(store) == {"acknowledgement": "restored"}
    by_mail = replace(rules(), restored=RESTORED)
    mail = StoredLedger(store, ComplaintsDesk(by_mail), key=KEY, installation="test")
    (other,) = await route(mail, letter("By mail.", message="m@customer.example"))
    (before,) = await route(ledger, by_bot(NOON - timedelta(hours=7)))
    for each in (other, before):
        assert fold((await history(store))[str(each.case)]).withheld is None


async def test_a_clock_that_ran_out_in_that_time_tells_the_customer_by_a_person(store: Store) -> None:
    """The letter that says that we are late may have been sent: it waits, and what runs out later does not."""
    early = NOON - timedelta(days=90)
    ledger = StoredLedger(
        store, ComplaintsDesk(replace(rules(), replying=frozenset({"bot"}))), key=KEY, installation="test"
    )
    await ledger.decide([Input(by_bot(early), early)], early)
    for each in notices(await leave(ledger)):
        await ledger.decide([Input(sent(each).model_copy(update={"at": early}), early)], early)
    known = replace(rules(), replying=frozenset({"bot"}), restored=((early, NOON),))
    back = StoredLedger(store, ComplaintsDesk(known), key=KEY, installation="test")
    await back.tick(NOON, NOON, 100)
    assert await held(store) == {"holding": "restored"}
