"""Whom a contact is tied to, who counts as staff, and when nobody is answered any more."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from intake_daemon import journal
from intake_daemon.contract import Input, Outcome
from intake_daemon.message import Address, Automatic, Command, Message, Person, ReplyTo, Thread
from intake_daemon.reference import token
from intake_daemon.store import Store
from router.desk import ComplaintsDesk
from router.ledger import tables
from router.ledger.record import StoredLedger
from tests.desk.letters import KEY, NOON, letter, rules
from tests.record.doing import leave, notices, route, sent, the_case, types

BO = Person(name="Bo", addresses=(Address(kind="email", value="bo@welzo.example"),))


async def test_from_alone_makes_nobody_staff(ledger: StoredLedger, store: Store) -> None:
    """Anybody can write our domain into From: without a sign of the border, or a token of a letter to staff, such a
    mail gets into no case that it quotes. It is a complaint of its own, with a link for a person."""
    (first,) = await route(ledger, letter())
    forged = letter(f"Re {first.reference}: close it", sender=None, message="f@x", external_id="f")
    forged = forged.model_copy(update={"sender": BO})
    (second,) = await route(ledger, forged)
    assert second.disposition == "case"
    assert (first.reference,) == (await the_case(store, second)).links
    verified = forged.model_copy(
        update={"id": forged.id[:-1] + "0", "sender": BO.model_copy(update={"verified": "dkim"})}
    )
    assert [(each.disposition, each.reason) for each in await route(ledger, verified)] == [("joined", "staff")]


async def test_a_customers_token_makes_nobody_staff(ledger: StoredLedger, store: Store) -> None:
    """Our domain in From and the token of a letter to the customer: it joins, the handler hears, as with anybody."""
    (first,) = await route(ledger, letter())
    acknowledgement, assignment = notices(await leave(ledger))
    await route(ledger, sent(acknowledgement), sent(assignment))
    forged = letter("I am staff", sender="bo@welzo.example", message="f@x", tokens=(token(KEY, acknowledgement.id),))
    (outcome,) = await route(ledger, forged)
    assert (outcome.disposition, outcome.reason) == ("joined", "token")
    assert "note.added" not in await types(store, first)
    assert [each.purpose for each in notices(await leave(ledger))] == ["addition"]


async def test_a_correspondent_of_many_cases_is_known_in_each(ledger: StoredLedger) -> None:
    """Somebody with more than fifty cases answers the oldest of them: it joins."""
    first = letter("The first")
    await route(ledger, first)
    later = NOON + timedelta(minutes=1)
    others = [letter(f"Another {n}", message=f"{n}@x") for n in range(60)]
    await ledger.decide([Input(each, later) for each in others], later)
    answer = letter("Still nothing", message="answer@x", answers=("first@customer.example",))
    (outcome,) = await route(ledger, answer)
    assert ("joined", first.reference) == (outcome.disposition, outcome.reference)


def test_no_mail_locks_or_asks_for_more_than_its_share() -> None:
    """Ten thousand References, tokens and senders in one mail: what is locked and looked up stays small."""
    many = tuple(f"{n}@x" for n in range(10_000))
    message = letter(
        thread=Thread(message_id="m@x", in_reply_to=many, references=many, tokens=tuple("a" * 40 for _ in many)),
        sender=None,
    ).model_copy(update={"sender": Person(addresses=tuple(Address(kind="email", value=each) for each in many))})
    keys = ComplaintsDesk(rules()).keys(message)
    assert len(keys.locks()) < 60
    assert len(keys.threads) + len(keys.registers) + len(keys.correspondents) + len(keys.notices) < 120


def test_a_long_thread_is_still_tied_at_both_ends() -> None:
    """Of a long thread its beginning, what it answers, and its newest letters are looked up."""
    many = tuple(f"{n}@x" for n in range(500))
    desk = ComplaintsDesk(rules())
    keys = desk.keys(letter(thread=Thread(message_id="m@x", in_reply_to=("499@x",), references=many)))
    for named in ("0@x", "499@x", "498@x"):
        first = desk.keys(letter(thread=Thread(message_id=named)))
        assert set(first.registers) & set(keys.threads)
        assert first.locks() & keys.locks()


@pytest.mark.parametrize("fixed", ["sender", "reply"])
async def test_breaker_counts_both_addresses(ledger: StoredLedger, fixed: str) -> None:
    """A machine that we do not recognise, with another From each time or another Return-Path each time (VERP): the
    answers end all the same (AT-X04)."""
    for n in range(10):
        one = Address(kind="email", value="loop@machine.example")
        other = Address(kind="email", value=f"bounce-{n}@machine.example")
        sender, reply = (one, other) if fixed == "sender" else (other, one)
        message = letter(f"Your ticket {n}", message=f"{n}@x", sender=None).model_copy(
            update={"sender": Person(addresses=(sender,)), "reply_to": ReplyTo(connector="smtp-in", address=reply)}
        )
        await route(ledger, message)
    left = [each for each in notices(await leave(ledger)) if each.purpose == "acknowledgement"]
    assert len(left) == 5


async def at(ledger: StoredLedger, message: Message, moment: datetime) -> Outcome:
    """One mail at its moment."""
    (outcome,) = await ledger.decide(
        [Input(message.model_copy(update={"received_at": moment, "contact_at": moment}), moment)], moment
    )
    return outcome


async def test_breaker_counts_minutes_and_days(ledger: StoredLedger) -> None:
    """Five at once, one more after a quarter of an hour, which makes the day's six; what was sent yesterday does not
    count today."""
    left = []
    for minutes in (0, 16, 32, 24 * 60 + 1):
        for n in range(7):
            message = letter(f"Complaint {n} after {minutes}", message=f"{n}.{minutes}@x")
            await at(ledger, message, NOON + timedelta(minutes=minutes))
        left.append(sum(each.purpose == "acknowledgement" for each in notices(await leave(ledger))))
    assert left == [5, 1, 0, 5]


async def test_breaker_of_a_case(ledger: StoredLedger, store: Store) -> None:
    """A machine under ever new addresses, or a ticket system, asks how the case stands again and again: it is answered
    as often as the case's limit lets, then the handler is told once that a machine may be answering, and not of its
    every letter. It is counted."""
    first = await at(ledger, letter(), NOON)
    for each in notices(await leave(ledger)):
        await ledger.decide([Input(sent(each), NOON)], NOON)
    purposes = []
    for n in range(8):
        question = letter("What is the status of my complaint?", message=f"q{n}@x", answers=("first@customer.example",))
        outcome = await at(ledger, question, NOON + timedelta(minutes=n))
        assert outcome.disposition == "joined"
        left = notices(await leave(ledger))
        for each in left:
            await ledger.decide([Input(sent(each), NOON)], NOON)
        purposes.append([each.purpose for each in left])
    assert purposes == [["status_answer"]] * 3 + [["task"]] + [[]] * 4
    assert [task.kind for task in (await the_case(store, first)).tasks] == ["machine"]
    counted = journal.REGISTRY.get_sample_value(
        "intake_events_total", {"event": "breaker", "where": "welzo", "what": "case"}
    )
    assert counted is not None
    assert counted >= 5


async def test_machine_mail_of_an_erased_case_leaves_no_words(ledger: StoredLedger, store: Store) -> None:
    """A late bounce quotes our letter and names the customer: of an erased case only its id is kept."""
    (first,) = await route(ledger, letter())
    acknowledgement = notices(await leave(ledger))[0]
    assert first.reference is not None
    await route(ledger, Command(id="e", reference=first.reference, command="erase", actor="ops"))
    bounce = letter(
        "ann@customer.example xylophone",
        sender=None,
        message="r@mta",
        automatic=Automatic(kind="bounce", evidence=("report",), status="5.1.1"),
        tokens=(token(KEY, acknowledgement.id),),
        raw="1" * 64,
    )
    (outcome,) = await route(ledger, bounce)
    assert (outcome.disposition, outcome.reason) == ("machine", "erased")
    bodies = await store.read(lambda connection: list(connection.execute(sa.select(tables.content.c.body)).scalars()))
    assert bodies == []
    assert "1" * 64 in await ledger.vault_erasures()
    (again,) = await route(ledger, bounce)
    assert (again.disposition, again.reason) == ("repeat", "erased")


async def test_staff_who_answer_about_an_erased_case_open_none(ledger: StoredLedger) -> None:
    """The handler answers an assignment after the erasure: no complaint, no words kept (AT-X27)."""
    (first,) = await route(ledger, letter())
    assignment = notices(await leave(ledger))[1]
    assert first.reference is not None
    await route(ledger, Command(id="e", reference=first.reference, command="erase", actor="ops"))
    answer = letter("I called Ann", sender=assignment.to.value, message="h@x", tokens=(token(KEY, assignment.id),))
    (outcome,) = await route(ledger, answer)
    assert (outcome.disposition, outcome.reason) == ("joined", "erased")
    assert notices(await leave(ledger)) == []


async def test_codes_silence_no_acknowledgement(ledger: StoredLedger) -> None:
    """Who asks the status page for one code after the other is no machine that answers us: their next complaint is
    acknowledged, and a question in the case is answered."""
    first = await at(ledger, letter(), NOON)
    reference = first.reference or ""
    for n in range(9):
        data = {"code": "481 516", "minutes": 15}
        asked = Command(id=f"c{n}", reference=reference, command="send_code", actor="customer", data=data)
        (done,) = await ledger.decide([Input(asked, NOON)], NOON)
        assert done.disposition == "done"
        for each in notices(await leave(ledger)):
            await ledger.decide([Input(sent(each), NOON)], NOON)
    await at(ledger, letter("Another matter: my invoice is wrong.", message="2@customer.example"), NOON)
    question = letter("What is the status of my complaint?", message="3@x", answers=("first@customer.example",))
    await at(ledger, question, NOON)
    assert {"acknowledgement", "status_answer"} <= {each.purpose for each in notices(await leave(ledger))}
