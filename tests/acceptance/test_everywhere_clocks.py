"""What holds of every policy's clocks: what moves them, what does not, who hears when they run out."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.arranging import arranged
from tests.acceptance.office import Office, office_of
from tests.acceptance.test_everywhere import WORDS
from tests.acceptance.town import Town
from tests.config.reading import SHIPPED

RUSSIAN = "Ноутбук сломался через неделю, и в магазине отказались вернуть деньги."


@pytest.mark.row("AT-X15")
async def test_everything_that_you_hold_on_me(office: Office) -> None:
    """AT-X15: the request is found and has a month of its own, whose last day is a Sunday and rolls to Monday; the
    complaint goes on beside it."""
    plain = await office.mail(WORDS, sender="bob@customer.example")
    case = await office.mail(f"{WORDS} And send me everything you hold on me.")
    assert case
    assert plain
    assert "rights_request.found" in await office.types(case)
    due = await office.due(case)
    assert due.pop("rights") == "2026-12-21 23:59:59"
    assert due == await office.due(plain)
    assert (await office.case(case)).state == "investigating"
    handler = case.handler or ""
    answer = {
        "decision": "Yes.",
        "reasons": "A fault.",
        "actions_taken": "Paid.",
        "next_step": "-",
        "outcome": "upheld",
    }
    assert (await office.do(case, "answer", handler, **answer)).disposition == "done"
    assert list(await office.due(case)) == ["rights"]


@pytest.mark.row("AT-X17")
@pytest.mark.parametrize("brand", ["logoscon", "welzo", "ask4", "kontakt"])
async def test_what_was_asked_never_comes(office: Office, brand: str) -> None:
    """AT-X17: every clock of the case stands where that of a case stands from which nothing was asked; also after
    days."""
    asked = await office.mail(WORDS, brand=brand)
    twin = await office.mail(f"{WORDS} Mine, too.", brand=brand, sender="bob@customer.example", name="Ann")
    assert asked
    assert twin
    outcome = await office.do(asked, "ask", asked.handler or "", text="Which order was it?")
    assert outcome.disposition == "done", outcome
    assert any("Which order was it?" in letter.get_content() for letter in office.told())
    for days in (0, 2, 20):
        await office.at(office.clock.now + timedelta(days=days))
        assert await office.due(asked) == await office.due(twin)
        for kind in ("started", "warned", "breached", "stopped", "moved"):
            assert await office.clocks(asked, kind) == await office.clocks(twin, kind), kind
    assert await office.due(asked) or brand == "logoscon"


@pytest.mark.row("AT-X18")
async def test_a_policy_changes_under_an_open_case(tmp_path: Path, var: Path) -> None:
    """AT-X18: the case that is open keeps its term, whatever comes to it; a new one has the new."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "config"))
    async with office_of(replace(arranged(var), folder=folder)) as office:
        old = await office.mail(WORDS)
        assert old
        due = (await office.due(old))["result"]
        file = folder / "policies" / "welzo.yaml"
        text = file.read_text(encoding="utf-8")
        changed = "until: result.sent, within: {working_days: 3}, basis: policy, warn: {working_days: 1}"
        before = "until: result.sent, within: {working_days: 10}, basis: policy, warn: {working_days: 7}"
        assert text.count(before) == 2
        file.write_text(text.replace(before, changed), encoding="utf-8")
        assert await office.house.reload() == []
        new = await office.mail("The kit was broken.", sender="bob@customer.example")
        assert new
        assert new.policy != old.policy
        assert (await office.due(new))["result"] == "2026-11-25 23:59:59"
        await office.mail("Another thing: it is still broken.")
        await office.do(old, "progress", old.handler or "", text="We are looking.")
        assert (await office.due(old))["result"] == due == "2026-12-04 23:59:59"
        assert (await office.case(old)).policy == old.policy
        await office.at(datetime(2026, 11, 26, 12, tzinfo=UTC))
        assert "result" in await office.clocks(new, "breached")
        assert "result" not in await office.clocks(old, "breached")


