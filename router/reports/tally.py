"""Stories -> the figures of a month.

A `Tally` takes one story after another and keeps counts and times only, so a month of any size is counted in one pass.
`report` feeds two of them, the month's and the one before it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from router.reports.model import (
    BUCKETS,
    Course,
    Extension,
    External,
    Figures,
    Flow,
    Improvement,
    Late,
    Number,
    Promise,
    Repeats,
    Report,
    Row,
    Survey,
    Taken,
)
from router.reports.month import Month
from router.reports.story import ClockStory, Sent, Story

AGAIN = timedelta(days=365)
"""How far back an earlier complaint of the same correspondent makes the next one a repeat."""
_DAY = 86_400
_BASES = ("policy", "law", "target")
_STEPS = ("acknowledgement", "answer", "second_answer", "closing", "forward")


@dataclass(frozen=True)
class Asked:
    """Which report, as the caller's configuration has it."""

    brand: str
    company: str
    month: Month
    zone: ZoneInfo
    show: tuple[str, ...] = ()
    """The policy's `report.show`."""


def report(asked: Asked, stories: Iterable[tuple[Story, Collection[str]]], now: datetime) -> Report:
    """The report of a month from the stories of its cases, each with the hashes of its correspondents."""
    this = Tally(asked.month, asked.zone, now)
    before = Tally(asked.month.before, asked.zone, now)
    people = People()
    for story, correspondents in stories:
        people.add(story, correspondents)
        this.add(story)
        before.add(story)
    return Report(
        brand=asked.brand,
        company=asked.company,
        month=str(asked.month),
        tz=asked.zone.key,
        start=this.start,
        end=this.end,
        made_at=now,
        complete=now >= this.end,
        show=asked.show,
        figures=this.figures(people),
        before=before.figures(people),
    )


class _Seen(NamedTuple):
    received: datetime
    case: str
    topic: str


@dataclass
class People:
    """Who complained when about what, by hashes; to find what came again."""

    complaints: defaultdict[str, list[_Seen]] = field(default_factory=lambda: defaultdict(list))
    who: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, story: Story, correspondents: Collection[str]) -> None:
        """One case with its correspondents."""
        if story.received is None or story.aside or not correspondents:
            return
        self.who[story.case] = tuple(correspondents)
        for each in correspondents:
            self.complaints[each].append(_Seen(story.received, story.case, story.topic))

    def again(self, seen: _Seen) -> tuple[bool, bool]:
        """Whether one of its correspondents had complained in the twelve months before; whether of the same topic."""
        earlier = [
            other
            for each in self.who.get(seen.case, ())
            for other in self.complaints[each]
            if other.case != seen.case and seen.received - AGAIN <= other.received
            if (other.received, other.case) < (seen.received, seen.case)
        ]
        return bool(earlier), any(other.topic == seen.topic for other in earlier)


