"""Updates as Telegram sends them, in short: each message from somebody, somewhere, with the fields it always has."""

from __future__ import annotations

from typing import Any

NOON = 1_793_534_400
"""2026-11-01 12:00 UTC: when a message was written unless said otherwise."""


def person(number: int = 4242, name: str = "Leyla", **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- any field of a User
    """A User."""
    return {"id": number, "is_bot": False, "first_name": name, "last_name": "Quliyeva", "language_code": "ru", **more}


def message(number: int = 1, chat: int = 4242, **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- any field of a Message
    """A Message in a private chat, of whom the chat is with."""
    where = {"id": chat, "type": "private", "first_name": "Leyla"}
    return {"message_id": number, "from": person(chat), "chat": where, "date": NOON + number, **more}


def written(text: str, number: int = 1, chat: int = 4242, **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- the same
    """An update with a text."""
    return {"message": message(number, chat, text=text, **more)}


def command(text: str, number: int = 1, **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- the same
    """An update with a command at its beginning."""
    entity = {"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}
    return written(text, number, entities=[entity], **more)
