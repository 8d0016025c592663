"""What a contact's own words mean for its case: how it stands, the next stage, a channel not taken, no complaint."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from intake_daemon.contract import Input, Outcome
from intake_daemon.message import Address, Command, Message, Notice, Person, Receipt, ReplyTo
from intake_daemon.store import Store
from router.ledger import tables
from router.ledger.lookup import waiting
from router.ledger.record import StoredLedger
from tests.desk.letters import NOON, letter
from tests.record.doing import leave, notices, route, the_case, types


async def answered(
    ledger: StoredLedger, *values: Message | Command, at: datetime = NOON
) -> tuple[list[Outcome], list[Notice]]:
    """Inputs decided as they come, and every letter that leaves, handed over."""
    outcomes = await ledger.decide([Input(value, at) for value in values], at)
    left: list[Notice] = []
    while fresh := notices(await leave(ledger)):
        receipts = [
            Receipt(notice=each.id, connector=each.connector, outcome="sent", at=at + timedelta(seconds=1))
            for each in fresh
        ]
        await ledger.decide([Input(receipt, at) for receipt in receipts], at)
        await ledger.due(at, 100)
        left += fresh
    return outcomes, left


def follow_up(text: str, number: int = 2, **changes: Any) -> Message:  # noqa: ANN401 -- fields of Message
    """The same customer's answer in the thread."""
    moment = NOON + timedelta(days=number)
    mail = letter(text, message=f"{number}@customer.example", answers=("first@customer.example",), **changes)
    return mail.model_copy(update={"received_at": moment, "contact_at": moment})


async def test_how_it_stands_is_told_at_once(ledger: StoredLedger, store: Store) -> None:
    """AT-K17: "what about my complaint?" from the same customer, without a reference: told, no new case, no second
    acknowledgement, and the handler is left in peace."""
    (first,), _ = await answered(ledger, letter())
    asked = letter("What about my complaint?", message="new@customer.example")
    (outcome,), left = await answered(ledger, asked)
    assert (outcome.disposition, outcome.case) == ("joined", first.case)
    assert [each.purpose for each in left] == ["status_answer"]
    assert {"status.asked", "status.told"} <= set(await types(store, first))
    assert "We are looking into your complaint" in left[0].text


async def test_a_stranger_learns_nothing(ledger: StoredLedger, store: Store) -> None:
    """AT-K18: a stranger who quotes a valid reference gets no details, and no case of the customer's."""
    (first,), _ = await answered(ledger, letter())
    stranger = letter(
        f"What about my complaint {first.reference}?", sender="eve@other.example", message="e@other.example", name="Eve"
    )
    (outcome,), left = await answered(ledger, stranger)
    assert outcome.case != first.case
    assert [each.purpose for each in left] == ["status_answer"]
    assert "only to the person" in left[0].text
    assert "investigat" not in left[0].text
    assert (await the_case(store, outcome)).state == "enquiry"
    assert "status.asked" not in await types(store, first)


async def test_a_complaint_after_a_question_is_one(ledger: StoredLedger, store: Store) -> None:
    """Who was told that we do not know them, and answers with a complaint, has made one; with thanks, has not."""
    eve: dict[str, Any] = {"sender": "eve@other.example", "name": "Eve"}
    (asked,), _ = await answered(ledger, letter("What about my complaint?", message="e@other.example", **eve))
    assert (await the_case(store, asked)).state == "enquiry"
    thread: dict[str, Any] = {"answers": ("e@other.example",), **eve}
    (thanks,), left = await answered(ledger, letter("Thank you!", message="t@other.example", **thread))
    assert (thanks.case, left) == (asked.case, [])
    complaint = letter("The parcel came broken, I want my money back.", message="c@other.example", **thread)
    (outcome,), left = await answered(ledger, complaint)
    assert (outcome.disposition, {each.purpose for each in left}) == ("case", {"acknowledgement", "assignment"})


