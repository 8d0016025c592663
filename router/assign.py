"""Stage 3: which handler (L-04 W-10 K-22). The rules of routing.yaml name the team, handlers.yaml has the person.

There is always somebody: the root team takes what no rule names, a team without anybody free hands it to its manager.
"""

from __future__ import annotations

from dataclasses import replace

from router.rules import Rules
from router.turn import Turn


def assign(turn: Turn, rules: Rules) -> Turn:
    """The Turn with team and handler; an addition stays with whom the case has."""
    if turn.effects is not None:
        return turn
    if turn.case is not None and turn.case.complaint:
        return replace(turn, team=turn.case.team or "", handler=turn.case.handler or "")
    spoken = turn.found_language or turn.language
    team, rule = rules.team(turn.message, spoken, turn.topic, danger=turn.danger)
    choice = rules.choose(turn, team, spoken)
    found = turn.found(f"team: {choice.team} ({rule})", team=choice.team, handler=choice.handler)
    return found.found(f"handler: {choice.handler} ({choice.reason})", handler_reason=choice.reason)
