"""What comes after an answer, beside it, and at the end: stages, outside bodies, tasks, closing."""

from __future__ import annotations

from pydantic import AwareDatetime

from intake_daemon.events.fact import Fact


class EscalationRequested(Fact):
    """The customer asks for the next stage, with all that it needs (W-17 A-16)."""

    type_ = "escalation.requested"
    stage: int
    contact_at: AwareDatetime
    received_at: AwareDatetime
    message: str | None = None
    via: str = ""


class EscalationNoted(Fact):
    """An escalation that does not open a stage yet: asked before any answer (W-16), or an element lacks (W-17)."""

    type_ = "escalation.noted"
    message: str | None = None
    elements: tuple[str, ...]
    """What was said: `dissatisfaction`, `request`."""
    why: str
    """`before_answer` or `incomplete`."""


class DeadlockDeclared(Fact):
    """The company says that it can go no further (A-17)."""

    type_ = "deadlock.declared"
    by: str


class ExternalReferred(Fact):
    """The matter went to an outside body."""

    type_ = "external.referred"
    body: str
    by: str


class ExternalDecided(Fact):
    """An outside body has decided; what it asks becomes tasks (A-17)."""

    type_ = "external.decided"
    body: str
    by: str
    content: str


class RightsRequestFound(Fact):
    """The customer also asks for what the law gives: the data we hold, their erasure … A clock of its own."""

    type_ = "rights_request.found"
    message: str
    kind: str
    contact_at: AwareDatetime
    received_at: AwareDatetime


class RightsRequestAnswered(Fact):
    """It was answered."""

    type_ = "rights_request.answered"
    by: str


class ConductFlagged(Fact):
    """Abusive or threatening words: a manager decides; nothing else changes (A-05)."""

    type_ = "conduct.flagged"
    by: str
    message: str | None = None


class HelpDeclined(Fact):
    """A manager declines further help, in writing, with reasons and the outside body (A-05)."""

    type_ = "help.declined"
    by: str
    content: str


class OutcomeDeemed(Fact):
    """What the law makes of our silence (PL-01 LV-01)."""

    type_ = "outcome.deemed"
    outcome: str
    """`deemed_accepted` or `deemed_refused`."""
    law: str


class ResultAccepted(Fact):
    """The customer accepts the answer."""

    type_ = "result.accepted"
    message: str | None = None
    by: str = "customer"


class ImprovementRecorded(Fact):
    """What the company changes because of it (L-03 W-28 K-24)."""

    type_ = "improvement.recorded"
    improvement: str
    """Its id; one improvement may concern many cases."""
    content: str
    by: str


class TaskOpened(Fact):
    """A person must do something outside: post a letter, call back, carry out a decision."""

    type_ = "task.opened"
    task: str
    kind: str
    """`letter`, `call_back`, `decision`, `complete`, `other`."""
    owner: str
    due: AwareDatetime | None = None
    content: str | None = None
    notice: str | None = None
    """Of a letter: the notice that it carries."""


class TaskDone(Fact):
    """It was done. Of a letter: the day it was dispatched."""

    type_ = "task.done"
    task: str
    by: str


class CaseClosed(Fact):
    """A person closed it, with its outcome (L-04)."""

    type_ = "case.closed"
    outcome: str
    """`upheld`, `partly_upheld`, `not_upheld`, `withdrawn`, `declined`, `no_answer` …"""
    by: str


class CaseReopened(Fact):
    """A person opened it again."""

    type_ = "case.reopened"
    by: str
    reason: str = ""


class CaseErased(Fact):
    """The contents of the case are gone; events, dates and contact ids stay."""

    type_ = "case.erased"
    by: str


class SurveyDue(Fact):
    """The customer is asked how it was (A-06)."""

    type_ = "survey.due"


class SurveyAnswered(Fact):
    """They answered: 1 (bad) to 5 (good). A later answer takes the place of an earlier one."""

    type_ = "survey.answered"
    score: int
    by: str = ""
    """How: `link` (the page that our letter names), `reply`."""
