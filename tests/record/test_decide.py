"""What the ledger records: one contact, one effect; conversations; receipts; the order of what leaves."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from intake_daemon.contract import EVENTS, Input
from intake_daemon.message import Automatic, Command, Message, Receipt, Thread
from intake_daemon.reference import token
from intake_daemon.store import Store
from router.case import Case, fold
from router.ledger import lives, tables
from router.ledger.record import StoredLedger
from tests.desk.letters import KEY, NOON, letter, rules
from tests.record.conftest import ledger_on
from tests.record.doing import history, leave, notices, route, sent


async def test_complaint_becomes_case(ledger: StoredLedger, store: Store) -> None:
    """A complaint becomes a case with topic, team and handler; one notice goes to the customer, one to the handler."""
    (outcome,) = await route(ledger, letter())
    assert (outcome.disposition, outcome.topic, outcome.language) == ("case", "billing", "en")
    assert outcome.handler
    left = notices(await leave(ledger))
    assert [notice.purpose for notice in left] == ["acknowledgement", "assignment"]
    assert left[0].to.value == "ann@customer.example"
    assert outcome.reference is not None
    assert outcome.reference in left[0].subject
    assert "charged" not in left[0].text
    assert "charged my card twice" in left[1].text


async def test_events_leave_in_order_with_cloud_event_form(ledger: StoredLedger) -> None:
    """Of a case, events leave one by one in their sequence, as CloudEvents without a gap."""
    await route(ledger, letter())
    rows = [json.loads(row.letter.body) for row in await leave(ledger) if row.letter.exchange == EVENTS]
    assert [f"{n:010d}" for n in range(1, len(rows) + 1)] == [row["sequence"] for row in rows]
    assert rows[0]["type"] == "contact.stored.v1"
    assert all("customer.example" not in json.dumps(row) for row in rows)


async def test_only_the_first_event_of_a_case_may_be_unconfirmed(ledger: StoredLedger) -> None:
    """The outbox gives of each case only its first waiting event."""
    await route(ledger, letter(), letter("Other matter, wrong invoice", sender="bob@customer.example", message="b@x"))
    rows = [row for row in await ledger.outbox(1000) if row.letter.exchange == EVENTS]
    assert 2 == len(rows) == len({row.case for row in rows})


async def test_repeat_changes_nothing(ledger: StoredLedger, store: Store) -> None:
    """A message that is delivered again is counted and has no second effect, in the same batch and in a later one."""
    first = letter()
    outcomes = await route(ledger, first, first)
    outcomes += await route(ledger, first)
    assert [outcome.disposition for outcome in outcomes] == ["case", "repeat", "repeat"]
    assert len(notices(await leave(ledger))) == 2
    assert await store.read(lives.seen) == 3


async def test_acknowledgement_is_sent_only_with_its_receipt(ledger: StoredLedger, store: Store) -> None:
    """`acknowledgement.sent` exists only after the connector's receipt, and once, however often that comes (R-8)."""
    await route(ledger, letter())
    acknowledgement = notices(await leave(ledger))[0]
    ((case_id, events),) = (await history(store)).items()
    assert "acknowledgement.sent" not in [event.type for event in events]
    await route(ledger, sent(acknowledgement), sent(acknowledgement))
    await route(ledger, sent(acknowledgement))
    events = (await history(store))[case_id]
    assert [event.type for event in events].count("acknowledgement.sent") == 1
    assert fold(events).acknowledged_at == NOON + timedelta(seconds=1)


async def test_bounce_withdraws_the_acknowledgement(ledger: StoredLedger, store: Store) -> None:
    """A delivery report with our token takes `acknowledgement.sent` back and opens no case (AT-X06 R-8)."""
    await route(ledger, letter())
    acknowledgement = notices(await leave(ledger))[0]
    await route(ledger, sent(acknowledgement))
    bounce = letter(
        "This is the mail system.",
        sender=None,
        message="report@mta.example",
        automatic=Automatic(kind="bounce", evidence=("report",), status="5.1.1"),
        tokens=(token(KEY, acknowledgement.id),),
    )
    (outcome,) = await route(ledger, bounce)
    ((_, events),) = (await history(store)).items()
    assert outcome.disposition == "machine"
    failed = next(event for event in events if event.type == "notice.failed")
    withdrawn = next(event.id for event in events if event.type == "acknowledgement.sent")
    assert withdrawn == failed.data["withdraws"]
    assert [event.type for event in events[-1:]] == ["clock.started"], "the clock runs again, from the receipt"
    assert fold(events).acknowledged_at is None


