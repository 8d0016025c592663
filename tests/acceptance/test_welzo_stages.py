"""Welzo's rows: the answer, and the second stage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from router.case import Case
from router.policy import Policies
from tests.acceptance.office import Office
from tests.acceptance.test_welzo import ANSWER
from tests.acceptance.test_welzo_receipt import LONDON, WORDS, report
from tests.acceptance.town import Town

MARGARET = "margaret.ashdown@welzo.example"
"""The customer service manager."""
UNHAPPY = "I am not happy with your answer."
REQUEST = "Please escalate my complaint."
BOTH = f"{UNHAPPY} {REQUEST}"


async def answered(office: Office, text: str = WORDS, sender: str = "ann@customer.example") -> Case:
    """A complaint by mail, with its first answer."""
    case = await office.mail(text, sender=sender)
    assert case
    outcome = await office.do(case, "answer", case.handler or "", **ANSWER)
    assert outcome.disposition == "done", outcome
    return case


async def reply(office: Office, text: str, sender: str = "ann@customer.example", brand: str = "welzo") -> Case:
    """The customer's answer to the last letter that they got."""
    last = office.told(sender)[-1]
    thread = {"In-Reply-To": last["Message-ID"], "References": last["Message-ID"]}
    case = await office.mail(text, brand=brand, sender=sender, subject=f"Re: {last['Subject']}", headers=thread)
    assert case
    return case


def flat(mail: EmailMessage) -> str:
    """Its words in one line."""
    return " ".join(mail.get_content().split())


@pytest.mark.row("AT-W12", "AT-W17")
async def test_the_first_answer(office: Office) -> None:
    """AT-W12 AT-W17: without findings or proposal it is refused, naming part and clause, and nothing leaves; the answer
    has both, and tells how to take the complaint further: what to write, and to whom."""
    case = await office.mail(WORDS)
    assert case
    for part in ("reasons", "decision"):
        bare = {name: said for name, said in ANSWER.items() if name != part}
        refused = await office.do(case, "answer", case.handler or "", **bare)
        assert (refused.disposition, refused.missing) == ("refused", (part,))
        assert "W-12" in refused.clause.split()
    assert len(office.told()) == 1, "the acknowledgement"
    await office.do(case, "answer", case.handler or "", **ANSWER)
    text = flat(office.told()[-1])
    for words in (
        *(ANSWER[part] for part in ("decision", "reasons", "actions_taken", "next_step")),
        "write to our customer service manager",
        "what in this answer you are not satisfied with",
        "that you ask for your complaint to be taken to the next stage",
        "/forms/welzo",
        "19-21 Crawford Street",
    ):
        assert words in text, words


@pytest.mark.row("AT-W13")
async def test_an_answer_by_telephone(office: Office) -> None:
    """AT-W13: without a written record of what was said it is refused; with one it counts from the call, and a written
    copy leaves, which is no second answer."""
    case = await office.mail(WORDS)
    assert case
    refused = await office.do(case, "answer", case.handler or "", oral={})
    assert (refused.disposition, set(refused.missing) >= {"decision", "reasons"}) == ("refused", True)
    assert "result.sent" not in await office.types(case)
    await office.do(case, "answer", case.handler or "", **ANSWER, oral={})
    (sent,) = [each for each in await office.events(case) if each.type == "result.sent"]
    assert sent.data["oral"] is True
    assert "We have told you the result by telephone" in flat(office.told()[-1])
    assert ANSWER["reasons"] in flat(office.told()[-1])


