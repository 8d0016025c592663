"""Canaries: a complaint of ours through every front door of this process now and then, and its letter expected.

What a canary passes: the door itself (its port, its signature, its page), accept, the broker, the router's four
stages, the ledger, its letter's words, the queue of its way out, and that way as far as the operator wants.
What it never reaches: cases, counts, handlers, subscribers, reports (router/trying.py).

A door is *silent* when a canary has been on its way for longer than it may. That is said once, and once when it is
over; `intake_canary_silent`, `/health/ready` (as a note: nobody is sent away for it) and `intake status` show it
meanwhile, with where the canary is: the door's own answer (`http_503`, `smtp_451`, `not_connected` …), `not_decided`,
or `letter_` and the state of its letter.

Each process tries its own doors and keeps what it knows of them to itself; where a canary is, the ledger tells.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from intake_daemon import canary, journal
from intake_daemon.contract import Canary, Now, TakesCanaries
from intake_daemon.errors import IntakeError, Temporary
from intake_daemon.settings import Canaries
from intake_daemon.store import Store
from router.ledger import canaries as ledger

if TYPE_CHECKING:
    from intake_daemon.command.house import House

_LOOK = 2.0
"""Seconds between two looks."""
_FIRST = 30.0
"""Seconds after the start until the first go in."""
_SOON = 300.0
"""Seconds until a silent door is tried again."""
_KEPT = timedelta(days=8)
"""A day longer than `intake reconcile` looks back: one that lies in a mailbox still is no complaint that is missing."""
_SWEEP = 3600.0
_THROUGH = frozenset({"", "sent", "delivered"})
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- where a listener on all addresses is reached


async def sweep(store: Store, now: Now) -> None:
    """Runs for ever. What is left of canaries goes when it is old, also where none are sent any more."""
    while True:
        try:
            await swept(store, now)
        except Temporary:
            pass  # in an hour, then
        except Exception as error:  # noqa: BLE001 -- who only tidies up must not break what works
            journal.failed("canaries", error)
        await asyncio.sleep(_SWEEP)


async def swept(store: Store, now: Now) -> int:
    """Once, all that are old; how many. Raises Temporary."""
    before, many = (now() - _KEPT).timestamp(), 0
    while some := await store.write(lambda connection: ledger.sweep(connection, before)):
        many += some
    return many


@dataclass
class Door:
    """One door, as this process knows it. Times are monotonic."""

    name: str
    connector: TakesCanaries
    brands: tuple[str, ...]
    due: float
    turn: int = 0
    out: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    """Canaries on their way: when they went in."""
    codes: dict[str, str] = field(default_factory=dict)
    """Why one did not go in, or where it is."""
    heard: float | None = None
    took: float | None = None
    """Seconds of the last one that came through."""
    silent: float | None = None
    """Since when nothing has come through, while it is silent."""
    code: str = ""


@dataclass
class Aviary:
    """The canaries of one process."""

    house: House
    settings: Canaries
    doors: list[Door] = field(default_factory=list)
    _going: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Runs for ever; a fault of ours in here stops nothing else."""
        self.open(time.monotonic() + _FIRST)
        try:
            while True:
                try:
                    await self.look(time.monotonic())
                except Exception as error:  # noqa: BLE001 -- who only tries must not break what works
                    journal.failed("canaries", error)
                await asyncio.sleep(_LOOK)
        finally:
            for task in self._going:
                task.cancel()

    def open(self, first: float) -> None:
        """The doors that are tried, from then on."""
        for name, connector in self.house.connectors.items():
            wanted = not self.settings.doors or name in self.settings.doors
            if not wanted or not isinstance(connector, TakesCanaries):
                continue
            brands = tuple(connector.tried_for())
            if brands and (self.settings.append or not connector.leaves_traces):
                self.doors.append(Door(name, connector, brands, first))

    async def look(self, now: float) -> None:
        """Send what is due, and see what has come through."""
        for door in self.doors:
            if door.due <= now:
                door.due = now + self.settings.minutes * 60
                self._send(door, now)
        seen = await self._seen()
        for door in self.doors:
            self._judge(door, seen, now)

    def _send(self, door: Door, now: float) -> None:
        brand = door.brands[door.turn % len(door.brands)]
        door.turn += 1
        named = str(uuid.uuid4())
        one = Canary(
            id=named,
            brand=brand,
            subject=canary.SUBJECT,
            text=canary.said(self.house.configuration.rules.key, named, door.name, brand),
            address=self.settings.address or canary.NOWHERE,
            web=self._web(),
            seconds=self.settings.patience_minutes * 60,
        )
        door.out[named] = now, self.house.now()
        task = asyncio.create_task(self._bring(door, one), name=f"canary {door.name}")
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def _bring(self, door: Door, one: Canary) -> None:
        try:
            await door.connector.bring(one)
        except IntakeError as error:
            door.codes[one.id] = error.code
        except Exception as error:  # noqa: BLE001 -- a fault of ours is a silent door
            journal.failed(f"canary {door.name}", error)
            door.codes[one.id] = "failed"

    def _web(self) -> str:
        if self.settings.web or self.house.web is None:
            return self.settings.web
        try:
            host, port = self.house.web.address("public")
        except KeyError:
            return ""
        host = _ANYWHERE.get(host, host)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def _seen(self) -> Mapping[str, ledger.Sighting]:
        out = [(named, at) for door in self.doors for named, (_, at) in door.out.items()]
        if not out:
            return {}
        since = (min(at for _, at in out) - timedelta(minutes=1)).timestamp()
        names = [named for named, _ in out]
        try:
            return await self.house.store.read(lambda connection: ledger.seen(connection, names, since))
        except Temporary:
            return {}

    def _judge(self, door: Door, seen: Mapping[str, ledger.Sighting], now: float) -> None:
        for named, (went, _) in sorted(door.out.items(), key=lambda each: each[1][0]):
            sighting = seen.get(named)
            if sighting is not None and sighting.letter in _THROUGH:
                self._heard(door, went, now)
            elif now - went > self.settings.patience_minutes * 60 and door.silent is None:
                where = f"letter_{sighting.letter}" if sighting else door.codes.get(named, "not_decided")
                door.silent, door.code = (door.heard or went), where
                door.due = min(door.due, now + _SOON)
                journal.canary_silent(door.name, where, now - door.silent)
        if door.silent is not None:  # none is waited for for ever
            late = now - 2 * self.settings.patience_minutes * 60
            door.out = {named: each for named, each in door.out.items() if each[0] > late}
            door.due = min(door.due, now + _SOON)
        door.codes = {named: code for named, code in door.codes.items() if named in door.out}

    def _heard(self, door: Door, went: float, now: float) -> None:
        silent = None if door.silent is None else now - door.silent
        door.took, door.heard, door.silent, door.code = now - went, now, None, ""
        door.out = {other: each for other, each in door.out.items() if each[0] > went}
        journal.canary_heard(door.name, door.took, silent=silent)

    def plain(self, now: float) -> dict[str, dict[str, Any]]:
        """For `intake status`: each door, and since how many seconds what was heard of it."""
        return {
            door.name: {
                "silent": None if door.silent is None else round(now - door.silent),
                "code": door.code,
                "heard": None if door.heard is None else round(now - door.heard),
                "seconds": None if door.took is None else round(door.took, 1),
            }
            for door in self.doors
        }

    def notes(self) -> dict[str, str]:
        """For `/health/ready`: the silent doors."""
        now = time.monotonic()
        return {
            f"canary {name}": f"silent for {each['silent'] // 60} min ({each['code']})"
            for name, each in self.plain(now).items()
            if each["silent"] is not None
        }