async def test_after_what_a_person_has_set_aside(ledger: StoredLedger) -> None:
    """Whose complaint was taken for none, and who writes again in its thread, is heard anew: somebody gets it."""
    (first,), _ = await answered(ledger, letter())
    data = {"reason": "order_question"}
    aside = Command(id="1", reference=first.reference or "", command="not_a_complaint", actor="margaret", data=data)
    (done,), _ = await answered(ledger, aside)
    assert done.disposition == "done", done
    (outcome,), left = await answered(ledger, follow_up("But you charged my card twice!"), at=NOON + timedelta(days=2))
    assert (outcome.disposition, outcome.case != first.case) == ("case", True)
    assert "assignment" in {each.purpose for each in left}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("I'd like to buy ten licences, can you send me a quote?", "order"),
        ("I want to thank your colleague Priya, she was so helpful", "praise"),
    ],
)
async def test_what_is_surely_no_complaint_is_set_aside(ledger: StoredLedger, text: str, what: str) -> None:
    """AT-X22: kept and listed, without case or clock, answered by nobody."""
    (outcome,), left = await answered(ledger, letter(text))
    assert (outcome.disposition, outcome.case, left) == ("aside", None, [])


async def test_both_elements_open_the_second_stage(ledger: StoredLedger, store: Store) -> None:
    """AT-W18 AT-W20 AT-W24: after an answer "not happy" is asked for the request, then the request opens the stage: an
    acknowledgement, a reviewer who is not the first handler, and the stage's clocks."""
    (first,), _ = await answered(ledger, letter())
    assert first.case is not None
    await _give_an_answer(ledger, first)
    _, left = await answered(ledger, follow_up("I am not happy with your answer."), at=NOON + timedelta(days=2))
    assert "escalation_incomplete" in {each.purpose for each in left}
    _, left = await answered(ledger, follow_up("Please escalate my complaint.", 3), at=NOON + timedelta(days=3))
    assert {"escalation_acknowledgement", "assignment"} <= {each.purpose for each in left}
    case = await the_case(store, first)
    assert (case.stage, case.state) == (2, "reviewing")
    assert case.handler not in {case.first_handler, None}
    assert {mark.clock for mark in case.clocks} >= {"ack2", "result2"}


async def test_escalation_before_any_answer_is_noted(ledger: StoredLedger, store: Store) -> None:
    """AT-W19: recorded, told when stage 2 opens, handler and manager hear of it; the stage does not open."""
    (first,), _ = await answered(ledger, letter())
    _, left = await answered(ledger, follow_up("I want to escalate my complaint to your manager."))
    assert "escalation_incomplete" in {each.purpose for each in left}
    assert [each.purpose for each in left].count("addition") == 2
    case = await the_case(store, first)
    assert (case.stage, "escalation.noted" in await types(store, first)) == (1, True)


async def test_a_channel_that_is_not_taken(ledger: StoredLedger, store: Store) -> None:
    """AT-A12 AT-A15: a call to ASK4 is told where; no clock, no complaint. About personal data it is taken as it is."""
    call = letter("My internet is down again and nobody helps.", brand="ask4", channel="phone")
    (outcome,), left = await answered(ledger, call)
    assert [each.purpose for each in left] == ["redirect"]
    assert await types(store, outcome) == ["contact.stored", "contact.redirected", "notice.released"]
    data = letter("You sent my personal data to my neighbour.", brand="ask4", channel="phone", message="b@x.example")
    (outcome,), _ = await answered(ledger, data)
    assert "complaint.received" in await types(store, outcome)


async def test_a_right_has_a_clock_of_its_own(ledger: StoredLedger, store: Store) -> None:
    """AT-X15: "and send me everything you hold on me": found, one month, and the complaint goes on."""
    (outcome,), _ = await answered(
        ledger, letter("You charged me twice. And please send me a copy of all the data you hold about me.")
    )
    case = await the_case(store, outcome)
    assert "rights_request.found" in await types(store, outcome)
    assert (case.open, "rights" in {mark.clock for mark in case.clocks}) == (True, True)


async def test_after_closing(ledger: StoredLedger, store: Store) -> None:
    """AT-X23: thanks change nothing; "broken again" where no stage follows is a person's to decide within two days."""
    (first,), _ = await answered(ledger, letter(brand="kontakt", fields={"language": "en"}))
    await _give_an_answer(ledger, first)
    await _close(ledger, first)
    _, left = await answered(ledger, follow_up("Thank you very much!", brand="kontakt"))
    assert [each.purpose for each in left] == []
    _, left = await answered(ledger, follow_up("It is broken again.", 3, brand="kontakt"))
    case = await the_case(store, first)
    assert ([task.kind for task in case.tasks], [each.purpose for each in left]) == (
        ["reopening"],
        ["task", "addition_receipt"],
    )


