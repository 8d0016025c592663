"""A report as titled tables in words: what the terminal prints and the page shows, with its charts.

The policy's `report.show` chooses which of the sections that it names are shown; what it has no word for (escalations,
survey, what else happened) is shown where there is something to say. JSON and CSV always hold everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from router.reports.model import BUCKETS, Figures, Late, Promise, Report, Row
from router.reports.words import at, change, name, share, took

LISTED = 40
"""Late promises that a section lists; the JSON has them all."""
_SHOWN = {
    "count": ("flow",),
    "topic": ("topics",),
    "channel": ("channels",),
    "cause": ("causes",),
    "outcome": ("outcomes",),
    "time_taken": ("times", "spread"),
    "late": ("promises", "late"),
    "repeat": ("repeats",),
    "improvements": ("improvements",),
}
"""The policy's words and the sections that they mean."""


@dataclass(frozen=True)
class Bar:
    """Parts of a bar in percent of the chart's width, from its left; `before`: of the month before, under it."""

    parts: tuple[tuple[str, float], ...]
    """(colour's name, width)"""
    before: float | None = None


@dataclass(frozen=True)
class Section:
    """A table with its title. Columns from the second on are numbers, but for those named in `texts`."""

    key: str
    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    bars: tuple[Bar, ...] = ()
    """One for each row, or none."""
    texts: frozenset[int] = frozenset({0})


def sections(report: Report) -> list[Section]:
    """Those that are shown, in order."""
    hidden = {key for word, keys in _SHOWN.items() if report.show and word not in report.show for key in keys}
    return [each for each in _all(report) if each.key not in hidden]


def _all(report: Report) -> Iterator[Section]:
    now, before = report.figures, report.before
    yield _flow(now, before)
    yield _repeats(now, before)
    yield from _promises(now, before)
    yield from _times(now, before)
    yield from _spread(now, before)
    yield from _survey(now, before)
    yield from _breakdowns(now, before)
    yield from _course(now, before)
    yield from _improvements(now)
    yield from _late(now, ZoneInfo(report.tz))


def _flow(now: Figures, before: Figures) -> Section:
    names = {
        "received": "complaints received",
        "answered": "answers given",
        "closed": "cases closed",
        "reopened": "cases reopened",
        "open": "open at the end",
        "open_late": "of these past a promised date",
        "set_aside": "found to be none, or part of another",
        "redirected": "redirected to another channel",
        "status_asked": "asked how it stands",
    }
    rows = []
    for field, said in names.items():
        here, there = getattr(now.flow, field), getattr(before.flow, field)
        rows.append((said, str(here), str(there), change(here, there)))
    return Section("flow", "The month in numbers", "", ("", "month", "before", "change"), tuple(rows))


def _promises(now: Figures, before: Figures) -> Iterator[Section]:
    if not now.promises:
        return
    earlier = {(each.basis, each.law, each.name, each.stage): each for each in before.promises}
    rows, bars = [], []
    for each in now.promises:
        past = earlier.get((each.basis, each.law, each.name, each.stage))
        rows.append(
            (
                _clock(each),
                each.basis,
                str(each.kept),
                str(each.late),
                share(each.kept, each.decided),
                share(past.kept, past.decided) if past else "-",
                str(each.met_late),
                took(each.worst),
            )
        )
        kept = 100 * each.kept / each.decided
        bars.append(Bar((("kept", kept), ("late", 100 - kept))))
    head = ("clock", "word of", "kept", "late", "in time", "before", "met since", "latest by")
    note = (
        "Each clock counts once: when it was met, or when it ran out, whichever came first. Late stays late. "
        "Policy and law are promises; a target is our own and was promised to nobody."
    )
    yield Section("promises", "Promises kept", note, head, tuple(rows), tuple(bars), frozenset({0, 1}))


def _late(now: Figures, zone: ZoneInfo) -> Iterator[Section]:
    promised = [each for each in now.late if each.basis != "target"]
    if not promised:
        return
    rows = tuple(
        (
            each.reference,
            _clock(each),
            each.basis,
            at(each.due, zone),
            at(each.met_at, zone) if each.met_at else "not yet",
        )
        for each in promised[:LISTED]
    )
    more = len(promised) - LISTED
    note = f"The first {LISTED}; {more} more are in the JSON." if more > 0 else ""
    head = ("case", "clock", "word of", "ran out", "met")
    yield Section("late", "Promises that ran out", note, head, rows, texts=frozenset(range(5)))


def _clock(named: Promise | Late) -> str:
    """As in `result`, or `gb_rights_request: answer` of a law; a clock of a later stage carries its own name."""
    return f"{named.law}: {named.name}" if named.law else named.name


def _times(now: Figures, before: Figures) -> Iterator[Section]:
    earlier = {each.name: each.median for each in before.times}
    rows = tuple(
        (
            name(each.name),
            str(each.number),
            took(each.median),
            took(earlier.get(each.name)),
            took(each.longest),
            each.longest_case or "-",
        )
        for each in now.times
        if each.number
    )
    if rows:
        note = "Of the steps that were done in this month, whenever the complaint was received."
        head = ("step", "number", "median", "before", "longest", "in case")
        yield Section("times", "Time taken", note, head, rows, texts=frozenset({0, 5}))


