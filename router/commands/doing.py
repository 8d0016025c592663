"""One command in hand: the case, who acts, what is known; and how its effects are put together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from intake_daemon import events
from intake_daemon.message import Command
from router import news, paper
from router.case import Case
from router.clocks import ClockState
from router.contact import command_key
from router.deadlines import states
from router.owing import Owing
from router.policy import Policy, Stage
from router.rules import Rules
from router.turn import Content, Decided, Effects, Intent, Knowledge, NoticeRow


class Refused(Exception):  # noqa: N818 -- an answer, not an error of ours
    """Not done. `reason`: a code of `refusals`; `missing`: codes of `parts`; `instead`: what may be written."""

    def __init__(self, reason: str, *missing: str, clause: str = "", instead: Iterable[str] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.missing = missing
        self.clause = clause
        self.instead = tuple(instead)


@dataclass(frozen=True)
class Doing:
    """A command that meets its case."""

    value: Command
    case: Case
    knows: Knowledge
    rules: Rules
    now: datetime

    @cached_property
    def key(self) -> str:
        """Names the command and who gave it; the first words of it are kept under this id."""
        return command_key(self.value)

    @property
    def at(self) -> datetime:
        """When it was meant: never later than now, never before the case."""
        return max(min(self.value.at or self.now, self.now), self.case.opened_at)

    @property
    def actor(self) -> str:
        """Who acts."""
        return self.value.actor

    @cached_property
    def policy(self) -> Policy:
        """Under which the case stands (R-10)."""
        policies = self.rules.policies
        return policies.by_hash(self.case.policy) if self.case.policy else policies.brand(self.case.brand)

    @property
    def stage(self) -> Stage | None:
        """The stage of the procedure that the case is in."""
        return next((each for each in self.policy.stages if each.id == self.case.stage), None)

    @property
    def following(self) -> Stage | None:
        """The stage after it."""
        return next((each for each in self.policy.stages if each.id == self.case.stage + 1), None)

    @cached_property
    def owing(self) -> Owing:
        """Makes the notices of the case."""
        return Owing(self.rules, self.case.brand, self.knows.contacts.get(self.case.id), self.case.language)

    @property
    def waiting(self) -> tuple[NoticeRow, ...]:
        """Notices that are owed, held or on their way."""
        return self.knows.waiting.get(self.case.id, ())

    @cached_property
    def clocks(self) -> tuple[ClockState, ...]:
        """Its clocks as they stand."""
        return states(self.case, self.rules, self.now)

    @property
    def zone(self) -> ZoneInfo:
        """Where the company's days begin and end."""
        return self.rules.calendars[self.policy.calendar].zone

    def due(self, event: str) -> datetime | None:
        """When a clock that waits for this event runs out."""
        open_ = (each for each in self.clocks if each.clock.until == event and each.stopped is None and each.latest)
        return min((each.latest.at for each in open_ if each.latest), default=None)

    def clause(self, *place: str) -> str:
        """The clauses of the brand's policy that a line names; of a line that all brands share, its own."""
        policies, brand = self.rules.policies, self.case.brand
        if said := policies.clause(brand, *place):
            return said
        own = {clause.partition("-")[0] for each in policies.clauses.get(brand, {}).values() for clause in each.split()}
        shared = policies.clause(brand, "defaults", *place).split()
        return " ".join(clause for clause in shared if clause.partition("-")[0] in own)

    def content(self, kind: str, words: Mapping[str, Any], mark: str = "") -> Content:
        """What staff wrote, as JSON by the names of the letter. `mark`: tells a second one of a command apart."""
        return Content(f"{self.key}{mark}", kind, json.dumps(words, ensure_ascii=False))

    def note(self, text: str | None) -> Effects:
        """A comment on what was done, as a note of the case; nothing where nothing was said."""
        if not text:
            return self.done()
        key = f"{self.key}.note"
        return self.done(events.NoteAdded(content=key, by=self.actor), contents=(Content(key, "note", text),))

    def done(self, *facts: events.Fact, **more: Any) -> Effects:  # noqa: ANN401 -- fields of Effects
        """The effects of these facts."""
        decided = tuple(Decided(fact, self.at, self.actor) for fact in facts)
        case = self.case
        return Effects("done", case=case.id, reference=case.reference, brand=case.brand, decided=decided, **more)

    def owner(self, role: str = "handler") -> str:
        """Whose a task is: of the first who has the role, never of whom the complaint names."""
        return next(iter(self.rules.in_role(role, self.case)), self.rules.reached(self.case.handler or "", ""))

    def task(self, kind: str, *, role: str = "handler", **more: Any) -> Effects:  # noqa: ANN401 -- of paper.task
        """A task, and the mail to its owner."""
        given = {"cause": self.key, **more, "owner": more.get("owner") or self.owner(role)}
        decided, intents = paper.task(self.owing, kind, now=self.at, actor=self.actor, **given)
        return replace(self.done(), decided=decided, intents=intents)

    def tell(self, purpose: str, *, sends: str = "", **more: Any) -> Effects:  # noqa: ANN401 -- of paper.told
        """A notice to the customer; a letter where nobody can be answered otherwise."""
        given = {"owner": self.owner(), "due": self.due(sends) if sends else None, **more}
        decided, intents = paper.told(self.owing, purpose, cause=self.key, now=self.at, sends=sends, **given)
        return replace(self.done(), decided=decided, intents=intents)

    def news(self, *steps: str) -> Effects:
        """What the policy promises to tell of every step."""
        found = news.news(self.case, self.knows, self.owing, steps, cause=self.key, now=self.now)
        return self.done(intents=found.intents, dropped=found.dropped)

    def assigned(self, handler: str) -> tuple[Intent, ...]:
        """The mail to whom the case now belongs."""
        if self.case.stage > 1:
            return tuple(self.owing.reviewer(handler, self.case, cause=self.key))
        return tuple(self.owing.staff("assignment", [handler], cause=self.key))


def together(*effects: Effects) -> Effects:
    """Several effects of one command as one; each notice that goes is named once."""
    first = effects[0]
    return replace(
        first,
        decided=tuple(each for one in effects for each in one.decided),
        contents=tuple(each for one in effects for each in one.contents),
        intents=tuple(each for one in effects for each in one.intents),
        dropped=tuple(dict.fromkeys(each for one in effects for each in one.dropped)),
        let_go=tuple(dict.fromkeys(each for one in effects for each in one.let_go)),
        correspondents=tuple(each for one in effects for each in one.correspondents),
        beside=tuple(each for one in effects for each in one.beside),
    )
