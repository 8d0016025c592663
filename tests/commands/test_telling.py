"""Progress, questions, new dates: per policy what may be told, what it needs, when it holds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from intake_daemon.message import Address, Receipt, ReplyTo
from tests.commands.office import LEADERS, Office


async def test_a_word_of_a_person_is_progress(office: Office) -> None:
    """AT-A21 AT-A22: what a person wrote is progress.sent when it has left, and starts ASK4's last term."""
    await office.open("ask4")
    await office.later(days=4)
    await office.ok("progress", text="We have found the fault.")
    assert "progress.sent" not in await office.types()
    await office.post()
    assert (await office.types()).count("progress.sent") == 1
    assert "We have found the fault." in office.left[-1].text
    first = await office.due("result")
    await office.later(days=3)
    await office.ok("progress", text="The part has come.")
    await office.post()
    assert await office.due("result") == first, "the second changes nothing"
    await office.sound()


@pytest.mark.parametrize(("brand", "clause"), [("ask4", "A-15"), ("logoscon", "L-12")])
async def test_no_extension_where_the_policy_has_none(office: Office, brand: str, clause: str) -> None:
    """AT-A23: refused, with the clause that promises the term; nothing is written."""
    await office.open(brand)
    before = len(await office.history())
    outcome = await office.do("extend", new_date="2027-03-01", reason="complex", progress="Much.")
    assert (outcome.reason, outcome.clause) == ("no_extension", clause)
    assert len(await office.history()) == before


WELZO = {"new_date": "2026-12-18", "reason": "complex", "progress": "We have asked the laboratory."}
KONTAKT = {"new_date": "2026-12-18", "reason": "The part comes from abroad."}


@pytest.mark.parametrize(
    ("brand", "whole", "without"),
    [("welzo", WELZO, each) for each in WELZO] + [("kontakt", KONTAKT, each) for each in KONTAKT],
)
async def test_an_extension_needs_its_parts(office: Office, brand: str, whole: dict[str, str], without: str) -> None:
    """AT-W24 AT-K13: refused with what is missing and the clause; the due time is unchanged."""
    await office.open(brand)
    before = await office.due("result")
    outcome = await office.do("extend", **{name: said for name, said in whole.items() if name != without})
    assert (outcome.disposition, outcome.reason, outcome.missing) == ("refused", "missing", (without,))
    assert outcome.clause == ("W-25" if brand == "welzo" else "K-16")
    assert await office.due("result") == before
    assert await office.post() == []


@pytest.mark.parametrize(("brand", "whole"), [("welzo", WELZO), ("kontakt", KONTAKT)])
async def test_an_extension_holds_when_told(office: Office, brand: str, whole: dict[str, str]) -> None:
    """AT-W25 AT-K14: the customer's notice leaves first, then the due time moves; both dates are kept."""
    await office.open(brand)
    before = await office.due("result")
    assert before is not None
    await office.later(days=3)
    await office.ok("extend", **whole)
    assert await office.due("result") == before
    await office.post()
    told = await office.last("extension.told")
    assert (told.data["clock"], told.data["due"]) == ("result", "2026-12-18")
    assert told.data["before"] == before.isoformat().replace("+00:00", "Z")
    assert told.data["reason"] == ("complex" if brand == "welzo" else "other")
    after = await office.due("result")
    assert after is not None
    assert after.date() == date(2026, 12, 18)
    moved = await office.last("clock.moved")
    assert moved.data["before"] == told.data["before"]
    assert "18 December 2026" in office.left[-1].text
    if brand == "kontakt":
        assert "comes from abroad" in office.left[-1].text
    await office.sound()


async def test_a_late_extension_leaves_the_breach(office: Office) -> None:
    """AT-W26 R-6: told a day after the due time it moves it, and the breach stays."""
    await office.open("welzo")
    before = await office.due("result")
    assert before is not None
    await office.later(seconds=(before - office.now).total_seconds() + 86_400)
    assert "clock.breached" in [event.type for event in await office.history()]
    outcome = await office.do("extend", **{**WELZO, "new_date": before.date().isoformat()})
    assert outcome.reason == "not_later"
    await office.ok("extend", **{**WELZO, "new_date": (before + timedelta(days=9)).date().isoformat()})
    await office.post()
    case = await office.folded()
    assert any(mark.clock == "result" and mark.breaches for mark in case.clocks)
    assert "clock.breach_withdrawn" not in [event.type for event in await office.history()]
    due = await office.due("result")
    assert due is not None
    assert due > office.now
    await office.sound()


async def test_reasons_of_the_policy(office: Office) -> None:
    """Welzo lists the reasons for which it may take longer; another one is told those."""
    await office.open("welzo")
    outcome = await office.do("extend", **{**WELZO, "reason": "busy"})
    assert (outcome.reason, outcome.missing, outcome.instead) == ("bad_value", ("reason",), ("complex", "third_party"))


async def test_questions_stop_no_clock(office: Office) -> None:
    """AT-X17 R-5: asked and never answered, every clock is where it was; what is asked is in the letter."""
    await office.open("kontakt")
    before = [await office.due(clock) for clock in ("accept", "result")]
    await office.ok("ask", fields="ticket_refs", text="Which shop was it?")
    assert (await office.do("ask")).missing == ("words",)
    await office.post()
    assert "Which shop was it?" in office.left[-1].text
    assert (await office.last("information.requested")).data["asked"] == ["ticket_refs", "words"]
    assert [await office.due(clock) for clock in ("accept", "result")] == before
    await office.sound()


