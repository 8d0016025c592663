"""How cases end and go on: closing, withdrawing, declining, setting aside and back, reopening, erasing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from intake_daemon.message import message_id
from tests.commands.office import ANSWER, LEADERS, Office, postal


async def answered(office: Office, brand: str, **changes: Any) -> None:  # noqa: ANN401 -- fields of Message
    """A case with its answer."""
    await office.open(brand, **changes)
    await office.ok("cause", cause="billing_error")
    await office.ok("answer", **ANSWER)
    await office.post()


@pytest.mark.parametrize(("brand", "clause"), [("logoscon", "L-04"), ("welzo", "W-16"), ("kontakt", "K-22")])
async def test_no_closing_without_outcome(office: Office, brand: str, clause: str) -> None:
    """AT-L05: refused, with what is missing and the clause; with an outcome it is closed."""
    await office.open(brand)
    outcome = await office.do("close")
    assert (outcome.reason, outcome.missing) == ("missing", ("outcome",))
    assert clause in outcome.clause.split()
    await office.ok("close", outcome="not_upheld", text="Thank you for telling us.")
    await office.post()
    assert "Thank you for telling us." in office.left[-1].text
    assert (await office.folded()).state == "closed"
    assert (await office.do("close", outcome="upheld")).reason == "wrong_state"
    await office.sound()


async def test_the_answers_outcome_is_the_cases(office: Office) -> None:
    """After an answer closing needs nothing more."""
    await answered(office, "welzo")
    await office.ok("close")
    assert (await office.last("case.closed")).data["outcome"] == "upheld"


async def test_an_outside_decision_raises_tasks(office: Office) -> None:
    """AT-A26: the ombudsman's decision is recorded, its tasks raised; the case cannot close until they are done."""
    await answered(office, "ask4")
    assert (await office.do("refer", body="livro")).reason == "not_in_policy"
    assert (await office.do("decide", text="Pay 50 pounds.")).missing == ("body",)
    await office.ok("refer", body="comms_ombudsman")
    await office.ok("decide", text="The customer is right.", tasks=["Pay 50 pounds.", "Write an apology."])
    tasks = (await office.folded()).tasks
    assert [task.kind for task in tasks] == ["carry_out", "carry_out"]
    assert sorted(each["words"] for each in await office.contents("task")) == ["Pay 50 pounds.", "Write an apology."]
    refused = await office.do("close", outcome="upheld")
    assert (refused.reason, set(refused.instead)) == ("open_tasks", {task.id for task in tasks})
    for task in tasks:
        await office.ok("task_done", task=task.id)
    assert (await office.do("task_done", task=tasks[0].id)).reason == "not_known"
    await office.ok("close")
    await office.sound()


async def test_help_is_declined_by_a_manager(office: Office) -> None:
    """AT-A05: in writing, with reasons and the outside body; the manager's alone; the case is closed."""
    await office.open("ask4")
    await office.ok("flag_conduct", text="Threats on the phone.")
    assert (await office.folded()).tasks[0].owner == "hannah"
    assert (await office.do("decline_help", text="No.")).reason == "not_allowed"
    assert (await office.do("decline_help", LEADERS["ask4"])).missing == ("reasons",)
    await office.ok("decline_help", LEADERS["ask4"], text="You have threatened our people.")
    await office.post()
    said = office.left[-1].text
    assert "You have threatened our people." in said
    assert "Communications Ombudsman" in said
    case = await office.folded()
    assert (case.state, case.outcome, case.tasks) == ("closed", "declined", ())
    assert "survey.due" not in await office.types()
    await office.sound()


async def test_abuse_changes_nothing_else(office: Office) -> None:
    """AT-A04: flagged for the manager; acknowledged and worked on like any other."""
    await office.open("welzo", acknowledged=False)
    await office.ok("flag_conduct")
    await office.post()
    case = await office.folded()
    assert (case.flagged, case.open, case.acknowledged_at is not None) == (True, True, True)