def _spread(now: Figures, before: Figures) -> Iterator[Section]:
    if not any(now.spread):
        return
    labels = [f"up to {days} {'day' if days == 1 else 'days'}" for days in BUCKETS] + [f"over {BUCKETS[-1]} days"]
    past = before.spread or (0,) * len(labels)
    rows = tuple((label, str(here), str(there)) for label, here, there in zip(labels, now.spread, past, strict=False))
    head = ("days to the first answer", "answers", "before")
    yield Section("spread", "How long answers took", "", head, rows, _bars(now.spread, past))


def _breakdowns(now: Figures, before: Figures) -> Iterator[Section]:
    notes = {
        "topics": "again: from somebody who had complained about the same topic within the twelve months before.",
        "causes": "As recorded when this report was made.",
        "outcomes": "Received: as they stand when this report was made. Answered, closed: in this month.",
    }
    for field, title in (("topics", "topic"), ("channels", "channel"), ("causes", "cause"), ("outcomes", "outcome")):
        rows: tuple[Row, ...] = getattr(now, field)
        past = {row.name: row.received for row in getattr(before, field)}
        if not rows:
            continue
        head = (title, "received", "before", "change", "again", "answered", "median", "longest", "late", "closed")
        yield Section(
            field,
            f"By {title}",
            notes.get(field, ""),
            head,
            tuple(_row(row, past.get(row.name, 0)) for row in rows),
            _bars([row.received for row in rows], [past.get(row.name, 0) for row in rows]),
        )


def _row(row: Row, past: int) -> tuple[str, ...]:
    counts = (row.received, past)
    return (
        name(row.name),
        *map(str, counts),
        change(*counts),
        str(row.again),
        str(row.answered),
        took(row.median),
        took(row.longest),
        str(row.late),
        str(row.closed),
    )


def _repeats(now: Figures, before: Figures) -> Section:
    names = {
        "again": "from somebody who had complained within the twelve months before",
        "same_topic": "of these about the same topic",
        "linked": "linked to another case",
    }
    rows = []
    for field, said in names.items():
        here, there = getattr(now.repeats, field), getattr(before.repeats, field)
        rows.append((said, str(here), str(there), change(here, there)))
    return Section("repeats", "What came again", "", ("complaints received", "month", "before", "change"), tuple(rows))


def _course(now: Figures, before: Figures) -> Iterator[Section]:
    here, there = dict(_happened(now)), dict(_happened(before))
    rows = [
        (what, str(here.get(what, 0)), str(there.get(what, 0)), change(here.get(what, 0), there.get(what, 0)))
        for what in dict.fromkeys((*here, *there))
    ]
    if rows:
        yield Section("course", "What else happened", "", ("", "month", "before", "change"), tuple(rows))


def _happened(figures: Figures) -> Iterator[tuple[str, int]]:
    course = figures.course
    found = [
        ("news of progress", course.progress),
        ("holding notices", course.holding),
        *(
            (f"extensions of {each.name}{f', {name(each.reason)}' if each.reason else ''}", each.number)
            for each in course.extensions
        ),
        *((f"escalations to {name(each.name)}", each.number) for each in course.escalations),
        *((f"escalations noted, {name(each.name)}", each.number) for each in course.noted),
        ("deadlocks declared", course.deadlocks),
        *((f"referred to {each.name}", each.referred) for each in course.external),
        *((f"decided by {each.name}", each.decided) for each in course.external),
        *((f"{name(each.name)} by law", each.number) for each in course.deemed),
        *((f"rights requests, {name(each.name)}", each.number) for each in course.rights),
        ("conduct flagged", course.flagged),
        ("further help declined", course.declined),
    ]
    return ((what, number) for what, number in found if number)


def _improvements(now: Figures) -> Iterator[Section]:
    if now.improvements:
        rows = tuple((each.name, str(each.since), " ".join(each.cases)) for each in now.improvements)
        note = "Recorded for a case in this month; with every case that each is linked to. Its words: intake case."
        head = ("improvement", "since", "cases")
        yield Section("improvements", "Improvements", note, head, rows, texts=frozenset(range(3)))


def _survey(now: Figures, before: Figures) -> Iterator[Section]:
    if not (now.survey.asked or now.survey.answers or before.survey.answers):
        return
    here, there = now.survey, before.survey
    rows: list[tuple[str, ...]] = [
        ("asked", str(here.asked), str(there.asked)),
        ("answered", str(here.answers), str(there.answers)),
        ("mean of 1 (bad) to 5 (good)", _mean(here.mean), _mean(there.mean)),
    ]
    rows += [(f"answered {5 - place}", str(here.scores[4 - place]), str(there.scores[4 - place])) for place in range(5)]
    scores = _bars(here.scores[::-1], there.scores[::-1])
    bars = (Bar(()),) * 3 + scores
    yield Section("survey", "What customers said", "", ("survey", "month", "before"), tuple(rows), bars)


def _mean(mean: float | None) -> str:
    return "-" if mean is None else f"{mean:.2f}"


def _bars(now: Iterable[int], before: Iterable[int]) -> tuple[Bar, ...]:
    here, there = list(now), list(before)
    most = max([*here, *there, 1])
    return tuple(
        Bar((("now", 100 * number / most),), 100 * past / most) for number, past in zip(here, there, strict=False)
    )