async def test_machine_mail_opens_no_case(ledger: StoredLedger, store: Store) -> None:
    """Auto-replies and lists are kept as contacts with their reason, answered by nobody (AT-X03)."""
    values = [
        letter("away", message="1@x", automatic=Automatic(kind="auto_reply", evidence=("auto-submitted",))),
        letter("buy", message="2@x", automatic=Automatic(kind="list", evidence=("list-id",))),
    ]
    assert [outcome.disposition for outcome in await route(ledger, *values)] == ["machine", "machine"]
    assert await leave(ledger) == []
    assert await history(store) == {}


async def test_answer_in_thread_joins(ledger: StoredLedger) -> None:
    """The same sender's answer joins its case, without a second acknowledgement; the handler hears of it (AT-X20)."""
    await route(ledger, letter())
    for notice in notices(await leave(ledger)):
        await route(ledger, sent(notice))
    answer = letter("One more thing", message="second@customer.example", answers=("first@customer.example",))
    (outcome,) = await route(ledger, answer)
    assert outcome.disposition == "joined"
    assert [notice.purpose for notice in notices(await leave(ledger))] == ["addition"]


async def test_answer_that_overtakes_its_question(ledger: StoredLedger) -> None:
    """A reply that arrives before what it answers opens the case, and the first mail joins it: one case, one letter."""
    answer = letter("One more thing", message="second@customer.example", answers=("first@customer.example",))
    outcomes = [*await route(ledger, answer), *await route(ledger, letter())]
    assert [outcome.disposition for outcome in outcomes] == ["case", "joined"]


async def test_two_mails_with_one_message_id_are_two(ledger: StoredLedger) -> None:
    """Two different mails under one Message-ID are two contacts, and nothing ties them (AT-X28)."""
    outcomes = await route(ledger, letter(), letter("Something else entirely is wrong"))
    assert [outcome.disposition for outcome in outcomes] == ["case", "case"]


async def test_stranger_who_quotes_a_reference(ledger: StoredLedger, store: Store) -> None:
    """A stranger with a valid reference gets a case of their own with a link, and does not get in (AT-K18)."""
    (first,) = await route(ledger, letter())
    stranger = letter(f"About {first.reference}: tell me all", sender="eve@elsewhere.example", message="e@x")
    (second,) = await route(ledger, stranger)
    assert second.disposition == "case"
    assert second.reference != first.reference
    assert second.case is not None
    case = fold((await history(store))[second.case])
    assert (first.reference,) == case.links


async def test_same_sender_with_a_reference_typed_badly(ledger: StoredLedger) -> None:
    """The customer's own new mail with the reference in lower case and Cyrillic letters joins (AT-W08 AT-X26)."""
    (first,) = await route(ledger, letter())
    assert first.reference is not None
    typed = first.reference.lower().replace("-", " ").replace("k", "к")
    (second,) = await route(ledger, letter(f"{typed} what now?", message="n@x"))
    assert ("joined", first.reference) == (second.disposition, second.reference)


async def test_reference_told_first_stays_an_alias(ledger: StoredLedger) -> None:
    """The reference that was derived for a contact which joined a case means that case for ever (AT-X25)."""
    (first,) = await route(ledger, letter())
    answer = letter("More", message="second@x", answers=("first@customer.example",))
    await route(ledger, answer)
    (third,) = await route(ledger, letter(f"I quote {answer.reference}", message="third@x"))
    assert ("joined", first.reference) == (third.disposition, third.reference)


