"""Stage 3: which handler (L-04 W-10 K-22). The rules of routing.yaml name the team, handlers.yaml has the person.

There is always somebody: the root team takes what no rule names, a team without anybody free hands it to its manager.
"""

from __future__ import annotations

from dataclasses import replace

from router.case import Case
from router.rules import Rules
from router.turn import Turn


def assign(turn: Turn, rules: Rules) -> Turn:
    """The Turn with team and handler; an addition stays with whom the case has."""
    if turn.effects is not None:
        return turn
    case = turn.case
    if case is not None and case.complaint and not _anew(turn, case):
        return replace(turn, team=case.team or "", handler=case.handler or "")
    spoken = turn.found_language or turn.language
    team, rule = rules.team(turn.said, spoken, turn.topic, danger=turn.danger)
    if case is not None and case.complaint and team == case.team and case.handler not in turn.staff_named:
        return replace(turn, team=team, handler=case.handler or "")
    choice = rules.choose(turn, team, spoken)
    found = turn.found(f"team: {choice.team} ({rule})", team=choice.team, handler=choice.handler)
    return found.found(f"handler: {choice.handler} ({choice.reason})", handler_reason=choice.reason)


def _anew(turn: Turn, case: Case) -> bool:
    """Whether more of the first contact may still change who has it: nobody but a rule has touched the case."""
    return turn.opening and len(case.handlers) == 1 and not case.steps and case.answered_at is None and case.open
