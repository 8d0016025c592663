"""November at a shop: a busy month with everything in it, for pages that people look at."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from intake_daemon import events
from tests.reports.histories import History, on

TOPICS = ("billing", "billing", "billing", "delivery", "product", "product", "service", "customer_service", "other")
CHANNELS = ("email", "email", "web_form", "web_form", "web_form", "phone", "staff", "letter")
CAUSES = ("double_booking", "late_supplier", "wrong_item", "unclear_words", "")
OUTCOMES = ("upheld", "upheld", "partly_upheld", "not_upheld")


def november(cases: int = 90, *, seed: int = 1) -> list[History]:
    """October and November, the same for every seed."""
    dice = random.Random(seed)  # noqa: S311 -- the same shop each time, no secret
    return [_one(number, dice) for number in range(1, cases + 1)]


def _one(number: int, dice: random.Random) -> History:
    month = 11 if dice.random() < 0.6 else 10
    begun = on(dice.randint(1, 30), dice.randint(0, 23), dice.randint(0, 59), month=month)
    history = History(number, people=(f"person {dice.randint(1, 60)}",))
    history.received(begun, dice.choice(TOPICS), dice.choice(CHANNELS))
    if history.events[0].data["channel"] == "staff":
        passed = begun + timedelta(hours=dice.choice((1, 2, 5, 72)))
        history.add(passed, events.StaffFirstContact(message="m", contact_at=begun, received_at=passed))
    acknowledged = begun + timedelta(hours=dice.choice((0.1, 0.2, 1, 20, 50)))
    history.acknowledged(acknowledged)
    promised = begun + timedelta(hours=48)
    history.clock("ack", begun, promised, met=acknowledged, ran_out=acknowledged > promised)
    _answer(history, begun, acknowledged, dice)
    return history


def _answer(history: History, begun: datetime, acknowledged: datetime, dice: random.Random) -> None:
    due = begun + timedelta(days=14)
    answered = begun + timedelta(days=dice.choice((1, 2, 4, 6, 9, 12, 13, 20, 35)), hours=dice.randint(0, 9))
    if dice.random() < 0.15:
        reason = dice.choice(("complex", "third_party"))
        history.add(
            due - timedelta(days=1),
            events.ExtensionTold(
                notice="x", connector="mail", language="en", clock="result", due=answered.date(), reason=reason
            ),
        )
    if answered > on(2, month=12):
        history.clock("result", acknowledged, due, ran_out=due < on(2, month=12))
        return
    history.clock("result", acknowledged, due, met=answered, ran_out=answered > due)
    history.clock("progress", acknowledged, begun + timedelta(days=5), met=answered, basis="target")
    outcome = dice.choice(OUTCOMES)
    if cause := dice.choice(CAUSES):
        history.add(answered, events.CauseRecorded(cause=cause, by="ann"))
    history.answered(answered, outcome)
    if outcome == "not_upheld" and dice.random() < 0.5:
        later = answered + timedelta(days=1)
        history.add(later, events.EscalationRequested(stage=2, contact_at=later, received_at=later))
        history.answered(later + timedelta(days=3), "partly_upheld", stage=2)
    closed = answered + timedelta(days=dice.choice((1, 5)))
    if dice.random() < 0.2:
        name = dice.choice(("imp-check-invoices", "imp-second-courier"))
        history.add(answered, events.ImprovementRecorded(improvement=name, content="c", by="ann"))
    history.closed(closed, outcome)
    history.add(closed, events.SurveyDue())
    if dice.random() < 0.5:
        history.add(closed + timedelta(days=1), events.SurveyAnswered(score=dice.choice((1, 2, 4, 4, 5, 5))))