async def test_token_from_a_new_address_joins_unverified(ledger: StoredLedger, store: Store) -> None:
    """A valid token from an unknown address joins its case; nothing is sent to that address, nor known of it."""
    await route(ledger, letter())
    acknowledgement = notices(await leave(ledger))[0]
    other = letter(
        "It is me, from work", sender="ann@work.example", message="w@x", tokens=(token(KEY, acknowledgement.id),)
    )
    (outcome,) = await route(ledger, other)
    ((_, events),) = (await history(store)).items()
    joined = next(event for event in events if event.type == "contact.joined")
    assert (outcome.disposition, joined.data["by"], joined.data["verified"]) == ("joined", "token", False)
    again = letter("Me again", sender="ann@work.example", message="w2@x", answers=("first@customer.example",))
    assert [each.disposition for each in await route(ledger, again)] == ["case"]


async def test_forged_token_ties_nothing(ledger: StoredLedger) -> None:
    """A token under another key is not ours."""
    await route(ledger, letter())
    acknowledgement = notices(await leave(ledger))[0]
    forged = letter("Hello", sender="eve@x.example", message="f@x", tokens=(token(b"other" * 8, acknowledgement.id),))
    assert [outcome.disposition for outcome in await route(ledger, forged)] == ["case"]


async def test_staff_answer_is_a_note(ledger: StoredLedger, store: Store) -> None:
    """What a handler answers to the assignment is a note of the case, never a complaint (AT-X27)."""
    await route(ledger, letter())
    assignment = notices(await leave(ledger))[1]
    answer = letter(
        "I called the customer.", sender=assignment.to.value, message="h@x", tokens=(token(KEY, assignment.id),)
    )
    (outcome,) = await route(ledger, answer)
    ((_, events),) = (await history(store)).items()
    assert (outcome.disposition, outcome.reason) == ("joined", "staff")
    assert events[-1].type == "note.added"
    assert notices(await leave(ledger)) == []


async def test_deferred_notice_leaves_again_when_due(ledger: StoredLedger) -> None:
    """A deferred notice is published again, with the same words, not before its time."""
    await route(ledger, letter())
    acknowledgement = notices(await leave(ledger))[0]
    later = NOON + timedelta(minutes=5)
    wait = Receipt(notice=acknowledgement.id, connector="mail", outcome="deferred", at=NOON, until=later)
    await route(ledger, wait)
    assert await ledger.due(NOON + timedelta(minutes=4), 100) == 0
    assert await ledger.due(later, 100) == 1
    assert [acknowledgement] == notices(await leave(ledger))


async def test_notices_to_one_recipient_leave_one_after_another(ledger: StoredLedger) -> None:
    """A second notice to the handler waits until the first has its receipt: the later could arrive first."""
    await route(ledger, letter(), letter("More", message="2@x", answers=("first@customer.example",)))
    first = notices(await leave(ledger))
    assert [notice.purpose for notice in first] == ["acknowledgement", "assignment"]
    assert await ledger.due(NOON, 100) == 0
    await route(ledger, sent(first[1]))
    assert await ledger.due(NOON, 100) == 1
    assert [notice.purpose for notice in notices(await leave(ledger))] == ["addition"]


async def test_nobody_to_answer(ledger: StoredLedger, store: Store) -> None:
    """A complaint without an address becomes a case whose acknowledgement is withheld, said with its reason."""
    (outcome,) = await route(ledger, letter(sender=None))
    assert outcome.case is not None
    assert fold((await history(store))[outcome.case]).withheld == "no_address"


async def test_old_contact_waits_for_a_person(ledger: StoredLedger, store: Store) -> None:
    """A contact older than the setting opens its case while its acknowledgement waits for a person (design 10.4)."""
    days = timedelta(days=4000)
    (outcome,) = await route(ledger, letter(contact_at=NOON - days))
    assert outcome.case is not None
    assert fold((await history(store))[outcome.case]).withheld == "old_contact"


