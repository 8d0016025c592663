"""`intake report`: through the daemon's socket, and the same from the database while none runs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from router.reports import Report
from tests.command.conftest import ANN, FORM, Shop, quiet_shop

__all__ = ["quiet_shop"]  # a fixture of the commands
_HERE = ZoneInfo("Europe/London")


def test_report_through_the_daemon_and_without(quiet_shop: Shop, tmp_path: Path) -> None:
    """The month's complaint is in it, on the socket as from the database alone; another brand's is not."""
    quiet_shop.daemon.start()
    assert quiet_shop.ask("send", ANN, FORM).status == 0
    quiet_shop.settled(2)
    month = f"{datetime.now(UTC).astimezone(_HERE):%Y-%m}"
    through = Report.model_validate(quiet_shop.ask("report welzo", "--month", month, "--json").json)
    quiet_shop.daemon.stop()
    alone = Report.model_validate(quiet_shop.ask("report welzo", "--month", month, "--json").json)
    assert through.figures == alone.figures
    assert through.figures.flow.received == 1
    assert [row.name for row in through.figures.channels] == ["email"]
    assert not through.complete
    told = quiet_shop.ask("report welzo", "--month", month).out
    assert "complaints received" in told
    lines = list(csv.DictReader(io.StringIO(quiet_shop.ask("report welzo", "--csv", "--month", month).out)))
    assert {"section": "flow", "measure": "received", "value": "1"}.items() <= lines[4].items()
    page = tmp_path / "report.html"
    assert quiet_shop.ask("report welzo", "--month", month, "--html", page).out == f"written: {page}\n"
    assert "Welzo Limited" in page.read_text(encoding="utf-8")
    assert quiet_shop.ask("report welzo").status == 0, "the last month that is over"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("report", "welzzo"), "There is no brand 'welzzo'. There are: ask4, kontakt, logoscon, welzo."),
        (("report", "welzo", "--month", "November"), "'November' is no month. Write it like 2026-11."),
        (("report", "welzo", "--month", "2999-01"), "2999-01 has not begun."),
        (("report", "welzo", "--csv", "--json"), "Say one of --json, --csv and --html."),
        (("report", "welzo", "--html", "/proc/none/report.html"), "cannot be written"),
    ],
)
def test_what_cannot_be_is_said(empty: Shop, typed: tuple[str, ...], said: str) -> None:
    """A brand, a month or a file that cannot be: what to write, exit 1."""
    found = empty.ask(" ".join(typed))
    assert found.status == 1
    assert said in found.err


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """An installation whose ledger is made and empty."""
    from tests.walk.daemon import Installation

    place = Installation(tmp_path_factory.mktemp("empty"))
    found = Shop(place, place.add())
    assert found.ask("ledger migrate").status == 0
    return found