async def test_call_backs(office: Office) -> None:
    """AT-K08: details that are needed twice are two tasks to call back; the clocks run on."""
    await office.open("kontakt")
    before = await office.due("result")
    for words in ("Ask for the receipt.", "Ask for the serial number."):
        await office.ok("ask", text=words, by_phone=True)
    case = await office.folded()
    assert [task.kind for task in case.tasks] == ["call_back", "call_back"]
    assert case.handler == case.tasks[0].owner
    assert await office.due("result") == before
    await office.post()
    mails = [each for each in office.left if each.purpose == "task"]
    assert ["receipt" in mails[0].text, "serial number" in mails[1].text] == [True, True]
    for task in case.tasks:
        await office.ok("task_done", task=task.id, text="Called.")
    assert (await office.folded()).tasks == ()
    await office.sound()


async def test_news_of_every_step(office: Office) -> None:
    """AT-K15 K-23: three steps, three notices; the answer lists all three. None of them is progress.sent."""
    await office.open("kontakt")
    for name, data in (
        ("accept", {}),
        ("triage", {"severity": "high", "urgency": "normal"}),
        ("review_completed", {"text": "The till was wrong."}),
    ):
        await office.ok(name, **data)
        assert await office.post() == [], "it waits a minute"
        assert [each.purpose for each in await office.later(minutes=2)] == ["progress"]
    assert office.to_customer().count("progress") == 3
    assert "progress.sent" not in await office.types()
    await office.ok(
        "answer", decision="You were right.", reasons="R.", actions_taken="A.", next_step="N.", outcome="upheld"
    )
    await office.post()
    said = office.left[-1].text
    for step in ("We have accepted your complaint.", "for the first time", "We have considered your complaint."):
        assert step in said
    await office.sound()


async def test_two_changes_within_a_minute_are_one_notice(office: Office) -> None:
    """AT-L16: one notice with both; none while the acknowledgement has not left; the next change is told anew."""
    await office.open("logoscon", acknowledged=False)
    await office.ok("assign", handler="carolina")
    await office.post()
    await office.later(minutes=5)
    assert "progress" not in office.to_customer()
    await office.ok("assign", handler="teresa")
    office.now += timedelta(seconds=40)
    await office.ok("assign", handler="duarte")
    assert await office.post() == [] or "progress" not in office.to_customer()
    await office.later(seconds=15)
    assert "progress" not in office.to_customer(), "the first one's minute is not over"
    await office.later(seconds=10)
    assert office.to_customer().count("progress") == 1
    await office.ok("assign", handler="teresa")
    await office.later(minutes=2)
    assert office.to_customer().count("progress") == 2
    assert "progress.sent" not in await office.types()
    await office.sound()


async def test_no_news_where_none_is_promised(office: Office) -> None:
    """Welzo and ASK4 promise no news of every step: none is sent."""
    for brand in ("welzo", "ask4"):
        await office.open(brand)
        await office.ok("triage", severity="low", urgency="low")
        await office.ok("assign", LEADERS[brand], handler=LEADERS[brand])
        await office.later(minutes=5)
    assert "progress" not in office.to_customer()


async def test_progress_takes_the_news_with_it(office: Office) -> None:
    """What a person writes within the minute takes the automatic notice's place, with its steps."""
    await office.open("kontakt")
    await office.ok("accept")
    await office.ok("progress", text="We are looking into it.")
    await office.later(minutes=3)
    assert office.to_customer().count("progress") == 1
    assert "We have accepted your complaint." in office.left[-1].text
    assert (await office.types()).count("progress.sent") == 1


async def test_the_law_lets_a_request_take_longer(office: Office) -> None:
    """GDPR-01: a request for one's data may be answered two months later, if the customer is told in time and why; no
    further, and the complaint's own terms stay, which ASK4's policy lets nobody extend."""
    words = "My invoice is wrong. And send me a copy of all the data you hold on me."
    await office.open("ask4", text=words, new_text=())
    first, own = await office.due("rights"), await office.due("update")
    assert first is not None
    assert (await office.do("extend", clock="rights", new_date="2027-02-01")).missing == ("reason",)
    far = await office.do("extend", clock="rights", new_date="2027-06-01", reason="complex")
    assert (far.reason, far.instead) == ("bad_value", ("2027-02-22",))
    assert (await office.do("extend", new_date="2027-02-01", reason="complex")).reason == "no_extension"
    await office.ok("extend", clock="rights", new_date="2027-02-01", reason="complex")
    (told,) = [each for each in await office.post() if each.purpose == "rights_extension"]
    assert "by Monday 1 February 2027" in told.text
    moved = await office.due("rights")
    assert moved is not None
    assert f"{moved:%Y-%m-%d}" == "2027-02-01"
    assert await office.due("update") == own
    await office.sound()


async def test_what_is_refused_for_good_goes_to_the_next_address(office: Office) -> None:
    """R-8: a letter that the other side refuses at once (550) goes to the customer's next address, as one that comes
    back does, and the handler hears of it; only where none is left there is a task to find a way."""
    old = Address(kind="email", value="old@customer.example")
    await office.open("ask4", acknowledged=False, reply_to=ReplyTo(connector="mail", address=old))
    for address, kinds in (("old@customer.example", []), ("ann@customer.example", ["unreachable"])):
        left = await office.post(sent=False)
        (letter,) = [each for each in left if each.purpose == "acknowledgement"]
        assert letter.to.value == address
        for mail in left:
            if mail is not letter:
                await office.take(Receipt(notice=mail.id, connector="mail", outcome="sent", at=office.now))
        refused = Receipt(notice=letter.id, connector="mail", outcome="failed", at=office.now, code="550")
        await office.take(refused)
        assert [each.kind for each in (await office.folded()).tasks] == kinds
    assert not [each for each in await office.post() if each.purpose == "acknowledgement"]
    assert (await office.folded()).acknowledged_at is None
    told = [each.purpose for each in office.left if each.to.value.endswith("@ask4.example")]
    assert {"addition", "task"} <= set(told)