async def test_breaker(ledger: StoredLedger, store: Store) -> None:
    """Ten forms with one stranger's address: cases all, but not ten letters (AT-X29)."""
    values = [letter(f"Complaint number {n}", message=f"{n}@x") for n in range(10)]
    outcomes = await route(ledger, *values)
    assert [outcome.disposition for outcome in outcomes] == ["case"] * 10
    letters = [notice for notice in notices(await leave(ledger)) if notice.purpose == "acknowledgement"]
    await_due = await ledger.due(NOON, 100)
    assert len(letters) + await_due == 5
    cases = [fold(events) for events in (await history(store)).values()]
    assert [case.withheld for case in cases].count("breaker") == 5


async def test_command_is_done_once(ledger: StoredLedger, store: Store) -> None:
    """A command is carried out once per id, by who may, and refused by name otherwise."""
    (case,) = await route(ledger, letter())
    assert case.reference is not None
    note = Command(id="c1", reference=case.reference, command="note", actor="ops", data={"text": "called"})
    assert [each.disposition for each in await route(ledger, note, note)] == ["done", "done"]
    ((_, events),) = (await history(store)).items()
    assert [event.type for event in events].count("note.added") == 1
    refused = [
        note.model_copy(update={"id": "c2", "actor": "stranger"}),
        note.model_copy(update={"id": "c3", "data": {}}),
        note.model_copy(update={"id": "c4", "command": "fly"}),
        note.model_copy(update={"id": "c5", "reference": "WLZ-0000-0000-0000"}),
    ]
    reasons = [outcome.reason for outcome in await route(ledger, *refused)]
    assert reasons == ["not_allowed", "text_missing", "unknown_command", "no_such_case"]


async def test_erasure(ledger: StoredLedger, store: Store) -> None:
    """Erasing a case leaves events and contact ids, no words; the same mail again revives nothing (AT-X32)."""
    first = letter("A secret word: xylophone")
    (case,) = await route(ledger, first)
    assert case.reference is not None
    before = fold((await history(store))[case.case or ""])
    await route(ledger, Command(id="e1", reference=case.reference, command="erase", actor="ops"))
    left = await store.read(
        lambda connection: [
            str(tuple(row)) for t in tables.metadata.tables.values() for row in connection.execute(sa.select(t))
        ]
    )
    assert not [row for row in left if "xylophone" in row or "ann@customer" in row]
    after = fold((await history(store))[case.case or ""])
    assert after.erased
    assert before.topic == after.topic
    (again,) = await route(ledger, first)
    assert (again.disposition, again.reason) == ("repeat", "erased")
    assert await ledger.vault_erasures() == ["0" * 64]


async def test_projection_equals_the_fold(ledger: StoredLedger, store: Store) -> None:
    """What `cases` keeps is the fold of the case's events."""
    await route(ledger, letter(), letter("More", message="2@x", answers=("first@customer.example",)))
    for notice in notices(await leave(ledger)):
        await route(ledger, sent(notice))
    bodies = await store.read(lambda connection: list(connection.execute(sa.select(tables.cases.c.body)).scalars()))
    kept = {case.id: case for case in map(Case.model_validate_json, bodies)}
    assert kept == {case: fold(events) for case, events in (await history(store)).items()}


async def test_three_routers_make_one_case_of_each_conversation(url: str) -> None:
    """Three routers, conversations of three mails delivered at once in any order: a case and a letter for each."""
    conversations = 60
    values = [
        letter(
            f"Complaint {n}, mail {m}",
            sender=f"c{n}@customer.example",
            message=f"{n}.{m}@x",
            thread=Thread(message_id=f"{n}.{m}@x", references=tuple(f"{n}.{k}@x" for k in range(m))),
        )
        for n in range(conversations)
        for m in range(3)
    ]
    random.Random(7).shuffle(values)  # noqa: S311 -- a fixed disorder
    stores = [Store(url) for _ in range(1 if url.startswith("sqlite") else 3)]
    await stores[0].migrate()
    ledgers = [ledger_on(store) for store in stores]

    async def work(ledger: StoredLedger, mine: list[Message]) -> None:
        for start in range(0, len(mine), 10):
            await route(ledger, *mine[start : start + 10])

    await asyncio.gather(*(work(each, values[n :: len(ledgers)]) for n, each in enumerate(ledgers)))
    cases = await history(stores[0])
    letters = [notice for notice in notices(await leave(ledgers[0])) if notice.purpose == "acknowledgement"]
    for store in stores:
        await store.close()
    assert conversations == len(cases)
    assert conversations == len(letters)
    assert [3] * conversations == [fold(events).contacts for events in cases.values()]


