"""The run of the day: when, by whom, and what it says; and how a person asks."""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from starlette.routing import Router

from intake_daemon import journal
from intake_daemon.command import comparing, office
from intake_daemon.command.asking import _call
from intake_daemon.command.building import build
from intake_daemon.command.house import House
from intake_daemon.lines import open_journal
from intake_daemon.settings import Reconcile
from router import api
from tests.house.test_house import configured

DAILY = Reconcile(at="04:30", tz="Europe/Riga", days=2)
NIGHT = datetime(2026, 11, 20, 2, 31, tzinfo=UTC)
"""04:31 in Riga."""


class Clock:
    """Stands where it is put."""

    def __init__(self) -> None:
        self.at = NIGHT

    def __call__(self) -> datetime:
        """That moment."""
        return self.at


@pytest.fixture
def clock() -> Clock:
    """The house's."""
    return Clock()


@pytest.fixture
async def house(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """Built, not started."""
    monkeypatch.setattr("intake_daemon.command.reconciling._AGAIN", 0.0)
    built = await build(configured(tmp_path), now=clock)
    await built.broker.start()
    yield built
    await built.close()


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    """The journal."""
    kept, said = structlog.get_config(), io.StringIO()
    handlers = logging.getLogger().handlers[:]
    open_journal("json", to=said)
    yield said
    structlog.configure(**kept)
    logging.getLogger().handlers[:] = handlers


def shown(name: str, **labels: str) -> float | None:
    """A metric."""
    return journal.REGISTRY.get_sample_value(name, labels)


@pytest.mark.parametrize(
    ("last", "now", "day"),
    [
        (None, NIGHT, "2026-11-20"),
        ("2026-11-19", NIGHT, "2026-11-20"),
        ("2026-11-20", NIGHT, None),
        ("2026-11-19", NIGHT - timedelta(minutes=2), None),
        ("2026-11-17", NIGHT - timedelta(minutes=2), "2026-11-19"),
        ("2026-11-20", NIGHT + timedelta(hours=23), None),
        ("2026-11-20", NIGHT + timedelta(hours=24), "2026-11-21"),
    ],
)
def test_once_a_day_by_the_local_clock(last: str | None, now: datetime, day: str | None) -> None:
    """A day is due once its hour has passed there; what was missed is made up for, as one."""
    assert comparing.due(DAILY, last, now) == day


async def taken(*_lease: object) -> bool:
    """Another process has it."""
    return False


async def test_a_day_of_missing_things_and_a_healthy_one(
    house: House, clock: Clock, told: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first start compares nothing; the next day's run tells what is missing, once, to journal, metrics and status;
    of several processes one does it; a healthy day is one line."""
    assert await comparing.look(house, DAILY) is None
    orphan = await house.vault.put(b"From: ann@customer.example\nTo: complaints@welzo.example\n\nIt broke.\n")
    clock.at = datetime.now(UTC) + timedelta(days=1)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(house.memory, "take", taken)
        assert await comparing.look(house, DAILY) is None
    found = await comparing.look(house, DAILY)
    assert found is not None
    assert found.counts == {("vault", "in_no_contact"): 1}
    (line,) = [each for each in told.getvalue().splitlines() if "missing" in each]
    assert '"count": 1' in line
    assert orphan not in line
    assert shown("intake_reconcile_missing", door="vault", side="in_no_contact") == 1
    assert await comparing.look(house, DAILY) is None
    said = await comparing.last(house)
    assert said is not None
    assert said["missing"] == 1
    await house.vault.erase([orphan])
    clock.at += timedelta(days=1)
    await comparing.look(house, DAILY)
    (line,) = [each for each in told.getvalue().splitlines() if "reconciled" in each]
    assert shown("intake_reconcile_missing", door="vault", side="in_no_contact") == 0
    assert shown("intake_reconciled_timestamp_seconds") == clock.at.timestamp()


async def asked(
    house: House, method: str, target: str, body: bytes = b"", **headers: str
) -> tuple[int, Mapping[str, Any]]:
    """As the command asks, on this machine."""
    status, answer = await _call(Router(api.routes(office.of(house))), method, f"/api/v1{target}", body, headers)
    return status, json.loads(answer)


async def test_a_person_asks_and_brings_it_back(house: House, clock: Clock) -> None:
    """Who asks hears what is missing; the mail of the vault that was nobody's becomes a contact by one command; what is
    no mail does not, and an unknown door is told with those that there are."""
    clock.at = datetime.now(UTC) + timedelta(hours=2)
    mail = b"From: ann@customer.example\r\nTo: complaints@welzo.example\r\nSubject: Broken\r\n\r\nIt broke.\r\n"
    key, file = await house.vault.put(mail), await house.vault.put(b"%PDF-1.4")
    status, found = await asked(house, "GET", "/reconcile")
    assert (status, {each["name"] for each in found["missing"]}) == (200, {key, file})
    status, said = await asked(house, "POST", "/reconcile/bring", f'{{"vault": "{key}"}}'.encode())
    assert status == 201
    assert said["held"][0]["reference"].startswith("WLZ-")
    for wrong, code in ((file, 422), (hashlib.sha256(b"?").hexdigest(), 410)):
        assert (await asked(house, "POST", "/reconcile/bring", f'{{"vault": "{wrong}"}}'.encode()))[0] == code
    status, refused = await asked(house, "GET", "/reconcile?door=nowhere")
    assert status == 404
    assert "It has: " in refused["detail"]
    assert (await asked(house, "GET", "/reconcile?since=yesterday"))[0] == 422
