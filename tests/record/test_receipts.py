"""What becomes of a notice after it was decided: receipts in any order, and nothing that never leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from intake_daemon.contract import Input, Letter, Parked
from intake_daemon.message import Address, Automatic, Command, Message, Notice, Person, Receipt, ReplyTo
from intake_daemon.reference import token
from intake_daemon.store import Store
from router.desk import ComplaintsDesk
from router.ledger import lives, tables
from router.ledger.record import StoredLedger
from tests.desk.letters import KEY, NOON, letter, rules
from tests.record.doing import leave, notices, route, sent, the_case, types


async def test_a_bounce_that_overtakes_its_receipt_stays(ledger: StoredLedger, store: Store) -> None:
    """The bounce is read before our own receipt (another queue): the acknowledgement never counts as sent."""
    (first,) = await route(ledger, letter())
    acknowledgement = notices(await leave(ledger))[0]
    bounce = letter(
        "This is the mail system.",
        sender=None,
        message="report@mta.example",
        automatic=Automatic(kind="bounce", evidence=("report",), status="5.1.1"),
        tokens=(token(KEY, acknowledgement.id),),
    )
    await route(ledger, bounce)
    await route(ledger, sent(acknowledgement))
    assert (await the_case(store, first)).acknowledged_at is None
    assert "acknowledgement.sent" not in await types(store, first)


@pytest.mark.parametrize(
    ("status", "evidence", "failed"),
    [("4.4.7", "action_failed", True), ("4.4.1", "action_delayed", False), ("5.1.1", "action_failed", True)],
)
async def test_what_a_report_calls_failed_has_failed(
    ledger: StoredLedger, store: Store, status: str, evidence: str, *, failed: bool
) -> None:
    """A host that gives up after days says 4.4.7 and failed; one that goes on trying says delayed (MAIL-09)."""
    (first,) = await route(ledger, letter())
    acknowledgement = notices(await leave(ledger))[0]
    await route(ledger, sent(acknowledgement))
    report = letter(
        "This is the mail system.",
        sender=None,
        message="report@mta.example",
        automatic=Automatic(kind="bounce", evidence=("report_delivery", evidence), status=status),
        tokens=(token(KEY, acknowledgement.id),),
    )
    await route(ledger, report)
    assert ("notice.failed" in await types(store, first)) is failed


async def test_news_never_goes_back(ledger: StoredLedger, store: Store) -> None:
    """The order is unknown < sent < delivered < failed: an earlier word that arrives later changes nothing."""
    (first,) = await route(ledger, letter())
    acknowledgement = notices(await leave(ledger))[0]
    said = [
        sent(acknowledgement).model_copy(update={"outcome": outcome}) for outcome in ("delivered", "sent", "unknown")
    ]
    await route(ledger, *said)
    assert (await types(store, first)).count("notice.delivered") == 1
    assert "notice.unknown" not in await types(store, first)


async def test_deferred_without_a_time_waits_all_the_same(ledger: StoredLedger) -> None:
    """A connector that says `deferred` and no time is asked again after a while, not at once and for ever."""
    await route(ledger, letter())
    acknowledgement = notices(await leave(ledger))[0]
    await route(ledger, Receipt(notice=acknowledgement.id, connector="mail", outcome="deferred", at=NOON))
    assert await ledger.due(NOON + timedelta(seconds=10), 100) == 0
    assert await ledger.due(NOON + timedelta(minutes=5), 100) == 1


async def test_a_lost_letter_leaves_again(ledger: StoredLedger) -> None:
    """A notice without any receipt after an hour (its queue was deleted) is handed over once more, under its id; while
    it still waits in the outbox it is not."""
    await route(ledger, letter())
    assert await ledger.due(NOON + timedelta(hours=2), 100) == 0
    first = notices(await leave(ledger))
    assert await ledger.due(NOON + timedelta(hours=2, minutes=1), 100) == 0
    assert await ledger.due(NOON + timedelta(hours=4), 100) == 2
    again = notices(await leave(ledger))
    assert {each.id: each for each in first} == {each.id: each for each in again}
    await route(ledger, *(sent(each) for each in again))
    assert await ledger.due(NOON + timedelta(hours=9), 100) == 0


async def test_what_may_not_leave_yet_holds_up_nothing(ledger: StoredLedger) -> None:
    """Hundreds of additions wait behind one letter to their handler: what else is due leaves all the same."""
    first = letter()
    (case,) = await route(ledger, first)
    later = NOON + timedelta(minutes=1)
    additions = [letter(f"And {n}", message=f"{n}@x", answers=("first@customer.example",)) for n in range(30)]
    await route(ledger, *additions)
    other = letter("Other matter", message="o@x", sender="o@x.example")
    await ledger.decide([Input(other, later)], later)
    letters = notices(await leave(ledger))
    theirs = next(each for each in letters if each.to.value == "o@x.example")
    wait = Receipt(notice=theirs.id, connector="mail", outcome="deferred", at=later, until=later)
    await ledger.decide([Input(wait, later)], later)
    assert await ledger.due(later + timedelta(seconds=1), 5) == 1
    assert [each.id for each in notices(await leave(ledger))] == [theirs.id], case


async def test_a_letter_that_cannot_be_written_stops_no_complaint(store: Store) -> None:
    """When the words of a letter fail (a template, a policy that this process does not know), the complaint is a case
    all the same, others leave, and the letter is tried again later."""
    desk = ComplaintsDesk(rules())
    ledger = StoredLedger(store, desk, key=KEY, installation="test")
    render, broken = desk.render, True

    def failing(case, intent, message, said, now):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 -- the desk's own
        if broken and intent.purpose == "acknowledgement" and message.sender.name == "Ann":
            raise KeyError(intent.purpose)
        return render(case, intent, message, said, now)

    desk.render = failing  # type: ignore[method-assign]
    outcomes = await route(ledger, letter(), letter("Other", sender="bob@x.example", message="b@x", name="Bob"))
    assert [outcome.disposition for outcome in outcomes] == ["case", "case"]
    assert sorted(each.purpose for each in notices(await leave(ledger))) == [
        "acknowledgement",
        "assignment",
        "assignment",
    ]
    for hours in (2, 4):
        later = NOON + timedelta(hours=hours)
        await ledger.due(later, 100)
        assert "ann@customer.example" not in {each.to.value for each in notices(await leave(ledger))}
    broken = False
    await ledger.due(NOON + timedelta(hours=6), 100)
    assert "ann@customer.example" in {each.to.value for each in notices(await leave(ledger))}


async def test_who_left_is_stood_in_for(store: Store) -> None:
    """The handler no longer works here: the manager of the team hears of what comes to the case."""
    ours = rules()
    desk = ComplaintsDesk(ours)
    ledger = StoredLedger(store, desk, key=KEY, installation="test")
    (case,) = await route(ledger, letter())
    await route(ledger, *(sent(each) for each in notices(await leave(ledger))))
    people = {name: each for name, each in ours.staff.handlers.items() if name != case.handler}
    desk.rules = replace(ours, staff=ours.staff.model_copy(update={"handlers": people}))
    await route(ledger, letter("More", message="2@x", answers=("first@customer.example",)))
    (addition,) = notices(await leave(ledger))
    assert addition.purpose == "addition"
    assert addition.to.value in {each.address for each in people.values()}


async def test_a_letter_that_an_erasure_took_back_is_no_longer_on_its_way(ledger: StoredLedger, store: Store) -> None:
    """An erasure takes letters out of the outbox: they count as withheld, and not for ever as on their way."""
    (case,) = await route(ledger, letter())
    assert case.reference is not None
    await route(ledger, Command(id="e", reference=case.reference, command="erase", actor="ops"))
    states = await store.read(lambda connection: list(connection.execute(sa.select(tables.notices.c.state)).scalars()))
    assert set(states) == {"withheld"}
    assert notices(await leave(ledger)) == []


async def test_parked_letters_are_no_contacts(ledger: StoredLedger, store: Store) -> None:
    """A parked notice or command waits for a person, but it is no contact: the balance counts what came in."""

    def parked(queue: str) -> Parked:
        return Parked(f"id-{queue}", queue, "returned_too_often", Letter(queue, "k", b"{}", f"id-{queue}"), 5, NOON)

    queues = ("intake.router", "smtp-in", "intake.notices.mail", "intake.commands", "intake.receipts")
    await ledger.park([parked(queue) for queue in queues])
    balance = await store.read(lives.balance)
    assert (balance["in"], balance["parked"], balance["unaccounted"]) == (2, 2, 0)


def _by_whatsapp() -> Message:
    """A complaint by WhatsApp, whose sender has a mail address, too."""
    number, mail = Address(kind="whatsapp", value="+994505550100"), Address(kind="email", value="ann@customer.example")
    return letter("Телефон сломался на второй день, верните деньги.", brand="kontakt").model_copy(
        update={
            "channel": "social",
            "connector": "bot",
            "sender": Person(addresses=(number, mail), verified="signature"),
            "reply_to": ReplyTo(connector="bot", address=number, thread="ours until"),
        }
    )


def _failed(notice: Notice, code: str) -> Receipt:
    return sent(notice).model_copy(update={"outcome": "failed", "code": code, "at": NOON + timedelta(seconds=9)})


async def _acknowledgement(ledger: StoredLedger, after: float) -> Notice:
    await ledger.due(NOON + timedelta(seconds=after), 100)
    (found,) = [each for each in notices(await leave(ledger)) if each.purpose == "acknowledgement"]
    return found


async def test_a_window_that_was_over_all_the_same(store: Store) -> None:
    """What the provider took and refuses afterwards (63016, 131047) goes to the same address once more, as a template;
    where that fails it goes to the next address. The clock is met only by what arrives."""
    ledger = StoredLedger(
        store, ComplaintsDesk(replace(rules(), replying=frozenset({"bot"}))), key=KEY, installation="x"
    )
    (opened,) = await route(ledger, _by_whatsapp())
    first = await _acknowledgement(ledger, 60)
    assert (first.to.kind, first.window_closed) == ("whatsapp", False)
    await route(ledger, sent(first), _failed(first, "window_closed"))
    assert (await the_case(store, opened)).acknowledged_at is None
    second = await _acknowledgement(ledger, 120)
    assert (second.to, second.window_closed, second.thread) == (first.to, True, first.thread)
    await route(ledger, _failed(second, "window_closed"))
    third = await _acknowledgement(ledger, 180)
    assert (third.to.kind, third.window_closed) == ("email", False)
    await route(ledger, sent(third))
    assert (await the_case(store, opened)).acknowledged_at is not None


async def test_news_that_overtakes_our_own_receipt(store: Store) -> None:
    """The provider says that the window was over before we have written down that it took the letter: the template goes
    all the same."""
    ledger = StoredLedger(
        store, ComplaintsDesk(replace(rules(), replying=frozenset({"bot"}))), key=KEY, installation="x"
    )
    await route(ledger, _by_whatsapp())
    first = await _acknowledgement(ledger, 60)
    await route(ledger, _failed(first, "window_closed").model_copy(update={"provider_id": "SM1"}), sent(first))
    second = await _acknowledgement(ledger, 120)
    assert (second.to, second.window_closed) == (first.to, True)


@pytest.mark.parametrize("code", ["window_closed", "undeliverable"])
async def test_what_is_refused_at_once_goes_elsewhere(store: Store, code: str) -> None:
    """Its connector has tried the template, if it has one."""
    ledger = StoredLedger(
        store, ComplaintsDesk(replace(rules(), replying=frozenset({"bot"}))), key=KEY, installation="x"
    )
    await route(ledger, _by_whatsapp())
    first = await _acknowledgement(ledger, 60)
    await route(ledger, _failed(first, code))
    assert (await _acknowledgement(ledger, 120)).to.kind == "email"
