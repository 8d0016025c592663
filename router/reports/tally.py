"""Stories -> the counts and times of a month.

A `Tally` takes one story after another and keeps nothing else of it, so a month of any size is counted in one pass.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from router.reports.model import Late
from router.reports.month import Month
from router.reports.people import Seen
from router.reports.story import ClockStory, Sent, Story


@dataclass
class Line:
    """One row in the making."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: list[int] = field(default_factory=list)


class Rows(defaultdict[str, Line]):
    """The rows of one breakdown in the making."""

    def __init__(self) -> None:
        super().__init__(Line)


@dataclass
class Tally:
    """One month."""

    month: Month
    zone: ZoneInfo
    now: datetime
    flow: Counter[str] = field(default_factory=Counter)
    topics: Rows = field(default_factory=Rows)
    channels: Rows = field(default_factory=Rows)
    causes: Rows = field(default_factory=Rows)
    outcomes: Rows = field(default_factory=Rows)
    days: Counter[int] = field(default_factory=Counter)
    times: defaultdict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    promises: defaultdict[tuple[str, str, str, int], Line] = field(default_factory=lambda: defaultdict(Line))
    late: list[Late] = field(default_factory=list)
    received: list[tuple[Seen, str, str, str]] = field(default_factory=list)
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
        rows = {name: getattr(self, name)[named(name, key)] for name, key in keys.items()}
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

    def improved(self, story: Story) -> None:
        """To which improvements it is linked."""
        for time, improvement in story.improvements:
            if time < self.end:
                self.improvements.setdefault(improvement, []).append((time, story.reference))

    # --- what is counted ----------------------------------------------------------------------------------------------

    def _received(self, story: Story, received: datetime, rows: Mapping[str, Line]) -> None:
        self.flow["received"] += 1
        self.flow["linked"] += story.linked
        self.days[received.astimezone(self.zone).day] += 1
        for row in rows.values():
            row.counts["received"] += 1
        seen = Seen(received, story.case, story.topic)
        self.received.append((seen, story.channel, story.cause, story.outcome))

    def _letters(self, story: Story, received: datetime, rows: Mapping[str, Line]) -> None:
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
        self, story: Story, answer: Sent, received: datetime, rows: Mapping[str, Line], *, first: bool
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

    def _ends(self, story: Story, received: datetime, rows: Mapping[str, Line]) -> None:
        closed = [(time, outcome) for time, ended, outcome in story.endings if ended and self.within(time)]
        if closed:
            self.flow["closed"] += 1
            kinds = {**rows, "outcomes": self.outcomes[closed[-1][1] or story.outcome]}
            for row in kinds.values():
                row.counts["closed"] += 1
            self._took("closing", received, closed[-1][0], story)
        self.flow["reopened"] += sum(not ended and self.within(time) for time, ended, _ in story.endings)

    def _clock(self, story: Story, clock: ClockStory, rows: Mapping[str, Line]) -> None:
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
        self.improved(story)
        self.scores.update([score for time, score in story.scores if self.within(time)][-1:])  # a later one counts

    def _took(self, step: str, begun: datetime, done: datetime, story: Story) -> int:
        seconds = max(0, round((done - begun).total_seconds()))
        if self.within(done):
            self.times[step].append((seconds, story.reference))
        return seconds


def named(kind: str, key: str) -> str:
    """What a row is called where nothing was recorded."""
    return key or {"causes": "not_recorded", "outcomes": "open"}.get(kind, "unknown")
