"""The answer: what each policy wants it to state, by word of mouth or on paper, and who may give it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.commands.office import ANSWER, LEADERS, Office, nobody, postal

CLAUSES = {"logoscon": "L-12", "welzo": "W-12", "ask4": "A-01", "kontakt": "K-17"}


async def prepared(office: Office, brand: str, **changes: Any) -> None:  # noqa: ANN401 -- fields of Message
    """A case that may be answered: ASK4 wants the cause first."""
    await office.open(brand, **changes)
    if brand == "ask4":
        await office.ok("cause", cause="billing_error")


@pytest.mark.parametrize("brand", CLAUSES)
@pytest.mark.parametrize("without", ANSWER)
async def test_an_answer_states_what_the_policy_wants(office: Office, brand: str, without: str) -> None:
    """AT-L14 AT-W12: refused, with the missing part named and the clause; nothing is sent."""
    await prepared(office, brand)
    before = len(await office.history())
    outcome = await office.do("answer", **{name: said for name, said in ANSWER.items() if name != without})
    assert (outcome.reason, outcome.missing) == ("missing", (without,))
    assert CLAUSES[brand] in outcome.clause.split()
    assert len(await office.history()) == before


@pytest.mark.parametrize("brand", CLAUSES)
async def test_an_answer_is_sent_and_stops_the_term(office: Office, brand: str) -> None:
    """The answer leaves with all that was written; result.sent carries stage and outcome, and stops its clock."""
    await prepared(office, brand)
    await office.ok("answer", **ANSWER)
    assert "result.sent" not in await office.types()
    (left,) = [each for each in await office.post() if each.purpose == "result"]
    for part in ("decision", "reasons", "actions_taken", "next_step"):
        assert ANSWER[part] in " ".join(left.text.split())
    fact = await office.last("result.sent")
    assert (fact.data["stage"], fact.data["outcome"], fact.data["oral"]) == (1, "upheld", False)
    case = await office.folded()
    assert (case.state, case.outcome) == ("answered", "upheld")
    assert all(mark.stopped for mark in case.clocks if mark.clock == "result")
    await office.sound()


async def test_no_answer_before_the_cause(office: Office) -> None:
    """AT-A01: refused without a recorded cause; with one it is done."""
    await office.open("ask4")
    outcome = await office.do("answer", **ANSWER)
    assert (outcome.reason, outcome.missing, outcome.clause) == ("missing", ("cause",), "A-01")
    await office.ok("cause", text="A fuse had blown.")
    await office.ok("answer", **ANSWER)
    assert (await office.last("cause.recorded")).data["cause"] == "other"


@pytest.mark.parametrize(
    ("brand", "oral", "reason"),
    [
        ("kontakt", {}, "no_agreement"),
        ("kontakt", {"agreed_with": "Ann"}, "no_agreement"),
        ("kontakt", {"agreed_with": "Ann", "agreed_at": "2026-11-20T08:00:00Z"}, ""),
        ("kontakt", {"agreed_with": "Ann", "agreed_at": "2027-11-20T08:00:00Z"}, "not_yet"),
        ("welzo", {}, ""),
        ("logoscon", {"agreed_with": "Ann", "agreed_at": "2026-11-20T08:00:00Z"}, "written_only"),
        ("ask4", {}, "written_only"),
    ],
)
async def test_by_word_of_mouth(office: Office, brand: str, oral: dict[str, str], reason: str) -> None:
    """AT-K16 AT-W13: orally only where the policy lets it, at Kontakt with who and when; a written copy follows."""
    await prepared(office, brand)
    outcome = await office.do("answer", **ANSWER, oral=oral)
    assert outcome.reason == reason
    if reason:
        assert "result.sent" not in await office.types()
        return
    fact = await office.last("result.sent")
    assert fact.data["oral"] is True
    (copy,) = await office.post()
    assert copy.id == fact.data["notice"]
    assert ANSWER["decision"] in copy.text
    assert (await office.types()).count("result.sent") == 1, "the copy is no second answer"
    assert (await office.contents("answer"))[0]["agreed_with"] == oral.get("agreed_with")
    await office.sound()


async def test_a_letter_by_post(office: Office) -> None:
    """AT-W05 AT-W14 C-W6 C-A3: only a postal address: a task with the letter's words; its clock is met on the day of
    dispatch."""
    await office.open("welzo", **postal())
    (first,) = (await office.folded()).tasks
    assert first.kind == "letter"
    await office.later(hours=2)
    await office.ok("dispatch_letter", task=first.id, dispatched_at=office.now.isoformat())
    assert (await office.folded()).acknowledged_at == office.now
    assert [mark.stopped for mark in (await office.folded()).clocks if mark.clock == "ack"] == [True]
    await office.ok("answer", **ANSWER)
    (task,) = (await office.folded()).tasks
    assert task.due == await office.due("result")
    words = [each for each in await office.contents("notice") if each["id"] == task.notice]
    assert "You need do nothing." in words[0]["text"]
    assert words[0]["to"]["value"].startswith("Ann Smith")
    assert (await office.do("task_done", task=task.id)).instead == ("dispatch_letter",)
    assert (await office.do("answer", **ANSWER)).reason == "letter_waits"
    posted = office.now
    await office.later(days=5)
    assert (await office.do("dispatch_letter", task=task.id, dispatched_on="2026-12-24")).reason == "not_yet"
    assert (await office.do("dispatch_letter", task=task.id)).missing == ("dispatched_on",)
    await office.ok("dispatch_letter", task=task.id, dispatched_on=posted.date().isoformat())
    fact = await office.last("result.sent")
    assert (fact.time.date(), fact.data["connector"]) == (posted.date(), "letter")
    case = await office.folded()
    assert (case.state, case.tasks) == ("answered", ())
    assert office.to_customer() == []
    await office.ok("close")
    await office.sound()


async def test_nobody_to_answer(office: Office) -> None:
    """K-04 AT-K21: no address at all: somebody must find a way; given up, the letter is dropped and the case closes."""
    await office.open("kontakt", **nobody())
    await office.ok("answer", **ANSWER)
    tasks = (await office.folded()).tasks
    assert [task.kind for task in tasks] == ["unreachable", "unreachable"]
    assert len({task.id for task in tasks}) == len(tasks)
    assert (await office.do("close", outcome="upheld")).reason == "open_tasks"
    for task in tasks:
        await office.ok("task_done", task=task.id, text="Nobody knows who it was.")
    await office.ok("close", outcome="no_answer")
    await office.later(days=40)
    assert office.to_customer() == []
    await office.sound()


async def test_an_answer_that_has_not_left_is_replaced(office: Office) -> None:
    """Written twice before it left: the customer gets the second; one on its way cannot be called back."""
    await office.open("kontakt", acknowledged=False)  # its acknowledgement is on its way, the answer waits behind it
    await office.ok("answer", **ANSWER)
    await office.ok("answer", **{**ANSWER, "decision": "We were right."})
    await office.post()
    results = [each for each in office.left if each.purpose == "result"]
    assert len(results) == 1
    assert "We were right." in results[0].text
    await office.open("kontakt")
    await office.ok("answer", **ANSWER)
    await office.post(sent=False)
    assert (await office.do("answer", **ANSWER)).reason == "on_its_way"


async def test_a_bounced_answer_is_no_answer(office: Office) -> None:
    """R-8: it bounces, the case is not answered; the answer can be given again."""
    from intake_daemon.message import Receipt

    await office.open("welzo")
    await office.ok("answer", **ANSWER)
    (left,) = await office.post()
    await office.take(
        Receipt(notice=left.id, connector=left.connector, outcome="failed", at=office.now, code="smtp_550")
    )
    assert (await office.folded()).state == "investigating"
    await office.ok("answer", **ANSWER)
    await office.sound()


async def test_solved_at_once(office: Office) -> None:
    """AT-K05: recorded with the customer's agreement, and acknowledged all the same."""
    await office.open("kontakt", acknowledged=False)
    said = await office.do("resolve_at_once", text="Swapped the charger.")
    assert (said.reason, said.missing) == ("missing", ("agreement",))
    assert "K-11" in said.clause
    await office.ok("resolve_at_once", text="Swapped the charger.", agreed_at="2026-11-20T08:55:00Z")
    await office.post()
    assert office.to_customer() == ["acknowledgement"]
    case = await office.folded()
    assert (case.outcome, case.state) == ("resolved_at_once", "answered")
    await office.ok("close")
    await office.sound()


