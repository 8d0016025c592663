"""The house: its clock, what it reads again, what it tells of itself."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from intake_daemon import journal
from intake_daemon.command import configuration, watch
from intake_daemon.command.building import build
from intake_daemon.command.house import House
from intake_daemon.contract import Input, Letter, Parked
from intake_daemon.errors import BadSettings, Temporary
from intake_daemon.store import ServerClock, Store
from router.ledger import tables
from tests.desk.letters import NOON, letter
from tests.ops import shipped
from tests.services.place import free_port

SHIPPED = Path(__file__).parents[2] / "config"


def configured(folder: Path, **changes: Any) -> configuration.Configuration:  # noqa: ANN401 -- fields of Settings
    """The shipped configuration in a folder of its own, without a mail door."""
    if not (folder / "config").exists():
        shutil.copytree(SHIPPED, folder / "config")
    read = configuration.read(folder / "config")
    settings = read.settings
    web = settings.web.model_copy(
        update={
            "public": type(settings.web.public)("127.0.0.1", free_port()),
            "internal": type(settings.web.internal)("127.0.0.1", free_port()),
        }
    )
    names = {name: each for name, each in settings.connectors.items() if name != "smtp-in"}
    settings = settings.model_copy(update={"var": folder / "var", "web": web, "connectors": names, **changes})
    kinds = {name: kind for name, kind in read.connectors.items() if name in names}
    return replace(read, settings=settings, connectors=kinds)


@asynccontextmanager
async def running(folder: Path, **changes: Any) -> AsyncIterator[House]:  # noqa: ANN401 -- fields of Settings
    """A house with its doors open."""
    house = await build(configured(folder, **changes))
    await house.run()
    try:
        yield house
    finally:
        await house.close()


async def fetched(house: House, path: str) -> tuple[int, str]:
    """Status and text of a page of the internal listener."""
    assert house.web is not None
    connection = http.client.HTTPConnection(*house.web.address("internal"), timeout=30)

    def fetch() -> tuple[int, str]:
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    return await asyncio.to_thread(fetch)


async def test_the_servers_clock_is_everybodys(database: str) -> None:
    """On PostgreSQL the time of everything is the server's, whatever this machine's clock says."""
    store = Store(database)
    ahead = timedelta(hours=5)

    async def told() -> datetime:
        return await store.now() + ahead

    clock = ServerClock(told)
    await clock.set()
    before = await store.now() + ahead
    assert abs(clock() - before) < timedelta(minutes=5)
    assert clock().tzinfo is UTC
    await store.close()


async def test_a_slow_answer_does_not_set_the_clock() -> None:
    """An answer that took long says little about now; the first one counts all the same."""
    answers = iter([NOON, NOON + timedelta(hours=1)])

    async def told() -> datetime:
        await asyncio.sleep(1.1)
        return next(answers)

    clock = ServerClock(told)
    await clock.set()
    await clock.set()
    assert clock() - NOON < timedelta(minutes=1)


async def test_policies_are_kept_when_they_are_read_again(tmp_path: Path) -> None:
    """SIGHUP with a changed policy: the new one is in the ledger before a case can name it, and every earlier one is
    still known, also those of earlier processes (AT-X18 R-10)."""
    async with running(tmp_path) as house:
        earlier = house.desk.rules.policies.brand("welzo").hash
        path = tmp_path / "config" / "policies" / "welzo.yaml"
        hashes = {earlier}
        for year in (2031, 2032, 2033):
            text = path.read_text()
            line = next(each for each in text.splitlines() if each.startswith("review_by:"))
            path.write_text(text.replace(line, f"review_by: {year}-01-01"))
            assert await house.reload() == []
            hashes.add(house.desk.rules.policies.brand("welzo").hash)
        assert len(hashes) == 4
        kept = await house.store.read(
            lambda connection: set(connection.execute(sa.select(tables.policies.c.hash)).scalars())
        )
        assert hashes <= kept
        for each in hashes:
            assert house.desk.rules.policies.by_hash(each).brand == "welzo"


async def test_a_bad_policy_keeps_the_old(tmp_path: Path) -> None:
    """With a fault nothing changes, and the fault is told; what stands in intake.yaml is not read again."""
    async with running(tmp_path) as house:
        before = house.desk.rules
        path = tmp_path / "config" / "policies" / "welzo.yaml"
        good = path.read_text()
        path.write_text(good + "\nnonsense: true\n")
        assert "nonsense" in str((await house.reload())[0])
        assert house.desk.rules is before
        path.write_text(good)
        intake = tmp_path / "config" / "intake.yaml"
        intake.write_text(intake.read_text().replace("outgoing: {email: mail}", "outgoing: {email: nowhere}"))
        assert await house.reload() == []
        assert house.desk.rules.outgoing == before.outgoing


async def test_a_fault_while_reading_again_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGHUP that meets a fault of ours: it is told, the old stays, and the house goes on."""
    async with running(tmp_path) as house:
        before, read = house.desk.rules, asyncio.Event()
        loop = asyncio.get_running_loop()

        def wrong(*_given: object, **_named: object) -> configuration.Configuration:
            loop.call_soon_threadsafe(read.set)
            raise ZeroDivisionError

        monkeypatch.setattr(configuration, "read", wrong)
        house.reload_soon()
        await asyncio.wait_for(read.wait(), 30)
        await house.store.ping()
        assert (house.failed, house.desk.rules) == (False, before)


