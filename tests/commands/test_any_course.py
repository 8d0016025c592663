"""Any course that a case may take: whatever is asked in whatever order, the record stays whole."""

from __future__ import annotations

import asyncio
import random
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake_daemon.message import Receipt
from intake_daemon.store import Store
from router.commands import TABLE
from tests.commands.office import ANSWER, HANDLERS, LEADERS, Office, nobody, postal

BRANDS = tuple(HANDLERS)
_TEXT = ["", "Words.", "Слова \ud83d\x00"]


def _data(name: str, draw: random.Random, office: Office, others: tuple[str, ...]) -> dict[str, Any]:
    """Data that may fit: mostly whole, sometimes not."""
    several: dict[str, dict[str, Any]] = {
        "triage": {"severity": "high", "urgency": draw.choice(["low", "now"]), "customer_country": "LV"},
        "assign": {"handler": draw.choice([*HANDLERS.values(), *LEADERS.values(), "kristaps"])},
        "cause": {"cause": draw.choice(["till", "Not a code"])},
        "ask": {"fields": ["ticket_refs"], "by_phone": draw.choice([True, False])},
        "extend": {"new_date": draw.choice(["2027-03-01", "2026-01-01"]), "reason": "complex", "progress": "Half."},
        "answer": {**ANSWER, **draw.choice([{}, {"oral": {}}, {"decision": ""}])},
        "resolve_at_once": {"text": "Done.", "agreed_at": "2026-11-20T08:00:00Z"},
        "consult": {"whom": draw.choice(["laboratory", "kristaps", "elnur"]), "text": "?", "fields": ["description"]},
        "link": {"reference": draw.choice(others)},
        "part": draw.choice([{"message": office.case, "reference": draw.choice(others)}, {}, {"words": "twice"}]),
        "verify_sender": draw.choice([{}, {"reference": draw.choice(others)}, {"message": office.case}]),
        "correct_topic": {"topic": draw.choice(["data_protection", "billing"])},
        "refer": {"body": draw.choice(["comms_ombudsman", "ico"])},
        "decide": {"text": "Pay.", "body": "comms_ombudsman", "tasks": draw.choice([[], ["One.", "Two."]])},
        "escalate": draw.choice([{}, {"elements": ["request"]}]),
        "close": draw.choice([{}, {"outcome": "upheld"}]),
        "step": {"step": draw.choice(["act", "review"])},
    }
    texts = {"text": draw.choice(_TEXT)} if "text" in TABLE[name].takes.model_fields else {}
    return {**texts, **several.get(name, {})}


async def _task(name: str, office: Office, draw: random.Random) -> dict[str, Any]:
    tasks = (await office.folded()).tasks
    if name not in {"task_done", "dispatch_letter"} or not tasks:
        return {}
    chosen = {"task": draw.choice(tasks).id}
    return {**chosen, **({"dispatched_on": office.now.date().isoformat()} if name == "dispatch_letter" else {})}


async def _letters(office: Office, draw: random.Random) -> None:
    """What may leave leaves; some arrive, some bounce, of some nothing is heard."""
    for each in await office.post(sent=False):
        outcome = draw.choice(["sent", "sent", "sent", "failed", "unknown", "delivered", ""])
        if outcome:
            code = "smtp_550" if outcome != "sent" else ""
            said = Receipt.model_validate(
                {"notice": each.id, "connector": each.connector, "outcome": outcome, "at": office.now, "code": code}
            )
            await office.take(said)


async def course(office: Office, seed: int, length: int) -> None:
    """A case's course, made from a number."""
    draw = random.Random(seed)  # noqa: S311 -- made again from its number
    brand = draw.choice(BRANDS)
    kinds: list[dict[str, Any]] = [{}, {}, {"remarks": ("imported",)}, postal(), nobody()]
    await office.open(brand)
    other = office.reference
    await office.open(brand, acknowledged=draw.choice([True, False]), **draw.choice(kinds))
    others = (other, office.reference, "WLZ-0000-0000-0000")
    for _ in range(length):
        name = draw.choice([each for each in TABLE if each != "erase" or draw.random() < 0.1])
        who = draw.choice([HANDLERS[brand], LEADERS[brand], LEADERS[brand], "ops"])
        data = {**_data(name, draw, office, others), **await _task(name, office, draw)}
        before = await office.folded()
        outcome = await office.do(name, who, **data)
        assert outcome.disposition in {"done", "refused"}
        if outcome.disposition == "refused":
            assert (await office.folded()) == before, name
            assert outcome.reason
        office.now += timedelta(seconds=draw.choice([1, 70, 3_600, 90_000, 400_000]))
        if draw.random() < 0.5:
            await _letters(office, draw)
        while draw.random() < 0.3 and await office.ledger.tick(office.now, office.now, 10):
            pass
    await office.later(seconds=1)
    await office.sound()


async def _run(ledger: Path, folder: Path, seed: int, length: int) -> None:
    for each in ledger.parent.glob("ledger.db*"):
        shutil.copy(each, folder / each.name)
    store = Store(f"sqlite:///{folder / 'ledger.db'}")
    try:
        await course(Office(store), seed, length)
    finally:
        await store.close()


@settings(max_examples=5)
@given(seed=st.integers(0, 2**32))
def test_no_order_of_commands_breaks_the_record(empty_ledger: Path, seed: int) -> None:
    """Nothing raises, no gap, a refusal changes nothing, the stored case and clocks are those of the fold."""
    folder = empty_ledger.parent / str(seed)
    folder.mkdir(exist_ok=True)
    asyncio.run(_run(empty_ledger, folder, seed, 14))


@pytest.mark.proof
@settings(max_examples=100)
@given(seed=st.integers(0, 2**32))
def test_no_long_course_breaks_the_record(empty_ledger: Path, seed: int) -> None:
    """The same, longer and more of them: a few minutes on one core."""
    folder = empty_ledger.parent / str(seed)
    folder.mkdir(exist_ok=True)
    asyncio.run(_run(empty_ledger, folder, seed, 30))
    shutil.rmtree(folder)


@pytest.mark.parametrize("seed", [1])
async def test_the_same_on_postgres(database: str, seed: int) -> None:
    """A course on PostgreSQL, with its locks."""
    store = Store(database)
    await store.migrate()
    try:
        await course(Office(store), seed, 14)
    finally:
        await store.close()