@pytest.mark.parametrize("brand", ["welzo", "ask4"])
async def test_the_second_stage_is_somebody_elses(office: Office, brand: str) -> None:
    """W-20 A-16 AT-W21 AT-A24: who dealt with stage 1 neither answers stage 2 nor becomes its reviewer."""
    await prepared(office, brand)
    first = (await office.folded()).handler or ""
    await office.ok("answer", first, **ANSWER)
    await office.post()
    await office.ok("escalate")
    await office.post()
    case = await office.folded()
    assert case.stage == 2
    assert case.handler == LEADERS[brand]
    for name, data in (("answer", ANSWER), ("review_completed", {"text": "Fine."})):
        outcome = await office.do(name, first, **data)
        assert outcome.reason == "same_handler"
        assert outcome.clause.split()[0] in {"W-16", "A-16"}
    assert (await office.do("assign", LEADERS[brand], handler=first)).reason == "same_handler"
    other = "kristaps" if brand == "welzo" else LEADERS[brand]
    await office.ok("assign", LEADERS[brand], handler=other)
    assert (await office.last("reviewer.assigned")).data["handler"] == other
    await office.ok("answer", other, **ANSWER)
    await office.later(minutes=1)
    assert (await office.last("result.sent")).data["stage"] == 2
    await office.sound()


async def test_told_before_now(office: Office) -> None:
    """What was told yesterday counts from yesterday."""
    await office.open("welzo")
    told = office.now + timedelta(hours=1)
    await office.later(days=1)
    await office.ok("answer", **ANSWER, oral={"told_at": told.isoformat()})
    assert (await office.last("result.sent")).time == told