@dataclass
class _Line:
    """One row in the making."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: list[int] = field(default_factory=list)


class _Rows(defaultdict[str, _Line]):
    """The rows of one breakdown in the making."""

    def __init__(self) -> None:
        super().__init__(_Line)

    def made(self) -> tuple[Row, ...]:
        """The largest first."""
        rows = [
            Row(
                name=name,
                **line.counts,
                median=_median(line.seconds),
                longest=max(line.seconds, default=None),
            )
            for name, line in self.items()
            if line.counts.total()
        ]
        return tuple(sorted(rows, key=lambda row: (-row.received, -row.answered, row.name)))


@dataclass
class Tally:
    """One month."""

    month: Month
    zone: ZoneInfo
    now: datetime
    flow: Counter[str] = field(default_factory=Counter)
    topics: _Rows = field(default_factory=_Rows)
    channels: _Rows = field(default_factory=_Rows)
    causes: _Rows = field(default_factory=_Rows)
    outcomes: _Rows = field(default_factory=_Rows)
    days: Counter[int] = field(default_factory=Counter)
    times: defaultdict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    promises: defaultdict[tuple[str, str, str, int], _Line] = field(default_factory=lambda: defaultdict(_Line))
    late: list[Late] = field(default_factory=list)
    received: list[tuple[_Seen, str, str, str]] = field(default_factory=list)
    """The month's complaints: (who and when, channel, cause, outcome)."""
    course: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    extensions: Counter[tuple[str, str]] = field(default_factory=Counter)
    improvements: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    scores: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.start = self.month.start(self.zone)
        self.end = self.month.end(self.zone)

    def within(self, moment: datetime | None) -> bool:
        """Whether it lies in the month."""
        return moment is not None and self.start <= moment < self.end

    def add(self, story: Story) -> None:
        """One case."""
        keys = {"topics": story.topic, "channels": story.channel, "causes": story.cause, "outcomes": story.outcome}
        rows = {name: getattr(self, name)[_named(name, key)] for name, key in keys.items()}
        for clock in story.clocks.values():
            self._clock(story, clock, rows)
        self._besides(story)
        if story.received is None:
            return
        if story.aside:
            self.flow["set_aside"] += self.within(story.received)
            return
        if self.within(story.received):
            self._received(story, story.received, rows)
        self._letters(story, story.received, rows)
        self._ends(story, story.received, rows)
        moment = min(self.end, self.now)
        if story.open_at(moment):
            self.flow["open"] += 1
            self.flow["open_late"] += story.overdue_at(moment)

    # --- what is counted ----------------------------------------------------------------------------------------------

    def _received(self, story: Story, received: datetime, rows: Mapping[str, _Line]) -> None:
        self.flow["received"] += 1
        self.flow["linked"] += story.linked
        self.days[received.astimezone(self.zone).day] += 1
        for row in rows.values():
            row.counts["received"] += 1
        seen = _Seen(received, story.case, story.topic)
        self.received.append((seen, story.channel, story.cause, story.outcome))

    def _letters(self, story: Story, received: datetime, rows: Mapping[str, _Line]) -> None:
        first = next(story.letters("acknowledgement.sent"), None)
        if first is not None:
            self._took("acknowledgement", received, first.time, story)
        for number, answer in enumerate(story.answers()):
            if self.within(answer.time):
                self._answered(story, answer, received, rows, first=number == 0)
        for kind in ("progress", "holding"):
            self.course["plain"][kind] += sum(self.within(sent.time) for sent in story.letters(f"{kind}.sent"))
        for sent in story.letters("extension.told"):
            if self.within(sent.time):
                self.extensions[sent.code, sent.reason] += 1

    def _answered(
        self, story: Story, answer: Sent, received: datetime, rows: Mapping[str, _Line], *, first: bool
    ) -> None:
        self.flow["answered"] += 1
        kinds = {**rows, "outcomes": self.outcomes[answer.code or "answered"]}
        for row in kinds.values():
            row.counts["answered"] += 1
        if first:
            seconds = self._took("answer", received, answer.time, story)
            for row in kinds.values():
                row.seconds.append(seconds)
            return
        asked = [contact for _, contact, stage in story.escalations if stage == answer.stage and contact <= answer.time]
        if asked:
            self._took("second_answer", asked[-1], answer.time, story)

    def _ends(self, story: Story, received: datetime, rows: Mapping[str, _Line]) -> None:
        closed = [(time, outcome) for time, ended, outcome in story.endings if ended and self.within(time)]
        if closed:
            self.flow["closed"] += 1
            kinds = {**rows, "outcomes": self.outcomes[closed[-1][1] or story.outcome]}
            for row in kinds.values():
                row.counts["closed"] += 1
            self._took("closing", received, closed[-1][0], story)
        self.flow["reopened"] += sum(not ended and self.within(time) for time, ended, _ in story.endings)

    def _clock(self, story: Story, clock: ClockStory, rows: Mapping[str, _Line]) -> None:
        out, met = clock.ran_out, clock.met_at
        decided = out or met
        if decided is None or not self.within(decided) or decided > self.now:
            return
        line = self.promises[clock.basis, clock.law, clock.clock, clock.stage]
        if out is None:
            line.counts["kept"] += 1
            return
        line.counts["late"] += 1
        line.counts["met_late"] += met is not None
        over = (met or clock.stopped or self.now) - out
        line.seconds.append(max(0, round(over.total_seconds())))
        self.late.append(
            Late(
                reference=story.reference,
                name=clock.clock,
                law=clock.law,
                cycle=clock.cycle,
                basis=clock.basis,
                due=out,
                met_at=met,
            )
        )
        if clock.basis != "target":
            for row in rows.values():
                row.counts["late"] += 1

    def _besides(self, story: Story) -> None:
        for contact, came in story.forwards:
            if self.within(came):
                self._took("forward", contact, came, story)
        for kind, found in (
            ("noted", story.noted),
            ("referred", story.referred),
            ("decided", story.decided),
            ("deemed", story.deemed),
            ("rights", story.rights),
            ("plain", story.plain),
            ("escalations", [(time, f"stage_{stage}") for time, _, stage in story.escalations]),
        ):
            self.course[kind].update(name for time, name in found if self.within(time))
        for time, improvement in story.improvements:
            if time < self.end:
                self.improvements.setdefault(improvement, []).append((time, story.reference))
        self.scores.update(score for time, score in story.scores if self.within(time))

    def _took(self, step: str, begun: datetime, done: datetime, story: Story) -> int:
        seconds = max(0, round((done - begun).total_seconds()))
        if self.within(done):
            self.times[step].append((seconds, story.reference))
        return seconds

    # --- what comes of it ---------------------------------------------------------------------------------------------

    def figures(self, people: People) -> Figures:
        """The month's figures; nothing may be added any more."""
        repeats = self._repeats(people)
        plain = self.course["plain"]
        flow = {name: self.flow[name] for name in Flow.model_fields if name not in {"redirected", "status_asked"}}
        return Figures(
            flow=Flow(**flow, redirected=plain["contact.redirected"], status_asked=plain["status.asked"]),
            topics=self.topics.made(),
            channels=self.channels.made(),
            causes=self.causes.made(),
            outcomes=self.outcomes.made(),
            days=tuple(self.days[day + 1] for day in range(self.month.days)),
            times=tuple(_taken(step, self.times[step]) for step in _STEPS),
            spread=_spread([seconds for seconds, _ in self.times["answer"]]),
            promises=self._promises(),
            late=tuple(sorted(self.late, key=lambda each: (each.due, each.reference, each.name, each.cycle))),
            repeats=repeats,
            course=self._course(plain),
            improvements=self._improvements(),
            survey=self._survey(plain["survey.due"]),
        )

    def _repeats(self, people: People) -> Repeats:
        again = same = 0
        for seen, channel, cause, outcome in self.received:
            before, alike = people.again(seen)
            again += before
            same += alike
            if alike:
                for name, key in (("topics", seen.topic), ("channels", channel), ("causes", cause)):
                    getattr(self, name)[_named(name, key)].counts["again"] += 1
                self.outcomes[outcome].counts["again"] += 1
        return Repeats(again=again, same_topic=same, linked=self.flow["linked"])

    def _promises(self) -> tuple[Promise, ...]:
        found = [
            Promise(name=clock, law=law, basis=basis, stage=stage, **line.counts, worst=max(line.seconds, default=None))
            for (basis, law, clock, stage), line in self.promises.items()
        ]
        return tuple(sorted(found, key=lambda each: (_rank(each.basis), each.law, each.stage, each.name)))

    def _course(self, plain: Counter[str]) -> Course:
        bodies = sorted({*self.course["referred"], *self.course["decided"]})
        return Course(
            progress=plain["progress"],
            holding=plain["holding"],
            extensions=tuple(
                Extension(name=clock, reason=reason, number=number)
                for (clock, reason), number in sorted(self.extensions.items())
            ),
            escalations=_numbers(self.course["escalations"]),
            noted=_numbers(self.course["noted"]),
            deadlocks=plain["deadlock.declared"],
            external=tuple(
                External(name=body, referred=self.course["referred"][body], decided=self.course["decided"][body])
                for body in bodies
            ),
            deemed=_numbers(self.course["deemed"]),
            rights=_numbers(self.course["rights"]),
            flagged=plain["conduct.flagged"],
            declined=plain["help.declined"],
        )

    def _improvements(self) -> tuple[Improvement, ...]:
        return tuple(
            Improvement(
                name=name,
                since=min(time for time, _ in linked).astimezone(self.zone).date(),
                cases=tuple(sorted({reference for _, reference in linked})),
            )
            for name, linked in sorted(self.improvements.items())
            if any(self.within(time) for time, _ in linked)
        )

    def _survey(self, asked: int) -> Survey:
        given = {score: number for score, number in self.scores.items() if score in range(1, 6)}
        answers = sum(given.values())
        mean = round(sum(score * number for score, number in given.items()) / answers, 2) if answers else None
        one, two, three, four, five = (given.get(score, 0) for score in range(1, 6))
        return Survey(asked=asked, answers=answers, mean=mean, scores=(one, two, three, four, five))


def _named(kind: str, key: str) -> str:
    """What a row is called where nothing was recorded."""
    return key or {"causes": "not_recorded", "outcomes": "open"}.get(kind, "unknown")


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
