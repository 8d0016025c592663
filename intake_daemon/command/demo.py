"""`intake run --demo`: the whole way on one machine, with complaints of our own, sent through the real front doors.

Everything it keeps lies under `var/demo`; letters go into the Maildir `var/demo/outbox` and nowhere else. What was sent
is written down after its door said "received", so a demo that was killed goes on where it was, and a second start sends
nothing again. `BROKER=amqp://…` takes the letters through RabbitMQ instead of the embedded broker.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import policy
from email.parser import BytesParser
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import AnyUrl, ValidationError

from intake_daemon import journal
from intake_daemon.command import configuration, office, samples
from intake_daemon.command.building import build
from intake_daemon.command.configuration import Configuration
from intake_daemon.command.house import House
from intake_daemon.command.running import new_loop, until_told
from intake_daemon.command.samples import Sample
from intake_daemon.errors import BadSettings, Fault, Temporary
from intake_daemon.events import encoded
from intake_daemon.lines import open_journal
from router.ledger import gauges, lives

PATIENCE = 60.0
"""Seconds that one complaint may take from its door to its letter, on a very slow machine."""
SHOWN = "mail/01-en-welzo-charged-twice.eml"
"""Whose letter and event are shown whole."""


def run(config: Path | None, *, once: bool) -> int:
    """The exit status: 0, or 1 when something did not come through."""
    configured = for_demo(configuration.read(config or configuration.shipped("config")))
    var = configured.settings.var
    var.mkdir(parents=True, exist_ok=True)
    with (var / "journal.log").open("a", encoding="utf-8") as log:
        open_journal("json", to=log)
        journal.started(version("intake-daemon"), os.getpid())
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(_show(configured, once=once))


def for_demo(configured: Configuration) -> Configuration:
    """The same, with every letter into a folder, taken ports passed over, and the broker of `BROKER`."""
    settings = configured.settings
    if not settings.demo:
        problem = "this is no demo configuration."
        raise BadSettings([Fault(str(configured.folder / "intake.yaml"), 0, problem, "Leave --demo out.")])
    connectors = {}
    for name, each in settings.connectors.items():
        changes: dict[str, Any] = {}
        if each.kind == "mail":
            changes = {"maildir": settings.var / "outbox", "host": None}
        elif each.kind == "smtp":
            changes = {"next_port": True}
        connectors[name] = each.model_copy(update=changes)
    changed: dict[str, Any] = {"connectors": connectors}
    if broker := os.environ.get("BROKER"):
        try:
            scheme = AnyUrl(broker).scheme
        except ValidationError:
            scheme = ""
        if scheme not in {"amqp", "amqps"}:
            raise BadSettings([Fault("BROKER", 0, "this is no broker's address.", "Write BROKER=amqp://user:…@host/")])
        changed["broker"] = broker
    return replace(configured, settings=settings.model_copy(update=changed))


@dataclass
class Told:
    """Which samples were sent, and how often."""

    path: Path

    def times(self) -> dict[str, int]:
        """Per sample."""
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def add(self, sample: Sample) -> None:
        """One more; whole or not at all."""
        times = self.times()
        times[sample.file] = times.get(sample.file, 0) + 1
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(times))
        new.replace(self.path)


async def _show(configured: Configuration, *, once: bool) -> int:
    house = await build(configured, routes=office.routes, next_free=True)
    await house.run()
    try:
        well = await _shown(house)
        if not once:
            await until_told(house)
    finally:
        await house.close()
    return 0 if well and not house.failed else 1


async def _shown(house: House) -> bool:
    var = house.configuration.settings.var
    host, port = await mail_door(house)
    web = house.web.url("public") if house.web else ""
    internal = house.web.url("internal") if house.web else ""
    broker = "embedded broker" if house.configuration.settings.broker == "embedded" else "RabbitMQ"
    print(f"intake-daemon {version('intake-daemon')} · demo · {broker}, SQLite, everything under {var}/")
    print(f"listening: mail smtp://{host}:{port} · forms {web}/forms/<brand> · metrics {internal}/metrics")
    told = Told(var / "sent.json")
    sent = told.times()
    waiting = [sample for sample in samples.read() if sent.get(sample.file, 0) < sample.times]
    if sent:
        print(f"{sum(sent.values())} complaints were sent before; nothing is sent again{_open(await _overview(house))}")
    first: str | None = None
    for sample in waiting:
        for _ in range(sample.times - sent.get(sample.file, 0)):
            before = await _counted(house)
            await asyncio.to_thread(samples.send, sample, (host, port), web)
            told.add(sample)
            await _came_through(house, before)
        line = await house.store.read(lives.last_life) or ""
        print(_clipped(f"{line}{f'  ({sample.times}x)' if sample.times > 1 else ''}"))
        if sample.file == SHOWN:
            first = line.split()[4]
    await _nothing_on_its_way(house)
    overview = await _overview(house)
    print(overview.balance)
    if first is not None:
        await _print_letter(house, first)
    print(_next(host, port, web, var, first))
    sys.stdout.flush()
    return overview.unaccounted == 0


@dataclass(frozen=True)
class Overview:
    """The balance, in a line."""

    balance: str
    unaccounted: int
    open: int


def _open(overview: Overview) -> str:
    return f"; {overview.open} cases are open"


async def _overview(house: House) -> Overview:
    counted = await house.store.read(lives.balance)
    parts = " + ".join(f"{counted[name]} {name}" for name in ("cases", "joined", "machine", "aside", "parked"))
    line = f"balance: {counted['in']} contacts in = {parts} + {counted['unaccounted']} unaccounted"
    return Overview(line, counted["unaccounted"], counted["open"])


async def _counted(house: House) -> int:
    """Contacts with their repeats: grows by one for whatever comes through a door."""
    return await house.store.read(lives.seen)


async def _came_through(house: House, before: int) -> None:
    """Wait until the next contact is decided and answered."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        await asyncio.sleep(0.01)
        try:
            if await _counted(house) > before and await house.store.read(lives.last_life) is not None:
                return
        except Temporary:
            continue
    raise SystemExit("a complaint did not come through within a minute; see the journal in var/demo/journal.log")


