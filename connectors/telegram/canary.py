"""A canary as Telegram would post it: a line in a private chat, by nobody. Pure."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime

from intake_daemon.contract import NOBODY, Canary


def update(canary: Canary, now: datetime) -> bytes:
    """The update. Its numbers are the canary's own, so no two are one message."""
    who, named = int(NOBODY["telegram"]), uuid.UUID(canary.id).int
    message = {
        "message_id": named % 2**52,
        "from": {"id": who, "is_bot": False, "first_name": ""},
        "chat": {"id": who, "type": "private", "first_name": ""},
        "date": int(now.timestamp()),
        "text": canary.text,
    }
    return json.dumps({"update_id": named % 2**31, "message": message}).encode()


def headers(secret: str) -> Mapping[str, str]:
    """What Telegram puts beside it."""
    return {"content-type": "application/json", "x-telegram-bot-api-secret-token": secret}
