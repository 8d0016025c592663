"""The table that `make acceptance` prints: each row of rows.csv, whether its tests passed, and at which level.

A plugin for all tests, since some rows are shown where what they speak of is tested anyway (the walks that kill
processes, a channel's own tests). A test names its row: `@pytest.mark.row("AT-W07")`, and where it runs below the front
doors also the level: `@pytest.mark.row("AT-X12", level="connector")`. Each row is shown at the doors, and some below
them too. `--rows` runs only such tests and prints the table.
"""

from __future__ import annotations

import csv
from collections.abc import Generator
from pathlib import Path

import pytest

ROWS = {
    row["id"]: row
    for row in csv.DictReader((Path(__file__).parent / "rows.csv").read_text(encoding="utf-8").splitlines())
}
_PROPERTY = "row"
_told: dict[str, list[tuple[str, str]]] = {}
"""Per row, of each test that shows it: what became of it, and its level."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rows` prints the table."""
    parser.addoption("--rows", action="store_true", help="run what shows an acceptance row, and print the table")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--rows`, only the tests that show a row. No test names a row that there is none of."""
    unknown = {row for item in items for mark in item.iter_markers("row") for row in mark.args if row not in ROWS}
    if unknown:
        raise pytest.UsageError(f"no such rows: {' '.join(sorted(unknown))}")
    if config.getoption("--rows"):
        others = [item for item in items if item.get_closest_marker("row") is None]
        items[:] = [item for item in items if item.get_closest_marker("row") is not None]
        config.hook.pytest_deselected(items=others)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Writes a test's rows into its report, which also comes from another process."""
    report = yield
    for mark in item.iter_markers("row"):
        report.user_properties += [(_PROPERTY, f"{row} {mark.kwargs.get('level', 'doors')}") for row in mark.args]
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Notes what became of each row."""
    if report.when == "call" or not report.passed:
        for name, said in report.user_properties:
            if name == _PROPERTY:
                row, level = str(said).split()
                _told.setdefault(row, []).append((report.outcome, level))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table: row, passed, at which level."""
    if not config.getoption("--rows"):
        return
    shown = 0
    for row, told in ROWS.items():
        found = _told.get(row, [])
        outcomes = {outcome for outcome, _ in found}
        state = next((each for each in ("failed", "skipped", "passed") if each in outcomes), "no test")
        shown += state == "passed"
        levels = " ".join(sorted({level for _, level in found}))
        terminalreporter.write_line(f"{row}  {state:8} {levels:17} {told['company']:10} {told['given'][:80]}")
    terminalreporter.write_line(f"{shown} of {len(ROWS)} rows are shown")
