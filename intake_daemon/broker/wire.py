"""A letter as an AMQP 0-9-1 message, and back.

Rules
- Everything is persistent. The time of publishing travels twice: as the `timestamp` property, which has whole seconds
  only, and as the header `intake-published-at` (RFC 3339).
- Whom the broker vouches for is the `user_id` property alone; a header of that name is anybody's.
- What RabbitMQ and other programs write into the headers stays with them: a letter has text values only.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage

from intake_daemon.contract import Delivery, Letter
from intake_daemon.message import message_id, utc

PUBLISHED = "intake-published-at"
_LONGEST = 200
_BROKERS_OWN = ("x-first-death-", "x-last-death-", "x-death", "x-delivery-count", "x-acquired-count", PUBLISHED)


def as_message(letter: Letter, published: datetime) -> Message:
    """What is sent."""
    return Message(
        letter.body,
        headers={**letter.headers, PUBLISHED: utc(published)},
        content_type=letter.content_type,
        delivery_mode=DeliveryMode.PERSISTENT,
        correlation_id=letter.correlation_id,
        reply_to=letter.reply_to,
        message_id=letter.message_id,
        timestamp=published,
    )


def as_delivery(queue: str, tag: int, message: AbstractIncomingMessage, arrived: datetime) -> Delivery:
    """What has come. `arrived`: stands in where a stranger told no time of publishing."""
    letter = Letter(
        exchange=message.exchange or "",
        key=message.routing_key or "",
        body=message.body,
        message_id=_named(message),
        content_type=message.content_type or "application/octet-stream",
        headers={
            name: value
            for name, value in message.headers.items()
            if isinstance(value, str) and not name.startswith(_BROKERS_OWN)
        },
        correlation_id=message.correlation_id,
        reply_to=message.reply_to,
    )
    published = _published(message) or arrived
    return Delivery(queue, tag, letter, bool(message.redelivered), published, message.user_id)


def _named(message: AbstractIncomingMessage) -> str:
    """Its id. A stranger's letter may have none, or an odd one: then it is named by what it says, since attempts are
    counted, and letters parked, by this name."""
    told = message.message_id or ""
    if told and len(told) <= _LONGEST and told.isprintable():
        return told
    return message_id(f"letter:{told}:{hashlib.sha256(message.body).hexdigest()}")


def _published(message: AbstractIncomingMessage) -> datetime | None:
    told = message.headers.get(PUBLISHED)
    if isinstance(told, str):
        try:
            read = datetime.fromisoformat(told)
        except ValueError:
            read = None
        if read is not None and read.tzinfo is not None:
            return read.astimezone(UTC)
    stamp = message.timestamp
    if stamp is None:
        return None
    return stamp.astimezone(UTC) if stamp.tzinfo else stamp.replace(tzinfo=UTC)