@pytest.mark.row("AT-W14")
async def test_only_a_postal_address(town: Town) -> None:
    """AT-W14: the answer is a letter, and a task to post it; the clock is met on the day on which it is posted."""
    office = town
    await town.papers.says(WORDS, name="Ann Smith", address="Ann Smith\n1 High Street\nLondon")
    (case,) = await office.cases()
    due = (await office.due(case)).get("result")
    before = {each.id for each in case.tasks}
    await office.do(case, "answer", case.handler or "", **ANSWER)
    (task,) = [each for each in (await office.case(case)).tasks if each.id not in before]
    assert (task.kind, bool(task.notice)) == ("letter", True)
    assert "result.sent" not in await office.types(case)
    assert due == (await office.due(case)).get("result"), "nothing is met before it is posted"
    dispatched = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
    await office.at(dispatched + timedelta(days=3))
    done = await office.do(case, "dispatch_letter", case.handler or "", task=task.id, dispatched_on="2026-11-27")
    assert done.disposition == "done", done
    sent = next(each for each in await office.events(case) if each.type == "result.sent")
    assert f"{sent.time.astimezone(LONDON):%Y-%m-%d}" == "2026-11-27"
    (stopped,) = [
        each for each in await office.events(case) if each.type == "clock.stopped" and each.data["clock"] == "result"
    ]
    assert (stopped.data["met"], stopped.data["late"]) == (True, False)


@pytest.mark.row("AT-W18")
@pytest.mark.parametrize(
    ("first", "then", "asked"), [(UNHAPPY, REQUEST, "next stage"), (REQUEST, UNHAPPY, "what in our answer")]
)
async def test_one_element_alone(office: Office, first: str, then: str, asked: str) -> None:
    """AT-W18: 'not happy' without a request, 'escalate' without a reason: asked for the other, not refused, and kept:
    with the other the stage opens."""
    case = await answered(office)
    await reply(office, first)
    noted = next(each for each in await office.events(case) if each.type == "escalation.noted")
    assert noted.data["why"] == "incomplete"
    assert asked in flat(office.told()[-1])
    assert (await office.case(case)).stage == 1
    await reply(office, then)
    assert "escalation.requested" in await office.types(case)
    assert (await office.case(case)).stage == 2


@pytest.mark.row("AT-W19")
async def test_before_any_answer(office: Office) -> None:
    """AT-W19: recorded; the customer is told when the second stage opens; first handler and manager hear of it."""
    case = await office.mail(WORDS)
    assert case
    before = len(office.to_staff())
    await reply(office, "I want to escalate my complaint to your manager.")
    noted = next(each for each in await office.events(case) if each.type == "escalation.noted")
    assert noted.data["why"] == "before_answer"
    told = flat(office.told()[-1])
    assert "next stage opens once you have our first answer" in told
    assert "4 December 2026" in told
    first = office.house.desk.rules.staff.handlers[case.handler or ""].address
    assert {each["To"] for each in office.to_staff()[before:]} == {first, MARGARET}
    assert (await office.case(case)).stage == 1


@pytest.mark.row("AT-W20")
@pytest.mark.parametrize("way", ["web_form", "letter", "email"])
async def test_every_way_reaches_the_manager(town: Town, way: str) -> None:
    """AT-W20: asked for by form (quoting the reference), by letter that somebody types, or in reply to the mail: it
    is with the customer service manager."""
    office = town
    case = await answered(office)
    if way == "web_form":
        await office.form(description=f"{case.reference}: {BOTH}", email="ann@customer.example")
    elif way == "letter":
        await town.papers.says(f"{case.reference}. {BOTH}", name="Ann", email="ann@customer.example")
    else:
        await reply(office, BOTH)
    now = await office.case(case)
    assert (now.stage, now.handler) == (2, "margaret")
    requested = next(each for each in await office.events(case) if each.type == "escalation.requested")
    assert requested.data["via"] == way
    assert any(case.reference in each["Subject"] for each in office.told(MARGARET))


@pytest.mark.row("AT-W23")
async def test_the_second_stage(office: Office) -> None:
    """AT-W23: acknowledged on 15 January 2027, the second answer is due on the 29th; it leaves, is the last one, and
    stops the clock."""
    await office.at(datetime(2027, 1, 14, 12, 0, tzinfo=UTC))
    case = await answered(office)
    await office.at(datetime(2027, 1, 15, 12, 0, tzinfo=UTC))
    await reply(office, BOTH)
    assert "Friday 29 January 2027" in flat(office.told()[-1])
    assert (await office.due(case))["result2"] == "2027-01-29 23:59:59"
    await office.do(case, "answer", "margaret", **ANSWER)
    told = office.told()[-1]
    assert "This is our final answer" in flat(told)
    sent = [each.data["stage"] for each in await office.events(case) if each.type == "result.sent"]
    assert sent == [1, 2]
    assert "result2" not in await office.due(case)


