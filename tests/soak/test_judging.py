"""The judge of the soak: growth is found in made-up rows, and only there."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from tests.soak.judging import Bound, judge

HOUR = 3600.0
MEMORY = Bound(free=12, share=0.08)


def row(
    value: Callable[[float], float], *, seconds: float = HOUR, every: float = 30, noise: float = 0.0
) -> list[tuple[float, float]]:
    """Figures over time, with noise that is the same in every run."""
    chance = random.Random(5)  # noqa: S311 -- repeatable, no secret
    return [(at * every, value(at * every) + chance.gauss(0, noise)) for at in range(int(seconds / every))]


def test_a_leak_is_found() -> None:
    """One megabyte a minute, under noise."""
    found = judge("memory", row(lambda t: 120 + t / 60, noise=3), MEMORY)
    assert found.grows
    assert found.hourly == pytest.approx(60, abs=4)
    assert found.last - found.first == pytest.approx(40, abs=4)


def test_a_leak_of_one_handle_a_minute_is_found() -> None:
    """In ten minutes already, where the bound is small."""
    handles = row(lambda t: 60 + t // 60, seconds=1200, every=10)
    assert judge("handles", handles, Bound(free=8, share=0.05)).grows


def test_what_stays_is_content() -> None:
    """Noise around a level is no growth, however much of it there is."""
    assert not judge("memory", row(lambda _t: 150, noise=30), MEMORY).grows


def test_a_cache_that_fills_is_no_leak() -> None:
    """It rises far above the bound while it warms up, and a little after."""
    assert not judge("memory", row(lambda t: 100 + 80 * (1 - math.exp(-t / 500))), MEMORY).grows


def test_a_step_is_no_leak() -> None:
    """Something large came once: the line through it rises, its second half does not."""
    assert not judge("memory", row(lambda t: 100 if t < 0.55 * HOUR else 140), MEMORY).grows


def test_a_wave_is_no_leak() -> None:
    """A queue that fills during an outage and is worked off."""
    assert not judge("queue", row(lambda t: 200 * max(0.0, math.sin(t / 200))), Bound(free=100, share=0.5)).grows


def test_what_is_worked_off_is_no_leak() -> None:
    """It falls."""
    assert not judge("queue", row(lambda t: 4000 - t), Bound(free=10, share=0)).grows


def test_what_is_not_judged_may_grow() -> None:
    """The record does, with the complaints."""
    found = judge("ledger", row(lambda t: t * 10), None)
    assert not found.grows
    assert found.allowed is None
    assert found.hourly == pytest.approx(36_000)


def test_too_few_figures_prove_nothing() -> None:
    """A run that was broken off."""
    for figures in ([], [(0.0, 5.0)], row(lambda t: t, seconds=200)):
        assert not judge("memory", figures, MEMORY).grows
