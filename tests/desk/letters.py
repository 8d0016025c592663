"""Messages as accept would make them, for the desk's tests; and the shipped configuration as rules."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from intake_daemon.message import Address, Message, Person, ReplyTo, Thread, message_id
from intake_daemon.reference import reference
from router.rules import Rules
from tests.acceptance.arranging import shipped

KEY = b"k" * 32
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""A Friday."""
PREFIXES = {"logoscon": "LOG", "welzo": "WLZ", "ask4": "ASK", "kontakt": "KON"}
"""Of the shipped brands: who only makes a letter does not read the whole configuration for it."""


@functools.cache
def rules() -> Rules:
    """The shipped configuration's, under a key of our own."""
    return replace(shipped().rules, key=KEY)


def letter(
    text: str = "You charged my card twice for one order.",
    *,
    brand: str = "welzo",
    sender: str | None = "ann@customer.example",
    name: str = "Ann",
    message: str | None = "first@customer.example",
    answers: tuple[str, ...] = (),
    tokens: tuple[str, ...] = (),
    **changes: Any,  # noqa: ANN401 -- fields of Message
) -> Message:
    """A mail to a brand, from a customer unless something else is said."""
    identity = message_id(f"{brand}:{message}:{sender}:{text}")
    addresses = (Address(kind="email", value=sender),) if sender else ()
    values: dict[str, Any] = {
        "id": identity,
        "reference": reference(PREFIXES[brand], KEY, identity),
        "brand": brand,
        "connector": "smtp-in",
        "kind": "smtp",
        "channel": "email",
        "external_id": message or "none",
        "received_at": NOON,
        "contact_at": NOON,
        "sender": Person(name=name, addresses=addresses),
        "subject": "Complaint",
        "text": text,
        "thread": Thread(message_id=message, in_reply_to=answers, references=answers, tokens=tokens),
        "reply_to": ReplyTo(connector="smtp-in", address=addresses[0] if addresses else None),
        "raw": "0" * 64,
    }
    return Message.model_validate({**values, **changes})
