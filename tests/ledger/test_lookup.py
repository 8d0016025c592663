"""What people and programs ask of the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from intake_daemon.contract import Letter, Parked
from intake_daemon.message import Command, Receipt
from router.desk import ComplaintsDesk
from router.ledger import tables
from router.ledger.lookup import cases, feed, parking, standing, tracing, trying
from tests.desk.letters import KEY, NOON, letter, rules
from tests.ledger.conftest import ANN, AWAY, MORE, OTHER, Told

BRANDS = ("welzo", "kontakt", "ask4", "logoscon")


async def traced(told: Told, query: str, *brands: str) -> list[dict[str, Any]]:
    """What a trace finds."""
    facts = {name: each for name, each in rules().brands.items() if name in (brands or BRANDS)}
    return await told.store.read(lambda connection: tracing.trace(connection, query, key=KEY, brands=facts))


async def test_reference_as_people_say_it(told: Told) -> None:
    """A reference finds its case in lower case, with spaces, with O for 0; so does the one of a joined contact."""
    typed = told.ann.lower().replace("-", " ").replace("0", "o")
    for each in (told.ann, typed, MORE.reference):
        found = await told.store.read(partial(cases.find, typed=each, prefixes=("WLZ",)))
        assert found == ANN.id
    assert await told.store.read(lambda connection: cases.find(connection, told.ann, ("KON",))) is None


async def test_listing_keeps_brands_apart(told: Told) -> None:
    """The list holds the cases of the brands that are asked for, and no others."""
    listed = await told.store.read(lambda connection: cases.listing(connection, brands=("welzo",)))
    assert {each["brand"] for each in listed} == {"welzo"}
    assert len(listed) == 2
    only = await told.store.read(lambda connection: cases.listing(connection, brands=BRANDS, limit=1))
    assert len(only) == 1
    handler = listed[0]["handler"]
    theirs = await told.store.read(lambda connection: cases.listing(connection, brands=BRANDS, handler=handler))
    assert theirs
    assert {each["handler"] for each in theirs} == {handler}
    closed = await told.store.read(lambda connection: cases.listing(connection, brands=BRANDS, is_open=False))
    assert closed == []


async def test_case_with_words_and_without(told: Told) -> None:
    """A case has its timeline and notices; words of people only when they are asked for."""
    whole = await told.store.read(lambda connection: cases.whole(connection, ANN.id, words=True))
    plain = await told.store.read(lambda connection: cases.whole(connection, ANN.id, words=False))
    assert whole is not None
    assert plain is not None
    assert "charged my card twice" in str(whole)
    assert "charged my card twice" not in str(plain)
    assert "ann@customer.example" not in str(plain)
    assert [event["sequence"] for event in plain["timeline"]] == list(range(1, len(plain["timeline"]) + 1))
    assert plain["aliases"] == [MORE.reference]
    assert {each["purpose"]: each["state"] for each in plain["notices"]} == {
        "acknowledgement": "sent",
        "assignment": "sent",
        "addition": "sent",
    }


@pytest.mark.parametrize(
    "query",
    ["ann@customer.example", "ANN@customer.example", "first@customer.example", "<first@customer.example>", ANN.id],
)
async def test_trace_by_what_somebody_knows(told: Told, query: str) -> None:
    """An address, a Message-ID with or without brackets, a contact's id: all lead to Ann's contact and its letters."""
    found = await traced(told, query)
    first = next(each for each in found if each["contact"] == ANN.id)
    assert first["case"] == told.ann
    assert first["seen"] == 2
    assert any(finding.startswith("topic: billing") for finding in first["findings"])
    assert [each["type"] for each in first["events"]][:2] == ["contact.stored", "complaint.received"]
    assert "acknowledgement.sent" in {each["type"] for each in first["events"]}
    assert {each["state"] for each in first["notices"]} == {"sent"}


async def test_trace_by_reference_and_day(told: Told) -> None:
    """A reference finds every contact of its case; a day, all that was received on it where the brand is."""
    assert {each["contact"] for each in await traced(told, MORE.reference)} == {ANN.id, MORE.id}
    assert len(await traced(told, NOON.date().isoformat())) == 5
    assert await traced(told, (NOON - timedelta(days=1)).date().isoformat()) == []
    with pytest.raises(ValueError, match="day"):
        await traced(told, "2026-02-31")


async def test_trace_finds_machine_mail_by_address(told: Told) -> None:
    """Machine mail has no case, and is found all the same."""
    (found,) = await traced(told, "carl@third.example")
    assert (found["contact"], found["disposition"], found["case"]) == (AWAY.id, "machine", None)


async def test_trace_stays_within_brands(told: Told) -> None:
    """Who may not see a brand finds nothing of it, by whatever they know."""
    for query in (OTHER.reference, "d@d.example", "d-1@d.example", OTHER.id):
        assert await traced(told, query)
        assert await traced(told, query, "welzo") == []


async def test_balance_per_door(told: Told) -> None:
    """Contacts in are cases, joined and machine; a repeat is a repeat; nothing is unaccounted for."""
    found = await told.store.read(lambda connection: standing.standing(connection, NOON))
    assert found["balance"]["in"] == 5
    assert (found["balance"]["cases"], found["balance"]["joined"], found["balance"]["machine"]) == (3, 1, 1)
    assert found["balance"]["unaccounted"] == 0
    door = found["doors"]["smtp-in"]
    assert (door["in"], door["cases"], door["joined"], door["machine"], door["repeats"]) == (5, 3, 1, 1, 1)
    assert all(each["count"] == 0 for each in found["waiting"])


async def test_balance_sees_a_lost_case(told: Told) -> None:
    """A contact that says it became a case which is not there is unaccounted for."""
    gone = sa.delete(tables.cases).where(tables.cases.c.id == ANN.id)
    await told.store.write(lambda connection: connection.execute(gone).close())
    found = await told.store.read(lambda connection: standing.standing(connection, NOON))
    assert found["balance"]["unaccounted"] == 2  # the case, and what joined it


async def test_what_waits(told: Told) -> None:
    """What has not left, what is put off, what is perhaps sent and what is withheld is counted, with its age."""
    eve = letter("My order never came.", sender="eve@e.example", message="eve-1@e.example")
    old = letter("A year ago …", sender="old@e.example", message="old@e.example", contact_at=NOON - timedelta(days=90))
    await told.meet(eve, old)
    before = await told.store.read(lambda connection: standing.standing(connection, NOON))
    waiting = {each["what"]: each for each in before["waiting"]}
    assert waiting["outbox"]["count"] > 0
    assert waiting["outbox"]["since"] == "2026-11-20T12:00:00Z"
    assert before["withheld"] == {"count": 1, "reasons": {"old_contact": 1}, "since": "2026-11-20T12:00:00Z"}
    left = await told.leave()
    notice = next(each for each in left if each.purpose == "acknowledgement")
    await told.meet(Receipt(notice=notice.id, connector="mail", outcome="unknown", at=NOON, code="no_answer"))
    after = await told.store.read(lambda connection: standing.standing(connection, NOON))
    waiting = {each["what"]: each["count"] for each in after["waiting"]}
    assert waiting["notices perhaps sent"] == 1


async def test_feed_has_every_event_once_in_order(told: Told) -> None:
    """By positions, in pieces, every event that has left comes once, of each case in order."""
    seen: list[tuple[str, str]] = []
    place = 0
    while True:
        piece, following = await told.store.read(
            partial(feed.after, position=place, limit=7, installation="test", brands=BRANDS)
        )
        if following == place:
            break
        assert all(event["position"] > place for event in piece)
        seen += [(event["subject"], event["sequence"]) for event in piece]
        place = following
    assert len(seen) == len(set(seen))
    for case in {case for case, _ in seen}:
        mine = [int(sequence) for subject, sequence in seen if subject == case]
        assert mine == list(range(1, len(mine) + 1))


async def test_replay_is_bound_like_its_queue(told: Told) -> None:
    """A replay holds what the queue is bound to, byte by byte as the first time."""
    letters, last, done = await told.store.read(
        lambda connection: feed.letters(connection, 0, 1000, "test", queue="crm", bind=["*.complaint.received"])
    )
    assert len(letters) == 3
    assert done
    assert last > 3
    assert {each.key for each in letters} == {"crm"}
    assert all(each.mandatory and each.exchange == "" for each in letters)


async def test_parked_is_listed_shown_and_removed(told: Told) -> None:
    """A parked letter keeps its bytes; its list holds no words of people."""
    body = '{"schema": "intake.message/2", "text": "Täglich kaputt"}'.encode() + b"\xff"
    kept = Letter("intake.messages", "welzo.email", body, "11111111-1111-5111-8111-111111111111")
    await told.ledger.park([Parked(kept.message_id, "intake.router", "newer", kept, 1, NOON)])
    listed, _ = await told.store.read(parking.listing)
    assert [(each["queue"], each["reason"]) for each in listed] == [("intake.router", "newer")]
    assert "kaputt" not in str(listed)
    assert await told.store.read(lambda connection: parking.listing(connection, parking.Which("poison"))) == ([], None)
    found = await told.store.read(lambda connection: parking.letter(connection, kept.message_id))
    assert found is not None
    assert found[2].body == body
    shown = await told.store.read(lambda connection: parking.shown(connection, kept.message_id))
    assert shown is not None
    assert "kaputt" in shown["letter"]
    await told.ledger.unpark(Parked(kept.message_id, "intake.router", "newer", kept, 1, NOON))
    assert await told.store.read(lambda connection: parking.shown(connection, kept.message_id)) is None


async def test_what_is_parked_again_while_it_goes_back_stays(told: Told) -> None:
    """Sent back, it may be parked again before its earlier row is taken away: that must not take the new one along."""
    kept = Letter("intake.messages", "welzo.email", b"{}", "22222222-2222-5222-8222-222222222222")
    first = Parked(kept.message_id, "intake.router", "unreadable", kept, 1, NOON)
    await told.ledger.park([first])
    await told.ledger.park([replace(first, since=NOON + timedelta(seconds=1), attempts=2)])
    await told.ledger.unpark(first)
    (left,) = await told.ledger.parked_as("unreadable")
    assert (left.since, left.attempts) == (NOON + timedelta(seconds=1), 2)


async def test_trying_writes_nothing_and_says_the_same(told: Told) -> None:
    """What would be done is what is done afterwards, and until then nothing is written."""
    desk = ComplaintsDesk(rules())
    eve = letter("You charged me twice.", sender="eve@e.example", message="eve-1@e.example")
    before = await told.store.read(lambda connection: standing.standing(connection, NOON))
    found = await told.store.read(
        lambda connection: trying.tried(connection, desk, eve, NOON, key=KEY, installation="test")
    )
    assert await told.store.read(lambda connection: standing.standing(connection, NOON)) == before
    assert [each["purpose"] for each in found["notices"]] == ["acknowledgement", "assignment"]
    (outcome,) = await told.meet(eve)
    assert (outcome.disposition, outcome.team, outcome.handler) == (
        found["disposition"],
        found["team"],
        found["handler"],
    )
    left = await told.leave()
    assert [each.text for each in left] == [each["text"] for each in found["notices"]]


async def test_trying_what_was_held_before(told: Told) -> None:
    """A known mail is told as what it was the first time, not as joining itself."""
    desk = ComplaintsDesk(rules())
    found = await told.store.read(
        lambda connection: trying.tried(connection, desk, ANN, NOON, key=KEY, installation="test")
    )
    assert (found["known"], found["disposition"]) == ("yes", "case")


async def test_after_erasure_words_are_gone_and_events_stay(told: Told) -> None:
    """Nothing that is asked afterwards gives a word back; the timeline is whole."""
    erase = Command(id="e-1", reference=told.ann, command="erase", actor="margaret", at=NOON)
    (outcome,) = await told.meet(erase)
    assert outcome.disposition == "done"
    whole = await told.store.read(lambda connection: cases.whole(connection, ANN.id, words=True))
    assert whole is not None
    assert whole["contents"] == {}
    assert whole["erased"]
    assert whole["timeline"][-1]["type"] == "case.erased"
    assert await traced(told, "ann@customer.example") == []
    assert [each["erased"] for each in await traced(told, told.ann)] == [True, True]


async def test_both_databases_answer_alike(told: Told, told_postgres: Told) -> None:
    """Whatever is asked, PostgreSQL gives the same answer as SQLite."""
    desk = ComplaintsDesk(rules())
    facts = rules().brands
    asked: list[Callable[[sa.Connection], object]] = [
        partial(cases.listing, brands=BRANDS, is_open=True),
        partial(cases.whole, case_id=ANN.id, words=True),
        partial(cases.event, case_id=ANN.id, sequence=2),
        _stands,
        partial(feed.after, position=3, limit=5, installation="test", brands=BRANDS),
        partial(parking.listing, which=parking.Which("newer")),
        partial(trying.tried, desk=desk, message=letter("Late!"), now=NOON, key=KEY, installation="test"),
        *(
            partial(tracing.trace, query=query, key=KEY, brands=facts)
            for query in ("bob@other.example", "carl@third.example", told.ann, "2026-11-20")
        ),
    ]
    for each in asked:
        here, there = await told.store.read(each), await told_postgres.store.read(each)
        assert unordered(here) == unordered(there)


def _stands(connection: sa.Connection) -> object:
    """How it stands, but for the bytes that each database takes."""
    found = standing.standing(connection, NOON)
    return {**found, "sizes": found["sizes"]["rows"]}


def unordered(value: object) -> object:
    """Equal however contacts of one moment are ordered."""
    return sorted(map(str, value)) if isinstance(value, list) else value
