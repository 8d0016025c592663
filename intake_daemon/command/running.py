"""`intake run`: the daemon, until it is told to stop.

SIGTERM and SIGINT drain and end it; SIGHUP reads policies, handlers, routing and texts again, and keeps the old ones
on a fault. Under systemd (`Type=notify`) it says READY when the doors are open.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import time
from importlib.metadata import version
from pathlib import Path

from intake_daemon import journal
from intake_daemon.command import configuration, office
from intake_daemon.command.building import build
from intake_daemon.command.house import Half, House
from intake_daemon.errors import BadSettings, Fault, Temporary
from intake_daemon.lines import open_journal


def run(config: Path | None, *, only: str | None) -> int:
    """The exit status."""
    if only not in {None, "intake", "router"}:
        raise BadSettings([Fault("intake run --only", 0, f"there is no half {only!r}.", "Write intake or router.")])
    configured = configuration.read(configuration.find(config))
    for warning in configured.warnings:
        print(f"warning: {warning}")
    open_journal(configured.settings.journal.form, level=configured.settings.journal.level)
    journal.started(version("intake-daemon"), os.getpid())
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(_serve(configured, only))


def new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's: less time per socket, the same promises."""
    import uvloop

    return uvloop.new_event_loop()


async def _serve(configured: configuration.Configuration, only: str | None) -> int:
    house = await _built(configured, only)
    await house.run()
    # what was loaded stays: a full collection that looked at all of it would stop every session for 50 ms and more
    gc.collect()
    gc.freeze()
    notify("READY=1")
    await until_told(house)
    notify("STOPPING=1")
    await house.close()
    return 1 if house.failed else 0


async def _built(configured: configuration.Configuration, only: str | None) -> House:
    """The database may come up later than we do."""
    half: Half = "intake" if only == "intake" else "router" if only else "both"
    outage = journal.Outage("database")
    while True:
        try:
            house = await build(configured, half=half, routes=office.routes)
        except Temporary as error:
            outage.begin(error.code, time.monotonic())
            await asyncio.sleep(2.0)
        else:
            outage.end(time.monotonic())
            return house


async def until_told(house: House) -> None:
    """Returns on SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    loop.add_signal_handler(signal.SIGHUP, house.reload_soon)
    await stop.wait()


def notify(state: str) -> None:
    """Tell systemd, if it listens (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.connect("\0" + address[1:] if address.startswith("@") else address)
        told.send(state.encode())
