"""What happens in one scenario, drawn from its seed and nothing else: so it can be played again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from tests.faults.points import FULL, POINTS, Deed, Plan
from tests.faults.receivers import Mood
from tests.faults.trouble import Kind, Trouble, draw_troubles

Door = Literal["smtp", "form", "telegram"]
DOORS: tuple[Door, ...] = ("smtp", "form", "telegram")
_MOODS: tuple[Mood, ...] = ("busy", "refuses", "cuts", "slow")
_DEEDS: tuple[Deed, ...] = ("kill", "stop", "full", "away", "hang")
_EACH = 5
"""Complaints in a scenario."""


@dataclass(frozen=True)
class Scenario:
    """One life of a daemon, and what meets it."""

    seed: int
    plan: Plan
    doors: tuple[Door, ...]
    """Through which its complaints come, one each."""
    mood: Mood = "kind"
    """How the customers' mail server is to the next letters."""
    letters: int = 0
    end: Deed = "kill"
    """How a life ends that the plan has not ended."""
    troubles: tuple[Trouble, ...] = ()
    """What meets the installation from outside."""

    def said(self) -> str:
        """For the timeline."""
        plan = self.plan
        when = f"{'before' if plan.before else 'after'} {plan.point}, {plan.hit}."
        mood = f"; mail server {self.mood} to {self.letters}" if self.letters else ""
        outside = "".join(f"; {trouble.said()}" for trouble in self.troubles)
        return f"{plan.deed} {when}; {' '.join(self.doors)}{mood}; else {self.end}{outside}"

    def faults(self) -> list[str]:
        """What it does, for the figures."""
        outside = [trouble.what for trouble in self.troubles]
        return [self.plan.deed, *([f"mail server {self.mood}"] if self.letters else []), *outside]


def draw(
    seed: int,
    points: tuple[str, ...] = (),
    through: tuple[Door, ...] = DOORS,
    kind: Kind = "one",
    *,
    own: bool = True,
) -> Scenario:
    """The scenario of this seed; with `points`, one that dies at one of them, and nothing else. `through`: its doors;
    `own`: the servers may be broken."""
    chance = random.Random(seed)  # noqa: S311 -- repeatable, no secret
    deed: Deed = "kill" if points else chance.choices(_DEEDS, weights=(60, 10, 10, 15, 5))[0]
    point = chance.choice(points or (FULL if deed == "full" else POINTS))
    before = deed in {"full", "away"} or chance.random() < 0.5
    plan = Plan(point, deed, before, chance.randrange(1, 4))
    doors = tuple(chance.choice(through) for _ in range(_EACH))
    end: Deed = "kill" if chance.random() < 0.7 else "stop"
    mood = chance.choice(_MOODS) if chance.random() < 0.4 else "kind"
    letters = 0 if mood == "kind" else chance.randrange(1, 4)
    troubles = () if points else draw_troubles(chance, kind, own=own)
    return Scenario(seed, plan, doors, mood, letters, end, troubles)