async def test_one_survey_in_a_period(office: Office) -> None:
    """AT-A06: asked after closing; not the flagged, not who has another open case, not twice in a period."""

    async def closed() -> bool:
        await office.ok("close", outcome="upheld")
        await office.post()
        return "survey.due" in await office.types()

    await answered(office, "ask4")
    assert await closed()
    assert "survey" in office.to_customer()
    await answered(office, "ask4")
    assert not await closed(), "the same customer, so soon"
    await office.open("ask4", **_from("bea"))
    await office.open("ask4", **_from("bea"))
    assert not await closed(), "another case is open"
    await office.open("ask4", **_from("cid"))
    await office.ok("triage", severity="low", urgency="low", survey="opted_out")
    assert not await closed(), "does not want to be asked"
    await office.open("ask4", **_from("dan"))
    await office.ok("flag_conduct")
    for task in (await office.folded()).tasks:
        await office.ok("task_done", LEADERS["ask4"], task=task.id)
    assert not await closed(), "flagged"
    await office.open("welzo", **_from("eve"))
    assert not await closed(), "Welzo asks nobody"
    await office.sound()


def _from(name: str) -> dict[str, Any]:
    from intake_daemon.message import Address, Person, ReplyTo

    address = Address(kind="email", value=f"{name}@customer.example")
    return {
        "sender": Person(name=name, addresses=(address,)),
        "reply_to": ReplyTo(connector="smtp-in", address=address),
    }


async def test_taken_back_and_taken_up_again(office: Office) -> None:
    """Withdrawn: told, its clocks end; reopened by a person: they run on, and logoscon tells of it."""
    await office.open("logoscon")
    await office.ok("withdraw", text="On the phone.")
    await office.post()
    assert office.to_customer()[-1] == "closing"
    assert (await office.folded()).state == "withdrawn"
    assert (await office.do("reopen", expects=1)).reason == "unknown_key"
    await office.ok("reopen", text="She has changed her mind.")
    assert (await office.folded()).state == "investigating"
    await office.later(minutes=2)
    assert office.to_customer()[-1] == "progress"
    await office.sound()


async def test_set_aside_and_turned_back(office: Office) -> None:
    """AT-X22: no letter, no clock; turned back by one command the clocks run from the first receipt."""
    await office.open("welzo", acknowledged=False)
    received, before = office.now, await office.due("ack")
    await office.post(sent=False)  # only to see that what has left is not called back
    await office.ok("not_a_complaint", reason="order_question")
    case = await office.folded()
    assert case.state == "aside"
    assert all(mark.stopped for mark in case.clocks)
    assert (await office.do("answer", **ANSWER)).reason == "wrong_state"
    await office.later(hours=3)
    await office.ok("back")
    case = await office.folded()
    assert (case.state, case.received_at) == ("investigating", received)
    assert await office.due("ack") == before
    await office.sound()


async def test_what_has_not_left_stays(office: Office) -> None:
    """Set aside before its acknowledgement left: nothing leaves; turned back, it leaves."""
    await office.open("welzo", acknowledged=False, remarks=("imported",))
    await office.ok("not_a_complaint")
    await office.later(hours=1)
    assert office.to_customer() == []
    assert (await office.do("release")).reason == "nothing_held"
    await office.ok("back")
    await office.post()
    assert office.to_customer() == ["acknowledgement"]
    assert (await office.folded()).withheld is None
    await office.sound()


async def test_a_withheld_acknowledgement_is_released(office: Office) -> None:
    """Held for a person: released it leaves once; with nothing held, or nobody to write to, it says so."""
    await office.open("kontakt", remarks=("imported",))
    assert office.to_customer() == []
    await office.ok("release", text="It is genuine.")
    await office.post()
    assert office.to_customer() == ["acknowledgement"]
    assert (await office.folded()).withheld is None
    assert (await office.do("release")).reason == "nothing_held"
    await office.open("welzo", **postal())
    assert (await office.do("release")).reason == "no_address"
    await office.sound()


@pytest.mark.parametrize("brand", ["logoscon", "kontakt"])
async def test_no_stage_no_escalation(office: Office, brand: str) -> None:
    """Where the policy has one stage there is no other."""
    await answered(office, brand)
    assert (await office.do("escalate")).reason == "no_stage"
    for name in ("deadlock", "signpost"):
        assert (await office.do(name, LEADERS[brand])).reason == "not_in_policy"


async def test_asked_too_early(office: Office) -> None:
    """AT-W19: before any answer it is recorded; the customer is told when the stage opens, staff are told."""
    await office.open("welzo")
    await office.ok("escalate")
    assert (await office.last("escalation.noted")).data["why"] == "before_answer"
    left = await office.post()
    assert [each.purpose for each in left if each.to.value == "ann@customer.example"] == ["escalation_incomplete"]
    assert "4 December 2026" in next(each.text for each in left if each.purpose == "escalation_incomplete")
    people = {each.to.value for each in left if each.purpose == "addition"}
    assert "margaret.ashdown@welzo.example" in people
    assert len(people) > 1
    assert (await office.folded()).stage == 1
    await office.sound()