@pytest.mark.row("AT-X19")
@pytest.mark.parametrize(
    ("brand", "country", "clock", "due", "deemed"),
    [
        ("ask4", "PL", "art7a", "2026-12-04 23:59:59", "deemed_accepted"),
        ("welzo", "LV", "ptal", "2026-12-11 23:59:59", "deemed_refused"),
    ],
)
async def test_silence_that_speaks(town: Town, brand: str, country: str, clock: str, due: str, deemed: str) -> None:
    """AT-X19: 14 days in Poland, 15 working days in Latvia, for a brand that sells there: the breach says what the law
    makes of silence, and legal hears of it. The customer's country comes with the form, by a form service."""
    office = town
    rules = office.house.desk.rules
    traits = {**rules.traits, brand: {**rules.traits.get(brand, {}), "trader_directs_to": (country,)}}
    office.house.desk.rules = replace(rules, traits=traits)
    await town.posts.says(WORDS, door="service", brand=brand, name="Ann", email="ann@customer.example", country=country)
    (case,) = await office.cases()
    assert case.channel == "web_form"
    assert (await office.due(case))[clock] == due
    moment = datetime.fromisoformat(due).replace(tzinfo=UTC)
    await office.at(moment - timedelta(hours=3))
    assert "outcome.deemed" not in await office.types(case)
    staff = len(office.to_staff())
    await office.at(moment + timedelta(hours=3))
    found = next(event for event in await office.events(case) if event.type == "outcome.deemed")
    assert found.data["outcome"] == deemed
    assert clock in await office.clocks(case, "breached")
    people = [rules.staff.handlers[name] for name in rules.in_role("legal", case)]
    assert ["legal" in each.roles for each in people] == [brand == "ask4"], "Welzo has nobody: who leads hears of it"
    told = [letter["To"] for letter in office.to_staff()[staff:] if case.reference in letter["Subject"]]
    assert people[0].address in told


@pytest.mark.row("AT-X21")
async def test_a_promise_is_late(office: Office) -> None:
    """AT-X21: a clock of the policy runs out: one holding notice for the customer, without a new date; handler and
    manager are told."""
    case = await office.mail(WORDS)
    assert case
    count = len(office.told())
    due = next(mark.due for mark in (await office.case(case)).clocks if mark.clock == "result")
    assert due is not None
    await office.at(due - timedelta(minutes=1))
    staff = len(office.to_staff())
    assert len(office.told()) == count
    await office.at(due + timedelta(minutes=1))
    await office.at(due + timedelta(days=3))
    (holding,) = office.told()[count:]
    assert case.reference in holding["Subject"]
    text = holding.get_content()
    assert "December" not in text.replace("20 November", "")
    assert "holding.sent" in await office.types(case)
    people = office.house.desk.rules.staff.handlers
    manager = next(each.address for each in people.values() if "customer_service_manager" in each.roles)
    handler = people[case.handler or ""].address
    assert {handler, manager} <= {each["To"] for each in office.to_staff()[staff:]}


@pytest.mark.row("AT-X21")
async def test_a_target_is_late(office: Office) -> None:
    """AT-X21: a target of ours runs out (Kontakt's acknowledgement, which a person holds back): the customer gets
    nothing, handler and manager are told."""
    await office.holds_back("kontakt")
    case = await office.mail(RUSSIAN, brand="kontakt")
    assert case
    mark = next(each for each in case.clocks if each.clock == "ack")
    assert mark.due is not None
    await office.at(mark.due - timedelta(minutes=1))
    staff = len(office.to_staff())
    await office.at(mark.due + timedelta(minutes=1))
    assert "ack" in await office.clocks(case, "breached")
    assert office.told() == []
    people = office.house.desk.rules.staff.handlers
    told = {each["To"] for each in office.to_staff()[staff:]}
    assert people[case.handler or ""].address in told
    assert people["elnur"].address in told
