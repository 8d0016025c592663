"""Contacts that nothing ties and that are alike: cases of their own, linked by suggestion, on both databases."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from intake_daemon.contract import Input
from intake_daemon.message import Command, Message
from intake_daemon.reference import token
from intake_daemon.store import Store
from router.ledger import tables
from router.ledger.record import StoredLedger
from tests.desk.letters import KEY, NOON, letter
from tests.record.doing import history, leave, notices, route

AGAIN = "Nobody has answered me about the parcel that came open and empty on Monday morning."


async def links(store: Store, outcome: object) -> list[tuple[str, str]]:
    """What a case is linked to, with the reasons."""
    events = (await history(store))[outcome.case]  # type: ignore[attr-defined]
    return [(event.data["reference"], event.data["reason"]) for event in events if event.type == "case.linked"]


async def test_a_letter_sent_again_is_a_case_with_a_link(ledger: StoredLedger, store: Store) -> None:
    """The same words under a new Message-ID, and the same Message-ID over other words: nothing is merged by itself,
    each is acknowledged, and the later names the earlier; so it is within one batch, and in the next."""
    first, same = await route(ledger, letter(AGAIN), letter(AGAIN, message="second@x"))
    assert (first.disposition, same.disposition) == ("case", "case")
    assert await links(store, first) == []
    assert await links(store, same) == [(first.reference, "same_words")]
    (twin,) = await route(ledger, letter("It is about something else entirely, namely the invoice for October."))
    assert twin.disposition == "case"
    assert await links(store, twin) == [(first.reference, "same_message_id")]
    letters = [each for each in notices(await leave(ledger)) if each.purpose == "acknowledgement"]
    assert len(letters) == 3


async def test_each_brand_has_its_own(ledger: StoredLedger, store: Store) -> None:
    """One letter to two brands is a case of each, and neither is told of the other's."""
    one, other = await route(ledger, letter(AGAIN), letter(AGAIN, brand="ask4"))
    assert (one.disposition, other.disposition) == ("case", "case")
    assert await links(store, one) == await links(store, other) == []


async def test_what_is_erased_suggests_nothing(ledger: StoredLedger, store: Store) -> None:
    """With the case go the signs of its contacts; what is half a year old is not looked at."""
    (first,) = await route(ledger, letter(AGAIN))
    later = NOON + timedelta(days=200)
    much_later = letter(AGAIN, message="late@x", received_at=later, contact_at=later)
    await ledger.decide([Input(much_later, later)], later)
    assert first.reference is not None
    await route(ledger, Command(id="e", reference=first.reference, command="erase", actor="ops"))
    (second,) = await route(ledger, letter(AGAIN, message="second@x"))
    assert (first.reference, "same_words") not in await links(store, second)
    count = sa.select(sa.func.count()).select_from(tables.signs).where(tables.signs.c.case_id == first.case)
    assert await store.read(lambda connection: connection.execute(count).scalar_one()) == 0


async def test_our_letter_without_marks_is_ours(ledger: StoredLedger, store: Store) -> None:
    """A customer answers our letter, which their program puts below theirs without any mark: what the letter says (how
    a complaint is taken further, say) is not what they want. The message is kept as it came."""
    (first,) = await route(ledger, letter(AGAIN))
    acknowledgement = notices(await leave(ledger))[0]
    text = f"Thank you, good to know.\n\n{acknowledgement.text}"
    answer = letter(text, message="answer@x", tokens=(token(KEY, acknowledgement.id),), new_text=((0, len(text)),))
    (outcome,) = await route(ledger, answer)
    assert (outcome.disposition, outcome.case) == ("joined", first.case)
    rows = sa.select(tables.contacts.c.findings, tables.content.c.body).join(
        tables.content, tables.content.c.id == tables.contacts.c.id
    )
    query = rows.where(tables.contacts.c.id == answer.id)
    findings, body = (await store.read(lambda connection: connection.execute(query).all()))[0]
    assert "words: those of the notice that it answers are ours" in findings
    assert "words: thanks" in findings
    assert "words: escalation" not in findings
    assert Message.model_validate_json(body).new_text == ((0, len(text)),)
