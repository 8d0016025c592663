"""A tally -> the figures of its month, each list in a fixed order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from statistics import median

from router.reports.model import (
    BUCKETS,
    Course,
    Extension,
    External,
    Figures,
    Flow,
    Improvement,
    Number,
    Promise,
    Repeats,
    Row,
    Survey,
    Taken,
)
from router.reports.people import People
from router.reports.tally import Line, Tally, named

_DAY = 86_400
_BASES = ("policy", "law", "target")
_STEPS = ("acknowledgement", "answer", "second_answer", "closing", "forward")


def figures(tally: Tally, people: People) -> Figures:
    """The month's figures; nothing may be added any more."""
    repeats = _repeats(tally, people)
    plain = tally.course["plain"]
    flow = {name: tally.flow[name] for name in Flow.model_fields if name not in {"redirected", "status_asked"}}
    return Figures(
        flow=Flow(**flow, redirected=plain["contact.redirected"], status_asked=plain["status.asked"]),
        topics=_rows(tally.topics),
        channels=_rows(tally.channels),
        causes=_rows(tally.causes),
        outcomes=_rows(tally.outcomes),
        days=tuple(tally.days[day + 1] for day in range(tally.month.days)),
        times=tuple(_taken(step, tally.times[step]) for step in _STEPS),
        spread=_spread([seconds for seconds, _ in tally.times["answer"]]),
        promises=_promises(tally),
        late=tuple(sorted(tally.late, key=lambda each: (each.due, each.reference, each.name, each.cycle))),
        repeats=repeats,
        course=_course(tally, plain),
        improvements=_improvements(tally),
        survey=_survey(tally, plain["survey.due"]),
    )


def _repeats(tally: Tally, people: People) -> Repeats:
    again = same = 0
    for seen, channel, cause, outcome in tally.received:
        before, alike = people.again(seen)
        again += before
        same += alike
        if alike:
            for name, key in (("topics", seen.topic), ("channels", channel), ("causes", cause)):
                getattr(tally, name)[named(name, key)].counts["again"] += 1
            tally.outcomes[outcome].counts["again"] += 1
    return Repeats(again=again, same_topic=same, linked=tally.flow["linked"])


def _promises(tally: Tally) -> tuple[Promise, ...]:
    found = [
        Promise(name=clock, law=law, basis=basis, stage=stage, **line.counts, worst=max(line.seconds, default=None))
        for (basis, law, clock, stage), line in tally.promises.items()
    ]
    return tuple(sorted(found, key=lambda each: (_rank(each.basis), each.law, each.stage, each.name)))


def _course(tally: Tally, plain: Counter[str]) -> Course:
    bodies = sorted({*tally.course["referred"], *tally.course["decided"]})
    return Course(
        progress=plain["progress"],
        holding=plain["holding"],
        extensions=tuple(
            Extension(name=clock, reason=reason, number=number)
            for (clock, reason), number in sorted(tally.extensions.items())
        ),
        escalations=_numbers(tally.course["escalations"]),
        noted=_numbers(tally.course["noted"]),
        deadlocks=plain["deadlock.declared"],
        external=tuple(
            External(name=body, referred=tally.course["referred"][body], decided=tally.course["decided"][body])
            for body in bodies
        ),
        deemed=_numbers(tally.course["deemed"]),
        rights=_numbers(tally.course["rights"]),
        flagged=plain["conduct.flagged"],
        declined=plain["help.declined"],
    )


def _improvements(tally: Tally) -> tuple[Improvement, ...]:
    return tuple(
        Improvement(
            name=name,
            since=min(time for time, _ in linked).astimezone(tally.zone).date(),
            cases=tuple(sorted({reference for _, reference in linked})),
        )
        for name, linked in sorted(tally.improvements.items())
        if any(tally.within(time) for time, _ in linked)
    )


def _survey(tally: Tally, asked: int) -> Survey:
    given = {score: number for score, number in tally.scores.items() if score in range(1, 6)}
    answers = sum(given.values())
    mean = round(sum(score * number for score, number in given.items()) / answers, 2) if answers else None
    one, two, three, four, five = (given.get(score, 0) for score in range(1, 6))
    return Survey(asked=asked, answers=answers, mean=mean, scores=(one, two, three, four, five))


def _rows(lines: Mapping[str, Line]) -> tuple[Row, ...]:
    """The largest first."""
    rows = [
        Row(name=name, **line.counts, median=_median(line.seconds), longest=max(line.seconds, default=None))
        for name, line in lines.items()
        if line.counts.total()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.received, -row.answered, row.name)))


def _numbers(counted: Counter[str]) -> tuple[Number, ...]:
    return tuple(Number(name=name, number=number) for name, number in sorted(counted.items()) if number)


def _rank(basis: str) -> int:
    return _BASES.index(basis) if basis in _BASES else len(_BASES)


def _median(seconds: list[int]) -> int | None:
    return round(median(seconds)) if seconds else None


def _taken(step: str, took: list[tuple[int, str]]) -> Taken:
    longest, case = max(took, default=(None, ""))
    middle = _median([seconds for seconds, _ in took])
    return Taken.model_validate(
        {"name": step, "number": len(took), "median": middle, "longest": longest, "longest_case": case}
    )


def _spread(seconds: list[int]) -> tuple[int, ...]:
    """Into BUCKETS; a day is twenty-four hours from receipt."""
    counts = [0] * (len(BUCKETS) + 1)
    for each in seconds:
        place = next((place for place, days in enumerate(BUCKETS) if each <= days * _DAY), len(BUCKETS))
        counts[place] += 1
    return tuple(counts)
