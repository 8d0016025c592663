"""Who only says hello, or only that it is a new complaint, is asked what happened; no case is opened."""

from __future__ import annotations

from datetime import timedelta

from router.owing import Owing
from router.rules import Rules
from router.talk.finding import asked, fresh
from router.turn import Effects, Turn

_ONE_TALK = timedelta(hours=24)
"""So long who was asked what happened, and has said nothing yet, is not asked again."""


def only_begins(turn: Turn, rules: Rules) -> Turn:
    """The Turn decided, where nothing was said yet; the question waits until they have finished (pausing)."""
    message = turn.message
    if turn.keys.conversation is None or turn.insisted or turn.case is not None:
        return turn
    pressed = message.fields.get("command") == "new" and not message.new_words.strip() and not message.attachments
    if not pressed and not (rules.greets(message) and all(rules.greets(each) for each in turn.lines)):
        return turn
    why = "command" if pressed else "greeting"
    before = turn.knows.gathered.get(turn.keys.conversation)
    lately = before is not None and fresh(turn) and message.contact_at - before.last <= _ONE_TALK
    known = (lately or turn.gathering is not None) and any(row.state != "dropped" for row in asked(turn))
    owing = Owing(rules, message.brand, message, turn.language)
    owed = () if turn.quiet or known else tuple(owing.customer("question", cause=message.id))
    effects = Effects("aside", why, brand=message.brand, intents=owed, findings=turn.findings, language=turn.language)
    return turn.found(f"begins: {why}, nothing is said yet", effects=effects)
