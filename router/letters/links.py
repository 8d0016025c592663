"""Links in letters: unguessable, ended after a while, nothing personal in them (A-12).

A link names its notice and carries a seal (`intake_daemon/reference.py`); what it opens is looked up when somebody
comes with it, so an erasure ends it at once.
"""

from __future__ import annotations

from datetime import timedelta

from intake_daemon.reference import link
from router.letters.shared import Letter

FORM = "form"
"""The form, filled in with what was said on a channel that takes no complaints."""
SURVEY = "survey"
"""The page with the question after the end (A-06)."""
LASTS = timedelta(days=30)
"""From when the letter was written."""


def survey(letter: Letter) -> str:
    """Where the question can be answered; "" while nobody said where we are reached."""
    rules = letter.rules
    sealed = link(rules.key, SURVEY, letter.intent.id, letter.now + LASTS)
    return f"{rules.base_url}/survey/{sealed}" if rules.base_url else ""


def form(letter: Letter) -> tuple[str, bool]:
    """Where the brand's form is, and whether it is filled in already; "" while nobody said where we are reached."""
    policy, rules = letter.policy, letter.rules
    if not rules.base_url:
        return "", False
    plain = f"{rules.base_url}/forms/{letter.case.brand}"
    if policy.not_accepted is None or not policy.not_accepted.prefill:
        return plain, False
    sealed = link(rules.key, FORM, letter.intent.id, letter.now + LASTS)
    return f"{plain}?lang={letter.intent.language}&start={sealed}", True
