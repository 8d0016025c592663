"""Canaries through every door of a whole house; and a door that falls silent."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from connectors.hook import Hook, HookSettings
from intake_daemon import canary, journal
from intake_daemon.command import office, standing
from intake_daemon.command.building import build
from intake_daemon.command.canaries import Aviary
from intake_daemon.command.house import House
from intake_daemon.contract import ROUTER_QUEUE, Canary
from intake_daemon.settings import Canaries
from router.ledger import balance, lives, tables
from tests.acceptance.conftest import arranged
from tests.canary.test_desk import rows
from tests.doors import Recorder
from tests.hook.conftest import SECRET
from tests.mail.mailboxes import imap, reading, until
from tests.promises.way import overheard
from tests.services.dovecot import Dovecot

DOORS = {"smtp-in", "form", "chat", "shop", "forms"}
OURS = "canary@ops.example"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """With a mail door, forms, a chat, a hook of ordinary posts and one of a service's."""
    read = arranged(tmp_path / "var")
    said = {"kind": "hook", "brand": "welzo", "secret": SECRET, "channel": "web_form"}
    hooks = {
        name: HookSettings.model_validate({**said, "mapping": mapping})
        for name, mapping in (("shop", "plain"), ("forms", "typeform"))
    }
    connectors = {**read.settings.connectors, **hooks}
    configured = replace(
        read,
        settings=read.settings.model_copy(update={"connectors": connectors}),
        connectors={**read.connectors, **dict.fromkeys(hooks, Hook)},
    )
    built = await build(configured, routes=office.routes)
    await built.run()
    yield built
    await built.close()


def aviary_of(house: House, **said: object) -> Aviary:
    """Canaries by hand: they go in when the test looks."""
    house.desk.rules = replace(house.desk.rules, canaries=str(said.get("address", "")))
    house.aviary = Aviary(house, Canaries.model_validate(said))
    house.aviary.open(0)
    return house.aviary


