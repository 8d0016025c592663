"""The pages for customers beside the form: how a complaint stands, and the question after its end.

    /status            the reference, then a code that we send to an address of the case, then how it stands (K-19)
    /survey/<link>     one question with five answers; the last one counts (A-06)

Rules
-----
1. Wrong, unknown and erased have one answer: the same words, after the same time. So a stranger learns of no case that
   it is one; the code tells only its customer that somebody asked.
2. No JavaScript, every language that a brand offers, from 360 pixels on.
3. Nothing personal in an address: a link carries a seal (router/letters/links.py), the reference is posted.
4. What is written goes through the ledger as a command of the customer's (router/commands/customers.py); all counting
   stands in the database, so any number of processes serves the same pages.
5. Many attempts from one place: 429, and the form stays (limits.py). Codes are few per case (router/ledger/codes.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from intake_daemon.contract import Now
from intake_daemon.store import Store
from router.ledger.record import StoredLedger
from router.pages.drawing import Drawing
from router.pages.limits import Limits
from router.pages.status import Status
from router.pages.survey import Survey
from router.rules import Rules

__all__ = ["Page", "pages"]


class Page(NamedTuple):
    """One address of the public door."""

    path: str
    answer: Callable[[Request], Awaitable[Response]]
    methods: Sequence[str]


def pages(store: Store, ledger: StoredLedger, rules: Callable[[], Rules], now: Now) -> Sequence[Page]:
    """What the composition root hangs on the public door."""
    drawing, limits = Drawing(rules), Limits()
    status = Status(store, ledger, rules, now, drawing, limits)
    survey = Survey(store, ledger, rules, now, drawing, limits)
    return (
        Page("/status", status.answer, ("GET", "POST")),
        Page("/status/{version}/page.css", drawing.style, ("GET",)),
        Page("/survey/{link}", survey.answer, ("GET", "POST")),
    )