@pytest.mark.row("AT-W22")
async def test_nobody_acknowledges_the_escalation(office: Office) -> None:
    """AT-W22: where the company leaves the acknowledgement to the manager (C-W3), and nobody writes it: of an
    escalation of 13 January 2027 warned on the 20th, breached after the 27th."""
    rules = office.house.desk.rules
    welzo = rules.policies.brand("welzo")
    stages = tuple(
        each.model_copy(update={"acknowledge": "manager"}) if each.id == 2 else each for each in welzo.stages
    )
    changed = welzo.model_copy(update={"stages": stages})
    office.house.desk.rules = replace(rules, policies=having(rules.policies, changed))
    await office.at(datetime(2027, 1, 11, 12, 0, tzinfo=UTC))
    case = await answered(office)
    await office.at(datetime(2027, 1, 13, 12, 0, tzinfo=UTC))
    count = len(office.told())
    await reply(office, BOTH)
    assert "escalation_acknowledgement.sent" not in await office.types(case)
    assert not any("goes to the next stage" in each["Subject"] for each in office.told()[count:])
    await office.at(datetime(2027, 1, 27, 23, 59, 59, tzinfo=UTC))
    assert (await office.clocks(case, "warned"))["ack2"] == ["2027-01-20 23:59:59"]
    assert "ack2" not in await office.clocks(case, "breached")
    await office.at(datetime(2027, 1, 28, 0, 0, 0, tzinfo=UTC))
    assert (await office.clocks(case, "breached"))["ack2"] == ["2027-01-27 23:59:59"]
    assert any(case.reference in each["Subject"] for each in office.told(MARGARET))


def having(policies: Policies, changed: Any) -> Policies:  # noqa: ANN401 -- a Policy
    """Policies in which one brand's text is another."""
    brands = {**policies.brands, changed.brand: changed}
    return replace(policies, brands=brands, kept={**policies.kept, changed.hash: changed})


@pytest.mark.row("AT-W27", "AT-W28")
async def test_the_months_report(office: Office) -> None:
    """AT-W27 AT-W28: kinds, resolutions, time taken, the month before beside it, who came again; an improvement that is
    linked to three cases stands there with all three."""
    await office.at(datetime(2026, 10, 20, 12, 0, tzinfo=UTC))
    earlier = await answered(office, "You charged my card twice in October.")
    await office.at(datetime(2026, 11, 10, 12, 0, tzinfo=UTC))
    cases = []
    for sender, text in (
        ("ann@customer.example", "You charged my card twice again, in November."),
        ("bob@customer.example", "The test kit was cracked and the tube was damaged."),
        ("eve@customer.example", "You charged my card twice and I want the refund."),
    ):
        case = await office.mail(text, sender=sender, subject="A new complaint")
        assert case
        assert case.id != earlier.id
        cases.append(case)
    await office.do(
        cases[0], "record_improvement", cases[0].handler or "", text="The till asks twice.", improvement="till"
    )
    for case in cases[1:]:
        outcome = await office.do(case, "record_improvement", case.handler or "", text="As before.", improvement="till")
        assert outcome.disposition == "done", outcome
    await office.at(datetime(2026, 11, 13, 12, 0, tzinfo=UTC))
    await office.do(cases[1], "answer", cases[1].handler or "", **ANSWER)
    await office.do(cases[1], "close", cases[1].handler or "")
    made = await report(office, 2026, 11)
    figures = made.figures
    assert {row.name: row.received for row in figures.topics if row.received} == {"billing": 2, "product": 1}
    assert {row.name: row.closed for row in figures.outcomes if row.closed} == {"upheld": 1}
    answer = next(each for each in figures.times if each.name == "answer")
    assert (answer.number, answer.median) == (1, 3 * 86_400)
    assert (made.before.flow.received, figures.flow.received) == (1, 3)
    assert (figures.repeats.again, figures.repeats.same_topic) == (1, 1)
    (improvement,) = figures.improvements
    assert set(improvement.cases) == {case.reference for case in cases}
