"""The automatic news of a case: every change, or every step, that the policy promises to tell (L-13 K-23). Pure.

Rules
-----
1. It waits a minute; what changes meanwhile is told with it, in one notice (AT-L16 AT-K15).
2. None beside the acknowledgement: while that has not left, what changes is no news yet.
3. It is no `progress.sent`: only words that a person wrote or approved count where a clock hangs on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from router.case import Case
from router.owing import Owing
from router.policy import Policy
from router.turn import Intent, Knowledge, NoticeRow

MINUTE = 60.0
_CHANGES = frozenset({"assign", "reassign", "reopen", "answer"})
"""Owner, state and outcome, where no notice of its own tells of them (L-13)."""


class News(NamedTuple):
    """What is owed, and what it takes the place of."""

    intents: tuple[Intent, ...] = ()
    dropped: tuple[str, ...] = ()


def news(case: Case, knows: Knowledge, owing: Owing, steps: Sequence[str], *, cause: str, now: datetime) -> News:
    """What the customer is told of these steps (codes of `steps` in words.yaml, or of the policy's own list)."""
    policy = policy_of(case, owing)
    fresh = [step for step in steps if tells(policy, step)]
    if not fresh or case.acknowledged_at is None:
        return News()
    waiting = automatic(case, knows)
    since = min((_since(row, now) for row in waiting), default=now)
    before = [str(step) for row in waiting if row.intent for step in row.intent.data.get("steps", ())]
    brake = knows.brand_recent >= owing.rules.brakes[case.brand]
    found = owing.customer(
        "progress",
        cause=f"{cause}/news",
        automatic="generated",
        data={"steps": list(dict.fromkeys((*before, *fresh))), "since": since.isoformat()},
        held="brake" if brake else "",
        wait=max(0.0, MINUTE - (now - since).total_seconds()),
    )
    intents = tuple(found)
    return News(intents, tuple(row.id for row in waiting) if intents else ())


def automatic(case: Case, knows: Knowledge) -> tuple[NoticeRow, ...]:
    """The automatic news that has not left yet."""
    waiting = knows.waiting.get(case.id, ())
    return tuple(row for row in waiting if row.purpose == "progress" and row.state == "owed" and not row.sends)


def tells(policy: Policy, step: str) -> bool:
    """Whether the policy promises to tell of such a step."""
    if policy.tell.progress == "on_every_change":
        return step in _CHANGES
    if policy.tell.progress == "on_every_step":
        return any(step in stage.steps for stage in policy.stages)
    return False


def policy_of(case: Case, owing: Owing) -> Policy:
    """Under which the case stands (R-10)."""
    policies = owing.rules.policies
    return policies.by_hash(case.policy) if case.policy else policies.brand(case.brand)


def _since(row: NoticeRow, now: datetime) -> datetime:
    said = row.intent.data.get("since") if row.intent else None
    return datetime.fromisoformat(str(said)) if said else now
