"""What a report says, as frozen values that know their JSON (`intake.report/1`; within `/1` fields are only added).

Times taken are whole seconds. Every `name` is a code (a topic, a channel, a clock), and every `reference` a case's:
nothing in here is a name of a person, an address, or a word that somebody wrote.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from intake_daemon.message import Value

SCHEMA: Literal["intake.report/1"] = "intake.report/1"
BUCKETS = (1, 3, 7, 14, 30)
"""Days within which answers are counted (`spread`); the last count is of those that took longer."""


class Row(Value):
    """One topic, channel, cause or outcome. Over the rows of one list each count adds up to the month's."""

    name: str
    received: int = 0
    """Complaints received in the month; by `outcome` as they stand when the report is made."""
    again: int = 0
    """Of these: from a correspondent who had complained about the same topic within the twelve months before."""
    answered: int = 0
    """Answers given in the month."""
    closed: int = 0
    """Cases closed in the month."""
    late: int = 0
    """Promises of policy or law that ran out in the month."""
    median: int | None = None
    """Of the first answers given in the month: from receipt to answer."""
    longest: int | None = None


class Promise(Value):
    """One clock: how often it was kept, and how often it ran out. Decided by what came first."""

    name: str
    """The clock's id in the policy."""
    law: str = ""
    basis: str
    """`policy`, `law`, or our own `target`, which was promised to nobody."""
    stage: int = 1
    kept: int = 0
    late: int = 0
    met_late: int = 0
    """Of the late ones: met since."""
    worst: int | None = None
    """How long over its time the latest of them is, or was when it was met."""

    @property
    def decided(self) -> int:
        """Kept or late."""
        return self.kept + self.late


class Late(Value):
    """One promise that ran out in the month; it stays here, whatever came later (R-9)."""

    reference: str
    name: str
    law: str = ""
    cycle: int = 1
    basis: str
    due: AwareDatetime
    met_at: AwareDatetime | None = None


class Taken(Value):
    """How long a step took, of those steps that were done in the month."""

    name: Literal["acknowledgement", "answer", "second_answer", "closing", "forward"]
    number: int = 0
    median: int | None = None
    longest: int | None = None
    longest_case: str = ""
    """Its reference."""


class Repeats(Value):
    """What came again, of the complaints received in the month."""

    again: int = 0
    """From a correspondent who had complained within the twelve months before."""
    same_topic: int = 0
    """Of these: about the same topic."""
    linked: int = 0
    """Linked to another case."""


class Number(Value):
    """How many of one kind."""

    name: str
    number: int


class Extension(Value):
    """Extensions told in the month."""

    name: str
    """The clock's id."""
    reason: str
    number: int


class External(Value):
    """What went to an outside body, and what it decided, in the month."""

    name: str
    """The body's id in common.yaml."""
    referred: int = 0
    decided: int = 0


class Improvement(Value):
    """What the company changes because of complaints (L-03 W-28 K-24), recorded for at least one case in the month."""

    name: str
    """Its id; its words are content of the cases."""
    since: date
    """When it was first recorded."""
    cases: tuple[str, ...]
    """References of all the cases that it is linked to, until the end of the month."""


class Survey(Value):
    """What customers said afterwards (A-06)."""

    asked: int = 0
    answers: int = 0
    mean: float | None = None
    scores: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    """Answers of 1 (bad) to 5 (good)."""


class Flow(Value):
    """How many."""

    received: int = 0
    answered: int = 0
    """Answers given."""
    closed: int = 0
    """Cases closed."""
    reopened: int = 0
    open: int = 0
    """Complaints open at the end of the month, or now."""
    open_late: int = 0
    """Of these: with a promise of policy or law that has run out and is not met."""
    set_aside: int = 0
    """Received in the month, and found to be no complaint since; counted nowhere else."""
    redirected: int = 0
    """Contacts on a channel that the policy refuses."""
    status_asked: int = 0
    """Customers who asked how it stands."""


class Course(Value):
    """What else happened in the month."""

    progress: int = 0
    holding: int = 0
    extensions: tuple[Extension, ...] = ()
    escalations: tuple[Number, ...] = ()
    """By the stage that they open."""
    noted: tuple[Number, ...] = ()
    """Escalations that open no stage yet, by why."""
    deadlocks: int = 0
    external: tuple[External, ...] = ()
    deemed: tuple[Number, ...] = ()
    """Silence that the law takes for an answer, by what it makes of it."""
    rights: tuple[Number, ...] = ()
    """Requests for what the law gives, by kind."""
    flagged: int = 0
    declined: int = 0


class Figures(Value):
    """One month of one brand."""

    flow: Flow = Flow()
    topics: tuple[Row, ...] = ()
    channels: tuple[Row, ...] = ()
    causes: tuple[Row, ...] = ()
    outcomes: tuple[Row, ...] = ()
    days: tuple[int, ...] = ()
    """Complaints received on each day of the month."""
    times: tuple[Taken, ...] = ()
    spread: tuple[int, ...] = ()
    """First answers by the days that they took: see BUCKETS."""
    promises: tuple[Promise, ...] = ()
    late: tuple[Late, ...] = ()
    repeats: Repeats = Repeats()
    course: Course = Course()
    improvements: tuple[Improvement, ...] = ()
    survey: Survey = Survey()


class Report(Value):
    """A brand's month, with the month before it."""

    schema_: Literal["intake.report/1"] = Field(default=SCHEMA, alias="schema")
    brand: str
    company: str
    """The company's legal name, from its policy."""
    month: str
    """`2026-11`"""
    tz: str
    start: AwareDatetime
    end: AwareDatetime
    made_at: AwareDatetime
    complete: bool
    """Whether the month was over when it was made."""
    show: tuple[str, ...] = ()
    """What the policy wants shown (`report.show`)."""
    figures: Figures
    before: Figures
    """The month before, counted the same way at the same moment."""

    def to_json(self) -> str:
        """As it is written and sent."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"
