"""What the desk would do with a message: the real desk, the ledger's knowledge, and nothing written."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from intake_daemon.message import Message
from router.ledger import reading
from router.ledger.batch import Batch
from router.ledger.knowing import knowledge
from router.turn import Desk


def tried(
    connection: sa.Connection | None,
    desk: Desk,
    message: Message,
    now: datetime,
    *,
    key: bytes,
    installation: str,
) -> dict[str, Any]:
    """Findings in order, events, and each notice as it would leave. Without a connection, and for what was held before:
    as if it were the first contact of all."""
    keys = desk.keys(message)
    batch = Batch(now, key, installation)
    if connection is not None:
        # as on SQLite, without row locks: this only reads
        reading.read(connection, batch, [keys], [message], sqlite=True)
    known = knowledge(batch, keys, message.brand).known
    if known != "no":
        batch = Batch(now, key, installation)  # what it made itself must not count as known
    knows = knowledge(batch, keys, message.brand)
    effects = desk.consider(message, knows, now)
    batch.apply(effects)
    if effects.case in batch.cases:
        for decided in desk.follow(batch.cases[effects.case], now):
            batch.record(effects.case, "", "", decided)
    for intent in effects.intents:
        if effects.case is not None:
            batch.owe(effects.case, effects.brand, intent, now)
            batch.release(effects.case, intent, desk.render(batch.cases[effects.case], intent, message, None, now))
    letters = [json.loads(row["body"]) for row in batch.rows["content"] if row["kind"] == "notice"]
    shown = ("purpose", "connector", "language", "to", "sender_name", "sender_address", "subject", "text")
    return {
        "known": known,
        "disposition": effects.disposition,
        "reason": effects.reason,
        "reference": batch.cases[effects.case].reference if effects.case in batch.cases else message.reference,
        "findings": list(effects.findings),
        "topic": effects.topic,
        "team": effects.team,
        "handler": effects.handler,
        "language": effects.language,
        "events": [json.loads(row["body"]) for row in batch.rows["events"]],
        "notices": [{name: letter[name] for name in shown} for letter in letters],
    }
