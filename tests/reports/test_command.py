"""`intake report`: through the daemon's socket, and the same from the database while none runs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake_daemon.command import reporting
from intake_daemon.command.options import Mistyped
from router.api import Refusal
from router.api.reports import asked_month
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
    assert [each.number for each in through.figures.times if each.name == "acknowledgement"] == [1]
    assert [(each.basis, each.kept, each.late) for each in through.figures.promises if each.name == "ack"] == [
        ("policy", 1, 0)
    ]
    assert not through.complete
    lines = list(csv.DictReader(io.StringIO(quiet_shop.ask("report welzo", "--csv", "--month", month).out)))
    assert {"section": "flow", "measure": "received", "value": "1"}.items() <= lines[4].items()
    page = tmp_path / "report.html"
    assert quiet_shop.ask("report welzo", "--month", month, "--html", page).out == f"written: {page}\n"
    assert "Welzo Limited" in page.read_text(encoding="utf-8")
    assert "complaints received" in quiet_shop.ask("report welzo").out, "the last month that is over"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("report", "welzzo"), "There is no brand 'welzzo'. There are: ask4, kontakt, logoscon, welzo."),
        (("report", "welzo", "--month", "November"), "'November' is no month. Write it like 2026-11."),
        (("report", "welzo", "--csv", "--json"), "Say one of --json, --csv and --html."),
    ],
)
def test_what_cannot_be_is_said(empty: Shop, typed: tuple[str, ...], said: str) -> None:
    """A brand, a month or a file that cannot be: what to write, exit 1."""
    found = empty.ask(" ".join(typed))
    assert found.status == 1
    assert said in found.err


def test_month_to_come_and_file_that_cannot_be_written() -> None:
    """A month that has not begun has no report; where the page cannot be written, the path is said."""
    with pytest.raises(Refusal) as refused:
        asked_month("2026-12", _HERE, datetime(2026, 11, 30, tzinfo=UTC))
    assert refused.value.detail == "2026-12 has not begun. Ask for 2026-11 or earlier."
    assert str(asked_month("", _HERE, datetime(2026, 11, 30, tzinfo=UTC))) == "2026-10"
    with pytest.raises(Mistyped) as mistyped:
        reporting.write(Path("/proc/none/report.html"), "")
    assert "/proc/none/report.html cannot be written" in mistyped.value.detail


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """An installation whose ledger is made and empty."""
    from tests.walk.daemon import Installation

    place = Installation(tmp_path_factory.mktemp("empty"))
    found = Shop(place, place.add())
    assert found.ask("ledger migrate").status == 0
    return found
