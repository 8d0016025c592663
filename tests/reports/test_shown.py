"""How a report is shown: words, tables, sheet, page, and only what the policy wants shown."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from intake_daemon import events
from router.reports import Month, page, sheet, show
from router.reports.sections import LISTED, sections
from router.reports.words import change, share, took
from tests.reports.histories import History, made, on
from tests.reports.shop import november
from tests.services.chromium import Chromium


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "-"), (0, "0 min"), (59, "0 min"), (3 * 60, "3 min"), (5 * 3600 + 720, "5 h 12 min"), (90_000, "1 d 1 h")],
)
def test_times_taken_in_words(seconds: int | None, said: str) -> None:
    """Days and hours, hours and minutes, minutes."""
    assert took(seconds) == said


def test_shares_and_changes() -> None:
    """Not quite all is never 100 %, not quite none never 0 %; of nothing there is no share."""
    assert [share(999, 1000), share(1, 1000), share(3, 3), share(0, 3), share(0, 0)] == [
        "99 %",
        "1 %",
        "100 %",
        "0 %",
        "-",
    ]
    assert [change(3, 1), change(1, 3), change(2, 2)] == ["+2", "-2", "="]


@pytest.mark.parametrize("written", ["2026-13", "2026-00", "2026-1", "0000-05", "november", "2026-11-01", ""])
def test_month_that_is_none(written: str) -> None:
    """A month is four digits and two, nothing else; the fault says how to write it."""
    with pytest.raises(ValueError, match="Write it like 2026-11"):
        Month.parse(written)
    assert Month.parse("2026-01").before == Month(2025, 12)
    assert Month.parse("2026-12").after == Month(2027, 1)


def test_sheet_holds_every_number_of_the_json() -> None:
    """AT-L03, AT-W27: CSV has one number a line, each number of the month once, with the month before beside it."""
    report = made(november())
    lines = list(csv.DictReader(io.StringIO(sheet(report))))
    keys = [(line["section"], line["item"], line["measure"]) for line in lines]
    assert len(keys) == len(set(keys))
    found = {key: (line["value"], line["before"]) for key, line in zip(keys, lines, strict=True)}
    assert found["flow", "", "received"] == (str(report.figures.flow.received), str(report.before.flow.received))
    topic = report.figures.topics[0]
    assert found["topics", topic.name, "longest"][0] == str(topic.longest)
    assert sum(int(line["value"] or 0) for line in lines if line["section"] == "days") == report.figures.flow.received
    numbers = re.findall(r": (\d+)[,\n]", json.dumps(json.loads(report.to_json())["figures"], indent=1))
    assert len(numbers) <= len(lines)


def test_sheet_is_no_formula() -> None:
    """A code that a spreadsheet would compute is written as text."""
    history = History(1).received(on(2))
    history.add(on(3), events.CauseRecorded(cause="=1+1", by="ann"))
    assert "'=1+1" in sheet(made([history]))
    assert ",=1+1" not in sheet(made([history]))


def test_policy_says_what_is_shown() -> None:
    """`report.show` without `cause` shows no causes; what it has no word for is shown where there is something."""
    everything = [each.key for each in sections(made(november()))]
    assert {"flow", "topics", "causes", "promises", "late", "survey", "course", "improvements"} <= set(everything)
    some = [each.key for each in sections(made(november(), show=("count", "topic", "late")))]
    assert {"causes", "channels", "times", "improvements"}.isdisjoint(some)
    assert {"flow", "topics", "promises", "survey", "course"} <= set(some)


def test_terminal_says_it_all() -> None:
    """Every section with its title, every row with its numbers."""
    report = made(november())
    out = io.StringIO()
    show(report, out)
    for section in sections(report):
        assert section.title in out.getvalue()
        for row in section.rows[:LISTED]:
            assert row[0] in out.getvalue()
    assert "complaints in November 2026" in out.getvalue()


def test_page_fetches_and_runs_nothing() -> None:
    """AT-L03: one file; no script, no address of anything else, and it forbids itself both."""
    text = page(made(november()))
    assert "<script" not in text
    assert not re.search(r"(src|href)=|url\(|https?:", text)
    assert "default-src 'none'" in text
    assert text.count("<svg") > 10


def test_page_escapes() -> None:
    """A code that looks like a tag stays text."""
    history = History(1).received(on(2), "<script>1</script>")
    assert "<script" not in page(made([history]))


@pytest.mark.parametrize("width", [360, 1280])
async def test_page_in_a_browser(chromium: Chromium, tmp_path: Path, width: int) -> None:
    """Without JavaScript, on a telephone and on a desk: nothing is wider than the screen, nothing is asked of anybody,
    bars have a length and texts their size."""
    file = tmp_path / "report.html"
    file.write_text(page(made(november())), encoding="utf-8")
    async with chromium.page(width=width) as shown:
        asked: list[str] = []
        said: list[str] = []
        shown.on("request", lambda request: asked.append(request.url))
        shown.on("console", lambda message: said.append(message.text))
        await shown.goto(file.as_uri())
        assert asked == [file.as_uri()]
        assert said == []
        assert await shown.evaluate("document.documentElement.scrollWidth") <= width
        bars = await shown.evaluate("[...document.querySelectorAll('rect')].map(r => r.getBoundingClientRect().width)")
        assert len(bars) > 50
        assert min(bars) > 0
        sizes = "[...document.querySelectorAll('td, th, p, dd, dt')].map(e => parseFloat(getComputedStyle(e).fontSize))"
        assert min(await shown.evaluate(sizes)) >= 13
        assert await shown.title() == "Welzo Limited: complaints in November 2026"