async def test_schema_of_the_history_is_the_schema_of_the_code(store: Store) -> None:
    """The alembic history makes exactly the tables that the code speaks of."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from intake_daemon.memory import metadata as memory
    from intake_daemon.vault import metadata as vault
    from router.ledger import codes

    assert codes.codes.metadata is tables.metadata, "its table is known"

    def compare(connection: sa.Connection) -> list[object]:
        whole = sa.MetaData()
        for each in (memory, vault, tables.metadata):
            for table in each.tables.values():
                table.to_metadata(whole)
        context = MigrationContext.configure(connection)
        differences: list[object] = compare_metadata(context, whole)
        return [each for each in differences if "schema_minimum" not in str(each)]

    assert await store.read(compare) == []


async def test_start_is_refused_by_a_newer_schema(store: Store, url: str) -> None:
    """A process that is older than the schema's minimum refuses to start and says what to do."""
    from intake_daemon.errors import BadSettings

    await store.write(
        lambda connection: connection.execute(sa.text("INSERT INTO schema_minimum VALUES (99, 'later')")).close()
    )
    older = Store(url)
    with pytest.raises(BadSettings, match="Install the newer"):
        await older.migrate()
    await older.close()


async def test_command_for_a_case_of_another_brand_finds_none(ledger: StoredLedger) -> None:
    """A command whose routing key names another brand finds no such case, whoever sends it."""
    (case,) = await route(ledger, letter())
    assert case.reference is not None
    note = Command(id="c1", reference=case.reference, command="note", actor="ops", data={"text": "called"})
    (outcome,) = await ledger.decide([Input(note, NOON, "kontakt")], NOON)
    assert (outcome.disposition, outcome.reason) == ("refused", "no_such_case")


async def test_name_in_one_word_is_asked_for_where_the_policy_has_parts(ledger: StoredLedger) -> None:
    """Kontakt asks for the name in three parts: one word leaves it missing, and the letter asks once (AT-K03)."""
    await route(ledger, letter("Noutbuk işləmir", brand="kontakt", name="Məryəm"))
    (text,) = [each.text for each in notices(await leave(ledger)) if each.purpose == "acknowledgement"]
    assert rules().notices.say("az")("fields", "customer.name.parts") in text


async def test_data_protection_names_the_ico(ledger: StoredLedger) -> None:
    """ASK4's acknowledgement of a complaint about personal data carries the ICO (AT-A11), any other does not."""
    about_data = letter("You gave my personal data to another tenant", brand="ask4")
    await route(ledger, about_data, letter("The internet is slow", brand="ask4", message="2@x", sender="b@x.example"))
    texts = [each.text for each in notices(await leave(ledger)) if each.purpose == "acknowledgement"]
    assert ["Information Commissioner" in text for text in texts] == [True, False]


async def test_bounce_at_another_brands_address_belongs_to_its_notice(ledger: StoredLedger, store: Store) -> None:
    """Two brands on one domain share the bounce address: the token says whose letter came back."""
    await route(ledger, letter())
    acknowledgement = notices(await leave(ledger))[0]
    await route(ledger, sent(acknowledgement))
    signs = Automatic(kind="bounce", evidence=("report",), status="5.1.1")
    ours = (token(KEY, acknowledgement.id),)
    await route(ledger, letter("Gone", brand="ask4", sender=None, message="r@mta", automatic=signs, tokens=ours))
    ((_, events),) = (await history(store)).items()
    assert [event.brand for event in events if event.type == "notice.failed"] == ["welzo"]