async def _nothing_on_its_way(house: House) -> None:
    """Wait for the letters that a kill left in doubt: they go a second time, a few seconds later."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        steps = await house.store.read(gauges.waiting)
        if not any(steps[step].many for step in ("outbox", "notices_owed", "notices_released", "notices_deferred")):
            return
        await asyncio.sleep(0.05)


def _clipped(line: str) -> str:
    width = 160
    return line if len(line) <= width else line[: width - 1] + "…"


async def mail_door(house: House) -> tuple[str, int]:
    """Where mail is taken, once it is."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for connector in house.connectors.values():
            if (bound := getattr(connector, "bound", None)) is not None:
                return str(bound[0]), int(bound[1])
        await asyncio.sleep(0.02)
    raise SystemExit("the mail door did not open; see the journal in var/demo/journal.log")


async def _print_letter(house: House, reference: str) -> None:
    """A letter as the customer got it, and an event as a case system got it."""
    for path in sorted((house.configuration.settings.var / "outbox" / "new").iterdir()):
        letter = BytesParser(policy=policy.default).parsebytes(await asyncio.to_thread(path.read_bytes))
        if reference in letter["Subject"] and letter["Auto-Submitted"] == "auto-replied":
            print("a letter, as the customer got it:")
            print("\n".join(f"  {line}".rstrip() for line in _letter_lines(letter)))
            break
    event = await house.store.read(lambda connection: lives.first_event(connection, reference))
    installation = house.configuration.settings.installation.name
    print("an event, as a case system got it:")
    print(f"  {encoded(event, installation).decode()}")


def _letter_lines(letter: Any) -> Iterator[str]:  # noqa: ANN401 -- the library's own
    yield f"From: {letter['From']}  To: {letter['To']}"
    yield f"Subject: {letter['Subject']}"
    yield from letter.get_content().strip().split("\n")


def _next(host: str, port: int, web: str, var: Path, reference: str | None) -> str:
    case = reference or "REFERENCE"
    intake = called()
    return (
        f"what next: fill in {web}/forms/welzo · chat at {web}/chat/kontakt · mail over {host}:{port}, e.g.\n"
        f"  {intake} send MAIL.eml      letters lie in {var}/outbox/new\n"
        f"  {intake} trace {case}   why it went where it went      {intake} events --follow   what case systems hear\n"
        "  kill -9 it and start it again: nothing is lost, nobody is answered twice. Ctrl-C ends it."
    )


def called() -> str:
    """The command as one would type it here."""
    typed = Path(sys.argv[0])
    try:
        return str(typed.resolve().relative_to(Path.cwd())) if typed.name == "intake" else "intake"
    except ValueError:
        return "intake"
