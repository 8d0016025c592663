"""Kontakt's rows on terms, steps and answers."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake_daemon.command import configuration
from router.case import Case
from router.ledger.lookup import monthly
from router.reports import Asked, Month, Report
from tests.acceptance.arranging import arranged
from tests.acceptance.office import Office, office_of
from tests.acceptance.test_kontakt import WORDS
from tests.acceptance.town import Town
from tests.config.reading import SHIPPED

BAKU = ZoneInfo("Asia/Baku")
NAME = "Ayan Eldar Quliyeva"
ANSWER = {
    "decision": "Siz haqlısınız.",
    "reasons": "Ekran zavoddan nasaz çıxıb.",
    "actions_taken": "Pulu qaytarmışıq.",
    "next_step": "Sizdən heç nə tələb olunmur.",
    "outcome": "upheld",
}


async def received(office: Office, *local: int) -> Case:
    """A complaint, received at this time in Baku."""
    await office.at(datetime(*local, tzinfo=BAKU))  # type: ignore[misc, arg-type]
    case = await office.mail(WORDS, brand="kontakt", sender="ayan@c.example", name=NAME)
    assert case
    return case


async def report(office: Office) -> Report:
    """This month's report, as it stands."""
    local = office.clock.now.astimezone(BAKU)
    asked = Asked("kontakt", "Kontakt", Month(local.year, local.month), BAKU)
    return await office.house.store.read(lambda connection: monthly.monthly(connection, asked, office.clock.now))


@pytest.mark.row("AT-K06", "AT-K11")
async def test_acceptance_and_result_run_out(office: Office) -> None:
    """AT-K06 AT-K11: received on Thursday 5 November at 20:00 and not accepted: warned at the end of the 8th, breached
    after the 12th (the 9th is a holiday); the result is due on Sunday the 15th, warned of after seven days."""
    case = await received(office, 2026, 11, 5, 20)
    assert (await office.due(case))["result"] == "2026-11-15 23:59:59"
    seen: dict[str, list[str]] = {}
    for day in (8, 9, 12, 13, 15, 16):
        await office.at(
            datetime(2026, 11, day, 23, 59, 58, tzinfo=BAKU)
            if day in {8, 12, 15}
            else datetime(2026, 11, day, tzinfo=BAKU)
        )
        for kind in ("warned", "breached"):
            for clock in await office.clocks(case, kind):
                seen.setdefault(f"{clock} {kind}", []).append(f"{day}")
    assert {name: days[0] for name, days in seen.items() if not name.startswith("ack")} == {
        "accept warned": "9",
        "accept breached": "13",
        "result warned": "13",
        "result breached": "16",
    }
    assert (await office.clocks(case, "warned"))["accept"] == ["2026-11-08 23:59:59"]
    assert (await office.clocks(case, "warned"))["result"] == ["2026-11-12 23:59:59"]
    assert (await office.clocks(case, "breached"))["result"] == ["2026-11-15 23:59:59"]
    subjects = [each["Subject"] for each in office.to_staff() if case.reference in each["Subject"]]
    assert len(subjects) >= 5, subjects


