"""The office of the acceptance rows, and the table that `make acceptance` prints.

A test names its row: `@pytest.mark.row("AT-W07")`, and where it runs below the front doors (a channel whose connector
is another's, a rule that only the record shows) also the level: `@pytest.mark.row("AT-A12", level="message")`.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from intake_daemon.command import configuration
from intake_daemon.command.building import build
from intake_daemon.command.configuration import Configuration
from tests.acceptance.office import Clock, Office

HERE = Path(__file__).parent
ROWS = {row["id"]: row for row in csv.DictReader((HERE / "rows.csv").open(encoding="utf-8"))}
_passed: dict[str, list[tuple[bool, str]]] = {}


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
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A house with its doors open, and a clock that stands still until it is moved."""
    clock = Clock()
    house = await build(arranged(tmp_path / "var"), now=clock)
    await house.run()
    try:
        yield Office(house, clock, tmp_path / "var" / "outbox")
    finally:
        await house.close()


def pytest_configure(config: pytest.Config) -> None:
    """The marker."""
    config.addinivalue_line(
        "markers", "row(id, level='doors'): the acceptance row that a test shows, and at which level"
    )


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def] # noqa: ANN201 -- pytest's own
    """Notes what became of each row."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" or report.failed:
        for mark in item.iter_markers("row"):
            level = mark.kwargs.get("level", "doors")
            for row in mark.args:
                _passed.setdefault(row, []).append((report.passed, level))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table: row, passed, at which level."""
    if not config.getoption("--rows", default=False):
        return
    for row, told in ROWS.items():
        found = _passed.get(row)
        state = "no test" if not found else "passed" if all(passed for passed, _ in found) else "FAILED"
        levels = " ".join(sorted({level for _, level in found or ()}))
        terminalreporter.write_line(f"{row}  {state:8} {levels:8} {told['company']:10} {told['given'][:80]}")
    shown = [row for row in ROWS if _passed.get(row) and all(passed for passed, _ in _passed[row])]
    terminalreporter.write_line(f"{len(shown)} of {len(ROWS)} rows are shown")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rows` prints the table."""
    parser.addoption("--rows", action="store_true", help="print the table of acceptance rows")