async def test_a_policy_of_another_process_becomes_known(tmp_path: Path) -> None:
    """Another router was told of a new policy first, and its cases may come to us: we learn it from the ledger."""
    async with running(tmp_path) as house:
        policies = house.desk.rules.policies
        text = policies.texts()[policies.brand("welzo").hash].replace("Customer", "Client")
        other = type(policies).remember(policies, [text])
        (unknown,) = set(other.kept) - set(policies.kept)
        await house.ledger.keep_policies({unknown: text}, NOON)
        await house.watch.look()
        assert house.desk.rules.policies.by_hash(unknown).brand == "welzo"


async def test_a_policy_that_we_cannot_read_stops_nothing(tmp_path: Path) -> None:
    """A newer process has kept a policy with a key that we do not know: we go on, and start."""
    async with running(tmp_path) as house:
        await house.ledger.keep_policies({"f" * 64: '{"from": "the future"}'}, NOON)
        await house.watch.look()
        assert house.watch.database is None
    async with running(tmp_path) as house:
        assert house.desk.rules.policies.brand("welzo").brand == "welzo"


async def test_a_fault_of_the_watch_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong while looking is told, and it looks again."""
    monkeypatch.setattr(watch, "EVERY", 0.01)
    async with running(tmp_path) as house:
        looks = asyncio.Semaphore(0)

        async def wrong() -> None:
            looks.release()
            raise ZeroDivisionError

        house.watch.besides = wrong
        for _ in range(3):
            await asyncio.wait_for(looks.acquire(), 30)
        assert not house.failed


async def test_ready_tells_of_the_database(tmp_path: Path) -> None:
    """`/health/ready` is 503 with the reason while the database cannot be written, and 200 again afterwards."""
    async with running(tmp_path) as house:
        assert (await fetched(house, "/health/ready"))[0] == 200
        ping = house.watch.ping

        async def away() -> None:
            raise Temporary("database_away")

        house.watch.ping = away
        await house.watch.look()
        status, said = await fetched(house, "/health/ready")
        assert (status, json.loads(said)["parts"]["database"]) == (503, "database_away")
        house.watch.ping = ping
        await house.watch.look()
        assert (await fetched(house, "/health/ready"))[0] == 200


async def test_metrics_tell_what_waits(tmp_path: Path) -> None:
    """`/metrics` has queue depths, what waits at each step and since when, parts, and the days until a review."""
    async with running(tmp_path) as house:
        await house.ledger.decide([Input(letter(sender=None), NOON)], house.now() - timedelta(hours=1))
        stray = Letter("intake.notices", "gone", b"{}", "x")
        since = house.now() - timedelta(hours=2)
        await house.ledger.park([Parked("x", "intake.router", "unreadable", stray, 1, since)])
        journal.down("connector form", "x")
        await house.watch.look()
        try:
            _, text = await fetched(house, "/metrics")
        finally:
            journal.up("connector form", 0)
        shown = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        assert float(shown['intake_waiting{step="parked"}']) == 1
        assert 7100 < float(shown['intake_waiting_oldest_seconds{step="parked"}']) < 7300
        for step in ("notices_owed", "notices_released", "notices_deferred", "notices_unknown", "withheld", "outbox"):
            assert f'intake_waiting{{step="{step}"}}' in shown
        for queue in ("intake.router", "intake.notices.mail", "crm"):
            assert f'intake_queue_letters{{queue="{queue}",state="ready"}}' in shown
        assert float(shown['intake_up{part="database"}']) == 1
        assert float(shown['intake_up{part="connector form"}']) == 0
        assert float(shown["intake_spool_letters"]) == 0
        assert 'intake_policy_review_days{brand="welzo"}' in shown
        assert float(shown['intake_ill{code="x",part="connector form"}']) == 1
        assert float(shown["intake_disk_free_bytes"]) > 0
        assert 'intake_rows{table="parked"}' in shown
        assert 'intake_clocks{brand="welzo",state="soon"}' in shown
        there = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}
        assert shipped.metrics() <= there, "alerts and dashboard ask for what is told"
        steps = {name.split('"')[1] for name in shown if name.startswith("intake_waiting{")}
        assert {step for step in shipped.asked("step") if "*" not in step} <= steps


async def test_building_can_be_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the database is away at the start everything is let go of, and the next try finds nothing in its way."""

    async def away(_store: Store) -> None:
        raise Temporary("database_away")

    whole = configured(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(Store, "migrate", away)
        with pytest.raises(Temporary) as failure:
            await build(whole)
    house = await build(whole)  # the first failure is still alive, with all that it had open
    assert failure.value.code == "database_away"
    with pytest.raises(BadSettings, match="another intake-daemon"):
        await build(whole)
    await house.close()