@pytest.mark.parametrize(("said", "other"), [("dissatisfaction", "request"), ("request", "dissatisfaction")])
async def test_one_element_alone(office: Office, said: str, other: str) -> None:
    """AT-W18: asked for the other element, not refused; with both the stage opens (AT-W20 AT-W22)."""
    await answered(office, "welzo")
    await office.ok("escalate", elements=said)
    assert (await office.last("escalation.noted")).data["why"] == "incomplete"
    await office.post()
    assert office.to_customer()[-1] == "escalation_incomplete"
    await office.ok("escalate", elements=[other])
    assert (await office.last("escalation.requested")).data["stage"] == 2
    case = await office.folded()
    assert (case.state, case.stage, case.handler) == ("escalated", 2, "margaret")
    await office.post()
    assert "escalation_acknowledgement.sent" in await office.types()
    assert (await office.folded()).state == "reviewing"
    assert (await office.do("escalate")).reason == "no_stage"
    assert (await office.do("acknowledge_escalation", "margaret")).reason == "done_before"
    due = await office.due("result2")
    assert due is not None
    assert f"{due:%Y-%m-%d}" == "2026-12-04"
    await office.sound()


async def test_deadlock_names_the_body(office: Office) -> None:
    """A-17 AT-A25: the company can go no further: the letter names the ombudsman, by its name of today."""
    await answered(office, "ask4")
    assert (await office.do("deadlock")).reason == "not_allowed"
    await office.ok("deadlock", LEADERS["ask4"])
    await office.post()
    assert "adr_letter.sent" in await office.types()
    assert "Communications Ombudsman" in office.left[-1].text
    await office.ok("signpost")
    await office.sound()


async def test_after_an_erasure_nothing_is_done(office: Office) -> None:
    """What was erased is not worked on any more, whatever the command."""
    from router.commands import TABLE

    await office.open("kontakt")
    await office.ok("erase", "ops")
    await office.post()
    for name in TABLE:
        assert (await office.do(name, LEADERS["kontakt"])).reason in {"erased", "not_allowed"}
    await office.sound()


async def test_what_a_rule_set_aside_is_turned_back(office: Office) -> None:
    """AT-X22: praise lies aside, without a case or a clock; one command makes it a complaint with its first date."""
    words = "Thank you very much for the quick delivery. Great service!"
    office.now -= timedelta(days=1)
    came = office.now
    outcome = await office.open("welzo", text=words, subject="Thank you", new_text=())
    assert (outcome.disposition, outcome.case, await office.later(days=1)) == ("aside", None, [])
    contact = message_id("welzo:1@customer.example:ann@customer.example:You charged my card twice, complaint 1.")
    office.brand = "welzo"
    assert (await office.do("back", "aysel", contact=contact)).reason == "not_allowed"
    done = await office.ok("back", contact=contact)
    office.case, office.reference = done.case or "", done.reference or ""
    case = await office.folded()
    assert (case.received_at, case.state, case.id) == (came, "investigating", contact)
    await office.post()
    assert office.to_customer() == ["acknowledgement"]
    assert len(await office.contents("message")) == 1, "an erasure finds its words"
    assert (await office.do("back", contact=contact)).reason == "wrong_state"
    await office.sound()


async def test_a_right_is_answered(office: Office) -> None:
    """AT-X15 GDPR-01: its own clock ends, the complaint goes on; nothing is answered that nobody asked for."""
    await office.open("welzo")
    assert (await office.do("rights_answered")).reason == "nothing_asked"
    await office.open("welzo", text="You charged me twice. Please send me a copy of all the data you hold on me.")
    assert "rights_request.found" in await office.types()
    await office.ok("rights_answered", text="Sent by secure mail.")
    case = await office.folded()
    assert [mark.stopped for mark in case.clocks if mark.law == "gb_rights_request"] == [True]
    assert [mark.stopped for mark in case.clocks if mark.clock == "result"] == [False]
    assert (await office.do("rights_answered")).reason == "nothing_asked"
    await office.sound()


async def test_the_customer_accepts(office: Office) -> None:
    """Recorded after an answer only; a person closes."""
    await office.open("ask4")
    assert (await office.do("result_accepted")).reason == "wrong_state"
    await answered(office, "ask4")
    await office.ok("result_accepted", text="Said thank you on the phone.")
    assert (await office.folded()).state == "answered"
    await office.ok("close")
