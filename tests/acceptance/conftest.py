"""The office of the acceptance rows. How a test names its row, and the table: table.py."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from intake_daemon.command import configuration
from intake_daemon.command.building import build
from intake_daemon.command.configuration import Configuration
from intake_daemon.command.office import routes
from tests.acceptance.office import Clock, Office
from tests.acceptance.windows import with_windows

HERE = Path(__file__).parent


@functools.cache
def shipped() -> Configuration:
    """The shipped configuration, read once."""
    return configuration.read(HERE.parents[1] / "config")


def arranged(var: Path) -> Configuration:
    """The same under `var`, on ports of its own."""
    read = shipped()
    anywhere = type(read.settings.web.public)("127.0.0.1", 0)
    web = read.settings.web.model_copy(update={"public": anywhere, "internal": anywhere})
    connectors = {
        name: each.model_copy(
            update={"listen": anywhere}
            if each.kind == "smtp"
            else {"maildir": var / "outbox"}
            if each.kind == "mail"
            else {}
        )
        for name, each in read.settings.connectors.items()
    }
    return replace(read, settings=read.settings.model_copy(update={"var": var, "web": web, "connectors": connectors}))


@pytest.fixture
async def open_windows(tmp_path: Path) -> AsyncIterator[Office]:
    """The same, with a telephone, a chat and a network that can be answered (windows.py)."""
    clock = Clock()
    configured = with_windows(arranged(tmp_path / "var"), "calls", "chat", "social")
    house = await build(configured, routes=routes, now=clock)
    await house.run()
    try:
        yield Office(house, clock, tmp_path / "var" / "outbox")
    finally:
        await house.close()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A house with its doors open, and a clock that stands still until it is moved."""
    clock = Clock()
    house = await build(arranged(tmp_path / "var"), routes=routes, now=clock)
    await house.run()
    try:
        yield Office(house, clock, tmp_path / "var" / "outbox")
    finally:
        await house.close()
