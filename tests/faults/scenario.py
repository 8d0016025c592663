"""What happens in one scenario, drawn from its seed and nothing else: so it can be played again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tests.faults.points import FULL, POINTS, Deed, Plan
from tests.faults.receivers import Mood
from tests.faults.trouble import Kind, Trouble, draw_troubles

Door = Literal["smtp", "form", "telegram", "imap", "twilio", "meta", "chat"]
DOORS: tuple[Door, ...] = ("smtp", "form", "telegram", "twilio", "meta", "chat")
"""Those that need nothing but their fakes; `imap` needs a Dovecot."""
Follow = Literal["", "more", "at once", "lines", "staff"]
"""After a complaint: nothing, more under its answer, more under itself at once, a second line of a chat at once, an
answer of staff's to a letter of theirs."""
_FOLLOWS: tuple[Follow, ...] = ("", "more", "at once", "lines", "staff")
_MOODS: tuple[Mood, ...] = ("busy", "refuses", "cuts", "slow", "lies")
_HOUR = 3600.0
_JUMPS = (_HOUR, 30 * _HOUR, -_HOUR / 6)
_DEEDS: tuple[Deed, ...] = ("kill", "stop", "full", "away", "hang")
_EACH = 5
"""Complaints in a scenario."""


@dataclass(frozen=True)
class Scenario:
    """One life of a daemon, and what meets it."""

    seed: int
    plan: Plan | None
    doors: tuple[Door, ...]
    """Through which its complaints come, one each."""
    mood: Mood = "kind"
    """How those who take our letters are to the next ones."""
    letters: int = 0
    end: Deed = "kill"
    """How a life ends that the plan has not ended."""
    troubles: tuple[Trouble, ...] = ()
    """What meets the installation from outside."""
    follows: tuple[Follow, ...] = ()
    """What comes after each of them."""
    notes: int = 0
    """How often staff write into the file of an earlier case."""
    accepts: int = 0
    """How many earlier cases staff accept, by answering their letter."""
    jump: float = 0.0
    """Seconds by which the clock jumps before this life, forward or back."""

    def said(self) -> str:
        """For the timeline."""
        plan = self.plan
        when = f"{plan.deed} {'before' if plan.before else 'after'} {plan.point}, {plan.hit}." if plan else "no fault"
        mood = f"; providers {self.mood} to {self.letters}" if self.letters else ""
        outside = "".join(f"; {trouble.said()}" for trouble in self.troubles)
        jump = f"; the clock jumps by {self.jump:.0f} s" if self.jump else ""
        notes = f"; {self.notes} notes, {self.accepts} accepted" if self.notes + self.accepts else ""
        doors = " ".join(f"{door}+{follow}" if follow else door for door, follow in self.each())
        return f"{when}; {doors}{mood}{notes}{jump}; else {self.end}{outside}"

    def each(self) -> list[tuple[Door, Follow]]:
        """Its complaints: the door, and what follows."""
        return [(door, self.follows[n] if n < len(self.follows) else "") for n, door in enumerate(self.doors)]

    def faults(self) -> list[str]:
        """What it does, for the figures."""
        plan = [self.plan.deed] if self.plan else []
        mood = [f"providers {self.mood}"] if self.letters else []
        jump = ["clock jumps"] if self.jump else []
        return [*plan, *mood, *jump, *(trouble.what for trouble in self.troubles)]


def draw(seed: int, kind: Kind = "one", *, through: Sequence[Door] = DOORS, own: bool = True) -> Scenario:
    """The scenario of this seed. `through`: its doors; `own`: the servers may be broken."""
    chance = random.Random(seed)  # noqa: S311 -- repeatable, no secret
    deed: Deed = chance.choices(_DEEDS, weights=(60, 10, 10, 15, 5))[0]
    point = chance.choice(FULL if deed == "full" else POINTS)
    before = deed in {"full", "away"} or chance.random() < 0.5
    plan = Plan(point, deed, before, chance.randrange(1, 4))
    doors = tuple(chance.choice(through) for _ in range(_EACH))
    end: Deed = "kill" if chance.random() < 0.7 else "stop"
    mood = chance.choice(_MOODS) if chance.random() < 0.4 else "kind"
    letters = 0 if mood == "kind" else chance.randrange(1, 4)
    troubles = draw_troubles(chance, kind, own=own)
    follows = tuple(chance.choices(_FOLLOWS, weights=(50, 20, 10, 10, 10))[0] for _ in range(_EACH))
    jump = chance.choice(_JUMPS) if chance.random() < 0.1 else 0.0
    notes, accepts = chance.randrange(3), chance.randrange(2)
    return Scenario(seed, plan, doors, mood, letters, end, troubles, follows, notes, accepts, jump)
