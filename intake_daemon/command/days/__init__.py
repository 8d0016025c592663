"""`intake run --demo --days N`: whole lives of four cases, day by day, on a clock that jumps from step to step.

The lives are `samples/lives/*.yaml`; customers come by the real doors, staff by mail and by commands, and what the time
brings (warnings, lateness, letters) comes at its moment. Everything lies under `var/demo-days`, which every start
empties: it is a play, and plays from the beginning. Its configuration is a copy of the shipped one, in
`var/demo-days/config`, so every other command finds this house with `-c`.

    lives   the files        doors   how a step comes in        calm   the clock, and waiting        said   the lines
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from intake_daemon import journal
from intake_daemon.command import configuration, demo, office, parts
from intake_daemon.command.building import build
from intake_daemon.command.days import lives
from intake_daemon.command.days.calm import Clock
from intake_daemon.command.days.play import Play
from intake_daemon.command.options import Mistyped
from intake_daemon.command.running import new_loop, until_told
from intake_daemon.lines import open_journal

VAR = Path("var/demo-days")
START = datetime(2026, 11, 20, 8, 0, tzinfo=ZoneInfo("Europe/London"))
"""A Friday."""
PACE = 0.7
"""Seconds for which a line is left alone where a person reads."""


def run(config: Path | None, *, days: int, once: bool) -> int:
    """The exit status: 0, or 1 when a life did not go through. Raises BadSettings, Mistyped."""
    if config is not None:
        raise Mistyped("--days shows the shipped companies. Leave -c out.")
    if days < 1:
        raise Mistyped("Say how many days: --days 12.")
    folder = _fresh()
    configured = demo.for_demo(configuration.read(folder))
    with (VAR / "journal.log").open("a", encoding="utf-8") as log:
        open_journal("json", to=log)
        journal.started(version("intake-daemon"), os.getpid())
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(_played(configured, days, once=once))


def _fresh() -> Path:
    """An empty folder with a copy of the shipped configuration that keeps everything there; its place. Raises
    BadSettings while another process has it."""
    VAR.mkdir(parents=True, exist_ok=True)
    with parts.lock(VAR):
        for each in VAR.iterdir():
            if each.is_dir():
                shutil.rmtree(each)
            elif each.name != "lock":
                each.unlink()
    folder = VAR / "config"
    shutil.copytree(configuration.shipped("config"), folder)
    page = folder / "intake.yaml"
    page.write_text(page.read_text(encoding="utf-8").replace("var/demo", str(VAR)), encoding="utf-8")
    return folder


async def _played(configured: configuration.Configuration, days: int, *, once: bool) -> int:
    clock = Clock(START)
    house = await build(configured, now=clock, routes=office.routes, next_free=True)
    await house.run()
    stopped = asyncio.create_task(until_told(house))
    try:
        host, port = await demo.mail_door(house)
        print(f"intake-daemon {version('intake-daemon')} · {days} days of four companies · everything under {VAR}/")
        print(f"The clock is the demo's own: it starts on {START:%A %d %B %Y} and jumps from step to step.")
        print("What happened → who was told what, and in which language. Times are local.\n")
        pace = PACE if sys.stdout.isatty() and not once else 0.0
        web = house.web.url("public") if house.web else ""
        play = Play(house, clock, (host, port), web, lives.read(), until=START + timedelta(days=days), pace=pace)
        playing = asyncio.create_task(play.whole())
        await asyncio.wait({playing, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            playing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await playing
            return 0
        well = playing.result()
        sys.stdout.flush()
        if not once:
            print("The clock stands still now. Ctrl-C ends it.", flush=True)
            await stopped
    finally:
        stopped.cancel()
        await house.close()
    return 0 if well and not house.failed else 1