async def _give_an_answer(ledger: StoredLedger, first: Outcome) -> None:
    """As the command `answer` does: the letter is owed, and its sending is the fact."""
    words = {
        "outcome": "upheld",
        "decision": "We agree.",
        "reasons": "The card was charged twice.",
        "actions_taken": "We have paid it back.",
        "next_step": "Nothing more.",
    }
    value = Command(id="1", reference=first.reference or "", command="answer", actor="rui", data=words, at=NOON)
    (outcome,), _ = await answered(ledger, value)
    assert outcome.disposition == "done", outcome


async def _close(ledger: StoredLedger, first: Outcome) -> None:
    data = {"outcome": "upheld"}
    value = Command(id="2", reference=first.reference or "", command="close", actor="elnur", data=data, at=NOON)
    (outcome,), _ = await answered(ledger, value)
    assert outcome.disposition == "done", outcome


async def test_a_forged_sender_gets_no_letters(ledger: StoredLedger, store: Store) -> None:
    """A customer's address in From and another in Reply-To: nothing of the case goes there, neither now, when it asks
    how it stands, nor later, when it quotes the reference."""
    (first,), _ = await answered(ledger, letter())
    before = await the_case(store, first)
    elsewhere = ReplyTo(connector="smtp-in", address=Address(kind="email", value="eve@other.example"))
    asked = letter("What about my complaint?", message="new@other.example", reply_to=elsewhere)
    (outcome,), left = await answered(ledger, asked)
    assert outcome.case != first.case
    assert [(each.purpose, "looking into" in each.text) for each in left] == [("status_answer", False)]
    quoted = letter(f"About {first.reference}: it is worse now.", message="2@other.example", reply_to=elsewhere)
    (outcome,), left = await answered(ledger, quoted)
    after = await the_case(store, first)
    assert (outcome.case, after.answers_to) == (first.case, before.answers_to)
    assert "eve@other.example" not in {each.to.value for each in left}


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        (Person(addresses=(Address(kind="phone", value="+442070000001"),)), "call_back"),
        (Person(addresses=(Address(kind="postal", value="1 Some Street"),)), "letter"),
        (Person(), "unreachable"),
    ],
)
async def test_who_cannot_be_told_where_to_complain(
    ledger: StoredLedger, store: Store, sender: Person, kind: str
) -> None:
    """Somebody rings ASK4, and nobody can write to where they are: a person finds a way to tell them, as a task that is
    listed, and the contact is still no complaint."""
    call = letter("My invoice is wrong.", brand="ask4").model_copy(
        update={"channel": "phone", "sender": sender, "reply_to": None}
    )
    (outcome,) = await route(ledger, call)
    case = await the_case(store, outcome)
    assert (case.state, [each.kind for each in case.tasks]) == ("redirected", [kind])
    assert [each.purpose for each in notices(await leave(ledger))] == ["task"]
    listed = await store.read(lambda connection: waiting.with_tasks(connection, brands=["ask4"]))
    assert [each.id for each in listed] == [case.id]
    posted = kind == "letter"
    said = {"task": case.tasks[0].id, **({"dispatched_at": NOON.isoformat()} if posted else {})}
    command = "dispatch_letter" if posted else "task_done"
    done = Command(id="1", reference=case.reference, command=command, actor="hannah", data=said, at=NOON)
    assert (await route(ledger, done))[0].disposition == "done"
    assert not (await the_case(store, outcome)).tasks


async def test_an_old_call_is_not_answered_by_itself(ledger: StoredLedger, store: Store) -> None:
    """What somebody asked months ago and is brought in now is told where to complain when a person says so."""
    call = letter("My invoice is wrong.", brand="ask4").model_copy(
        update={"channel": "phone", "contact_at": NOON - timedelta(days=90)}
    )
    (outcome,) = await route(ledger, call)
    assert not notices(await leave(ledger))
    query = sa.select(tables.notices.c.purpose, tables.notices.c.state)
    rows = await store.read(lambda connection: connection.execute(query).all())
    assert [tuple(each) for each in rows] == [("redirect", "held")]
    release = Command(id="1", reference=outcome.reference or "", command="release", actor="hannah", at=NOON)
    assert (await route(ledger, release))[0].disposition == "done"
    await ledger.due(NOON, 100)
    assert [each.purpose for each in notices(await leave(ledger))] == ["redirect"]