@pytest.mark.row("AT-K09", "AT-K13", "AT-K14", "AT-K19")
async def test_accepted_considered_extended(office: Office) -> None:
    """AT-K09 AT-K13 AT-K14 AT-K19: accepted on the 6th, the review is due on the 13th; an extension without date or
    reason is refused, with both the customer is told and the new date holds; an improvement is in the report, with
    its case."""
    case = await received(office, 2026, 11, 5, 20)
    handler = case.handler or ""
    await office.at(datetime(2026, 11, 6, 10, tzinfo=BAKU))
    assert (await office.do(case, "accept", handler)).disposition == "done"
    assert (await office.due(case))["review"] == "2026-11-13 23:59:59"

    due = (await office.due(case))["result"]
    whole = {"reason": "Ehtiyat hissəsi xaricdən gəlir.", "new_date": "2026-11-25"}
    for part in whole:
        outcome = await office.do(case, "extend", handler, **{k: v for k, v in whole.items() if k != part})
        assert (outcome.disposition, outcome.missing, outcome.clause) == ("refused", (part,), "K-16")
    assert (await office.due(case))["result"] == due
    count = len(office.told("ayan@c.example"))
    assert (await office.do(case, "extend", handler, **whole)).disposition == "done"
    letter = office.told("ayan@c.example")[count].get_content()
    assert "Ehtiyat hissəsi xaricdən gəlir." in letter
    assert office.house.desk.rules.notices.day(date(2026, 11, 25), "az") in " ".join(letter.split())
    types = await office.types(case)
    assert types.index("extension.told") < types.index("clock.moved")
    assert (await office.due(case))["result"] == "2026-11-25 23:59:59"
    await office.at(datetime(2026, 11, 20, 10, tzinfo=BAKU))
    assert "result" not in await office.clocks(case, "breached")

    assert (
        await office.do(case, "record_improvement", handler, text="Kassada ekran yoxlanılır.")
    ).disposition == "done"
    found = (await report(office)).figures.improvements
    assert [each.cases for each in found] == [(case.reference,)]


@pytest.mark.row("AT-K15", "AT-K16")
async def test_every_step_is_told(office: Office) -> None:
    """AT-K15 AT-K16: three steps, three notices; an answer by word of mouth only with the customer's agreement, with
    who and when; the final letter lists all three steps."""
    case = await received(office, 2026, 11, 20, 10)
    handler = case.handler or ""
    steps: list[tuple[str, dict[str, str]]] = [
        ("accept", {}),
        ("triage", {"severity": "high", "urgency": "normal"}),
        ("review_completed", {"text": "Ekran nasazdır."}),
    ]
    for number, (command, data) in enumerate(steps, 2):
        assert (await office.do(case, command, handler, **data)).disposition == "done"
        await office.at(office.clock.now + timedelta(minutes=2))
        assert len(office.told("ayan@c.example")) == number, command
    for oral in ({}, {"agreed_with": NAME}):
        refused = await office.do(case, "answer", handler, **ANSWER, oral=oral)
        assert (refused.disposition, refused.reason, refused.missing) == ("refused", "no_agreement", ("agreement",))
        assert "K-18" in refused.clause.split()
    agreed = {"agreed_with": NAME, "agreed_at": office.clock.now.isoformat()}
    assert (await office.do(case, "answer", handler, **ANSWER, oral=agreed)).disposition == "done"
    answer = next(each for each in await office.events(case) if each.type == "result.sent")
    assert answer.data["oral"] is True
    words = " ".join(office.told("ayan@c.example")[-1].get_content().split())
    say = office.house.desk.rules.notices.say("az")
    for step in ("accept", "triage", "review"):
        assert say("steps", step) in words, step
    assert ANSWER["decision"] in words