async def when(aviary: Aviary, true: Callable[[], object], now: float = 1) -> None:
    """Look until it is so."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, aviary.plain(now)
        await asyncio.sleep(0.02)
        await aviary.look(now)


def metric(name: str, door: str) -> float | None:
    """Of a door."""
    return journal.REGISTRY.get_sample_value(name, {"door": door})


async def test_through_every_door(house: House, tmp_path: Path) -> None:
    """A canary goes in by each door and its letter leaves: to the operator's own address by the real way
    out, the chat's into the window. No case, no event, no count has one; the case system's queue has nothing."""
    aviary = aviary_of(house, address=OURS)
    assert {door.name for door in aviary.doors} == DOORS
    await aviary.look(0)
    await when(aviary, lambda: all(door.heard for door in aviary.doors))
    for table in ("cases", "events", "aliases", "signs", "holdings"):
        assert await rows(house.ledger, table) == 0, table
    today = house.now().date()
    lines = await house.store.read(lambda connection: balance.lines(connection, (today,)))
    assert {line["door"]: (line["in"], line["canaries"]) for line in lines} == dict.fromkeys(DOORS, (0, 1))
    assert (await house.store.read(lives.balance))["in"] == 0
    assert (await house.broker.depth("crm")).ready == 0
    sent = [path.read_bytes() for path in (tmp_path / "var" / "outbox").rglob("*") if path.is_file()]
    assert len(sent) == len(DOORS) - 1
    assert all(f"To: {OURS}".encode() in each for each in sent)
    assert not any(b"canary of intake-daemon" in each for each in sent)
    assert all(metric("intake_canary_silent", door) == 0 for door in DOORS)
    vaulted = [path for path in (tmp_path / "var" / "vault").rglob("*") if path.is_file()]
    assert vaulted == []


async def test_one_that_comes_twice_leaves_nothing(house: House, tmp_path: Path) -> None:
    """Also what a broker delivers again (a router that died before it said so) puts nothing into the vault: no contact
    would hold it, and `intake reconcile` would tell of a contact that is missing."""
    named, web = "00000000-0000-4000-8000-00000000000a", house.web
    assert web is not None
    text = canary.said(house.configuration.rules.key, named, "form", "welzo")
    one = Canary(named, "welzo", canary.SUBJECT, text, canary.NOWHERE, web.url("public").rstrip("/"), 30)
    form: Any = house.connectors["form"]
    end = time.monotonic() + 60
    for times in (1, 2):
        await form.bring(one)
        query = sa.select(sa.func.sum(tables.contacts.c.seen))
        while await house.store.read(lambda connection: connection.execute(query).scalar_one()) != times:  # noqa: B023 -- now
            assert time.monotonic() < end
            await asyncio.sleep(0.02)
    while (await house.broker.depth(ROUTER_QUEUE)).unsettled:
        assert time.monotonic() < end
        await asyncio.sleep(0.02)
    assert [path for path in (tmp_path / "var" / "vault").rglob("*") if path.is_file()] == []


async def test_a_silent_door(house: House, tmp_path: Path) -> None:
    """Without an address of the operator's the letters end before the wire. A door that is shut is told once, within
    the hour, with why: in the journal, the metric, the status, and as a note of a house that is ready; and once when
    it is back. A door whose canaries come through says nothing."""
    with overheard() as told:
        aviary = aviary_of(house, doors=["form", "smtp-in"])
        await aviary.look(0)
        await when(aviary, lambda: all(door.heard for door in aviary.doors))
        assert list((tmp_path / "var").glob("outbox/*/*")) == []
        smtp = next(door for door in aviary.doors if door.name == "smtp-in")
        bound, house.connectors["smtp-in"].bound = house.connectors["smtp-in"].bound, None  # type: ignore[attr-defined]
        half = 30 * 60 + 2
        await aviary.look(half)
        await when(aviary, lambda: smtp.codes and len([d for d in aviary.doors if d.out]) == 1, half + 1)
        assert metric("intake_canary_silent", "smtp-in") == 0
        for now in (45 * 60 + 10, 46 * 60):
            await aviary.look(now)
        assert metric("intake_canary_silent", "smtp-in") == 1
        assert metric("intake_canary_silent", "form") == 0
        (line,) = said(told, "canary_silent")
        assert (line["door"], line["code"]) == ("smtp-in", "not_connected")
        assert line["seconds"] < 3600
        async with httpx2.AsyncClient(base_url=str(house.web and house.web.url("internal"))) as client:
            ready = await client.get("/health/ready")
        assert ready.status_code == 200
        assert "not_connected" in ready.json()["notes"]["canary smtp-in"]
        found = {"canaries": aviary.plain(46 * 60), "balance": {"unaccounted": 0}}
        assert "smtp-in" in next(standing._accounted(found))
        house.connectors["smtp-in"].bound = bound  # type: ignore[attr-defined]
        await aviary.look(smtp.due)
        await when(aviary, lambda: smtp.silent is None, smtp.due - 1700)
        assert metric("intake_canary_silent", "smtp-in") == 0
        assert len(said(told, "canary_heard")) == 1
        assert aviary.notes() == {}


def said(told: io.StringIO, event: str) -> list[dict[str, Any]]:
    """Lines of the journal."""
    lines = [json.loads(line) for line in told.getvalue().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


async def test_a_canary_in_a_mailbox(dovecot: Dovecot) -> None:
    """It is put into the mailbox and read from there; the next one takes it away, and no other mail."""
    user = dovecot.add_user()
    dovecot.append(user, b"From: ann@shop.example\r\nMessage-ID: <1@shop.example>\r\n\r\nIt broke.\r\n")
    connector = imap(dovecot, user)
    door = Recorder(name="inbox")
    async with reading(connector, door) as task:
        for number in (1, 2):
            named = f"00000000-0000-4000-8000-00000000000{number}"
            text = canary.said(b"k" * 32, named, "inbox", "welzo")
            one = Canary(named, "welzo", canary.SUBJECT, text, canary.NOWHERE, "", 60)
            await connector.bring(one)
            await until(lambda: len(door.held) == number + 1, "it is read", task)  # noqa: B023 -- waited for at once
            message = list(door.held.values())[-1].message
            assert canary.read(b"k" * 32, message) == named
            assert message.reply_to is not None
            assert message.reply_to.address is not None
            assert message.reply_to.address.value == canary.NOWHERE
    assert len(dovecot.uids(user)) == 2
