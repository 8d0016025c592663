"""Welzo's rows: the file of a complaint, who sees it, whom the last answer names."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from router.case import Case
from router.ledger import tables, tokens
from tests.acceptance.checking import checked
from tests.acceptance.office import Office
from tests.acceptance.test_welzo import ANSWER
from tests.acceptance.test_welzo_receipt import WORDS
from tests.acceptance.test_welzo_stages import BOTH, answered, flat, having, reply
from tests.config.reading import SHIPPED

BROKEN = "The test kit was cracked and the tube was damaged, and I have felt ill since."


async def seen(office: Office, case: Case, who: str) -> tuple[int, Mapping[str, Any]]:
    """What the API shows somebody of a case."""
    now = office.clock.now
    made = await office.house.store.write(lambda connection: tokens.create(connection, who, "test", now, 1))
    web = office.house.web
    assert web is not None

    def ask() -> tuple[int, Mapping[str, Any]]:
        with contextlib.closing(http.client.HTTPConnection(*web.address("internal"), timeout=60)) as line:
            line.request("GET", f"/api/v1/cases/{case.reference}", headers={"Authorization": f"Bearer {made.token}"})
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())

    return await asyncio.to_thread(ask)


async def audit(office: Office) -> list[tuple[str, str]]:
    """Who read, or was refused, what."""
    query = sa.select(tables.reads.c.who, tables.reads.c.what).order_by(tables.reads.c.id)
    return await office.house.store.read(lambda connection: [tuple(row) for row in connection.execute(query)])


@pytest.mark.row("AT-W10")
async def test_earlier_messages_are_in_the_file(office: Office) -> None:
    """AT-W10: what the same person wrote before stands in the file that the handler is shown; of others nothing does,
    and whom an earlier complaint names is not shown that one."""
    first = await office.mail("Oliver Hartnell was rude to me on the helpline.")
    assert first
    assert first.staff_named == ("oliver",)
    await office.mail(WORDS, sender="bob@customer.example")
    office.clock.now = office.clock.now.replace(hour=15)
    second = await office.mail(WORDS, subject="Another matter")
    assert second
    assert second.id != first.id
    for who, shown in (("ilze", [(first.reference, first.topic)]), ("oliver", [])):
        await office.do(second, "assign", "margaret", handler=who)
        status, file = await seen(office, second, who)
        assert (status, [(each["reference"], each["topic"]) for each in file["earlier"]]) == (200, shown)


@pytest.mark.row("AT-W11")
async def test_the_laboratory_is_asked(office: Office) -> None:
    """AT-W11: what goes out holds the question and the chosen fields, nothing else; that it was asked, by whom and with
    which fields, stays in the record."""
    case = await office.mail(BROKEN)
    assert case
    question = {"text": "Can a tube crack at the plant?", "fields": ["topic"]}
    outcome = await office.do(case, "consult", case.handler or "", whom="laboratory", **question)
    assert outcome.disposition == "done", outcome
    letter = next(each for each in reversed(office.to_staff()) if "Can a tube crack" in flat(each))
    text = flat(letter)
    assert "product" in text
    for hidden in ("felt ill", "ann@customer.example", "Ann "):
        assert hidden not in text
    opened = next(each for each in await office.events(case) if each.type == "consultation.opened")
    assert (opened.actor, opened.data["whom"], opened.data["fields"]) == (case.handler, "laboratory", ["topic"])
    await office.do(case, "consult", case.handler or "", whom="kristaps", **question)
    colleague = flat(office.told("kristaps.lejnieks@welzo.example")[-1])
    assert "Can a tube crack" in colleague
    assert "felt ill" not in colleague


@pytest.mark.row("AT-W21")
async def test_the_manager_passes_it_on(office: Office) -> None:
    """AT-W21: to the head of the department concerned; who gave the first answer cannot be chosen, nor answer again;
    the head has the file of the first stage."""
    case = await answered(office, BROKEN)
    first = case.handler or ""
    await reply(office, BOTH)
    assert (await office.case(case)).handler == "margaret"
    refused = await office.do(case, "assign", "margaret", handler=first)
    assert (refused.disposition, refused.reason) == ("refused", "same_handler")
    assert "W-20" in refused.clause.split()
    people = office.house.desk.rules.staff.handlers.items()
    plain = [name for name, each in people if "welzo" in each.brands and each.roles == ("handler",)]
    other = next(name for name in plain if name != first)
    refused = await office.do(case, "assign", "margaret", handler=other)
    assert (refused.reason, "W-19" in refused.clause.split()) == ("wrong_role", True)
    assert "kristaps" in refused.instead
    assert (await office.do(case, "assign", "margaret")).disposition == "done"
    assigned = [each for each in await office.events(case) if each.type == "reviewer.assigned"][-1]
    assert (assigned.data["handler"], assigned.data["role"]) == ("kristaps", "department_head")
    (passed,) = [each for each in office.told("kristaps.lejnieks@welzo.example") if case.reference in each["Subject"]]
    assert ANSWER["decision"] in flat(passed), "the answer of the first stage is with it"
    refused = await office.do(case, "answer", first, **ANSWER)
    assert (refused.disposition, refused.reason) == ("refused", "same_handler")
    status, file = await seen(office, case, "kristaps")
    assert status == 200
    kept = json.dumps(file["contents"])
    for words in ("felt ill", ANSWER["decision"], ANSWER["reasons"]):
        assert words in kept


@pytest.mark.row("AT-W29")
@pytest.mark.parametrize("named", [True, False])
async def test_the_last_answer_names_the_body(office: Office, *, named: bool) -> None:
    """AT-W29: the last answer says that advice may be sought; it names the configured body, and without one it has no
    list without entries."""
    if not named:
        rules = office.house.desk.rules
        changed = rules.policies.brand("welzo").model_copy(update={"external": ()})
        office.house.desk.rules = replace(rules, policies=having(rules.policies, changed))
    case = await answered(office)
    await reply(office, BOTH)
    await office.do(case, "answer", "margaret", **ANSWER)
    text = flat(office.told()[-1])
    assert "free to seek independent advice and support" in text
    assert ("citizensadvice.org.uk" in text) is named
    assert ("for example from:" in text) is named


@pytest.mark.row("AT-W29")
def test_no_body_is_a_warning_at_load(tmp_path: Path) -> None:
    """AT-W29: a policy whose last stage may lead outside and that names nobody is warned of, by file and line,
    by `intake check`."""
    folder = tmp_path / "config"
    shutil.copytree(SHIPPED, folder)
    path = folder / "policies" / "welzo.yaml"
    text = path.read_text()
    path.write_text("".join(line for line in text.splitlines(keepends=True) if not line.startswith("external:")))
    assert path.read_text() != text
    status, told = checked(folder)
    assert (status, told["well"]) == (0, True)
    (warning,) = told["warnings"]
    assert (Path(warning["file"]).name, "outside body" in warning["problem"]) == ("welzo.yaml", True)
    assert path.read_text().splitlines()[warning["line"] - 1].startswith("stages:")


@pytest.mark.row("AT-W30")
async def test_who_is_outside_the_case(office: Office) -> None:
    """AT-W30: somebody of the brand who does not work on it is refused and written down, as is who reads; health data
    are marked in the event."""
    case = await office.mail(BROKEN)
    assert case
    assert case.handler != "oliver"
    assert case.team == "welzo_products"
    status, said = await seen(office, case, "oliver")
    assert status == 403
    assert "felt ill" not in json.dumps(said)
    status, said = await seen(office, case, case.handler or "")
    assert status == 200
    assert "felt ill" in json.dumps(said)
    refused, read = await audit(office)
    assert refused[0] == "oliver"
    assert read == (case.handler, "case")
    assert refused[1] != read[1], "a refusal can be told from a reading"
    received = next(each for each in await office.events(case) if each.type == "complaint.received")
    assert received.data["special"] == "health"