@pytest.mark.row("AT-K05", "AT-K08")
async def test_calls(town: Town) -> None:
    """AT-K05 AT-K08: solved in the first call it is recorded, acknowledged and reported all the same, with the
    customer's agreement; details that are needed twice are two call-backs, and the clocks run on."""
    (reference,) = await town.calls.says(WORDS, who="+994501110001")
    (solved,) = await town.cases()
    assert [reference in each for each in town.texts.answers("+994501110001")] == [True]
    handler = solved.handler or ""
    refused = await town.do(solved, "resolve_at_once", handler, text="Ekran dəyişdirildi.")
    assert (refused.disposition, refused.missing) == ("refused", ("agreement",))
    agreed = town.clock.now.isoformat()
    done = await town.do(solved, "resolve_at_once", handler, text="Ekran dəyişdirildi.", agreed_at=agreed)
    assert done.disposition == "done"
    events = {each.type: each for each in await town.events(solved)}
    assert {"complaint.received", "acknowledgement.sent", "complaint.resolved_at_once"} <= set(events)
    assert datetime.fromisoformat(events["complaint.resolved_at_once"].data["agreed_at"]) == town.clock.now
    assert (await town.do(solved, "close", handler)).disposition == "done"

    await town.calls.says(f"Mənim də: {WORDS}", who="+994501110002")
    (open_,) = [each for each in await town.cases() if each.id != solved.id]
    due = await town.due(open_)
    for words in ("Çeki soruşun.", "Seriya nömrəsini soruşun."):
        outcome = await town.do(open_, "ask", open_.handler or "", text=words, by_phone=True)
        assert outcome.disposition == "done"
    now = await town.case(open_)
    assert [task.kind for task in now.tasks] == ["call_back", "call_back"]
    assert await town.due(open_) == due

    figures = (await report(town)).figures
    assert {row.name: row.received for row in figures.channels} == {"phone": 2}
    assert {row.name: row.closed for row in figures.outcomes if row.closed} == {"resolved_at_once": 1}


@pytest.mark.row("AT-K12")
async def test_the_answer_is_due_before_the_acceptance(office: Office) -> None:
    """AT-K12: received on 18 March 2026, before Novruz: the handler has both dates at once, the acceptance of 1 April
    and the answer of 28 March, and is prompted to name a new one; where the steps fit, nothing is said."""
    case = await received(office, 2026, 3, 18, 12)
    due = await office.due(case)
    assert (due["accept"], due["result"]) == ("2026-04-01 23:59:59", "2026-03-28 23:59:59")
    rules = office.house.desk.rules
    handler = rules.staff.handlers[case.handler or ""]
    words = [" ".join(each.get_content().split()) for each in office.told(handler.address)]

    def speak_of(month: int, day: int) -> list[str]:
        end = datetime(2026, month, day, 23, 59, 59, tzinfo=BAKU)
        said = rules.notices.moment(end, handler.language, "Asia/Baku")
        return [each for each in words if said in each]

    assert len(speak_of(4, 1)) == 1
    (prompt,) = speak_of(3, 28)
    assert "extend " in prompt
    assert "clock.warned" not in await office.types(case), "the policy's own warning comes in its time"
    fits = await received(office, 2026, 10, 5, 12)
    assert not any("extend " in each.get_content() for each in office.to_staff() if fits.reference in each["Subject"])


@pytest.mark.row("AT-K20")
async def test_a_sixth_step(tmp_path: Path, var: Path) -> None:
    """AT-K20: a sixth step in the policy's list, and its words in the letters' files: it can be done, and the customer
    is told of it, without a line of code."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "config"))
    said = {"kontakt.yaml": ("answer, act]", "answer, act, call_again]")}
    said |= {
        f"{code}/words.yaml": ("\nsteps:\n", "\nsteps:\n  call_again: Zəng etdik.\n")
        for code in ("az", "en", "lv", "pl", "pt", "ru")
    }
    for name, (old, new) in said.items():
        file = folder / ("policies" if name == "kontakt.yaml" else "notices") / name
        text = file.read_text(encoding="utf-8")
        assert old in text, file
        file.write_text(text.replace(old, new), encoding="utf-8")
    async with office_of(arranged(var, configuration.read(folder))) as office:
        case = await office.mail(WORDS, brand="kontakt", sender="ayan@c.example", name=NAME)
        assert case
        handler = case.handler or ""
        refused = await office.do(case, "step", handler, step="call_twice")
        assert (refused.reason, "call_again" in refused.instead) == ("not_in_policy", True)
        assert (await office.do(case, "step", handler, step="call_again")).disposition == "done"
        assert (await office.case(case)).steps == ("call_again",)
        await office.at(office.clock.now + timedelta(minutes=2))
        assert "Zəng etdik." in office.told("ayan@c.example")[-1].get_content()
