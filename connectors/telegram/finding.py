"""Which updates are contacts: what somebody said to us.

    message, business_message                   a contact
    edited_message, edited_business_message     a revision of it
    callback_query of our button NEW            a contact: the command `/new`, as if it had been written
    everything else                             `Other`: a status, a button, a reaction, a deletion …
    of messages: our own, the business's own, Telegram's service messages, and in a group those that are not to us

To us is, in a group: a mention, a command with our name, an answer to our own message. An album has its caption on one
of its parts; the others follow it (`addressed`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from connectors.telegram.content import SERVICE, mapping, mappings, number, string, text_of

_KINDS = {
    "message": (False, False),
    "edited_message": (True, False),
    "business_message": (False, True),
    "edited_business_message": (True, True),
}
"""Update -> whether it is an edit, whether it belongs to a business account."""
ALLOWED = (*_KINDS, "business_connection", "deleted_business_messages", "callback_query", "my_chat_member")
"""What we ask Telegram for: the default leaves nothing of it out, but whatever a bot asked last sticks (TG-07)."""
NEW = "new"
"""What our button "New complaint" says when it is pressed."""
_GROUPS = frozenset(("group", "supergroup"))
_COMMAND = re.compile(r"^/([A-Za-z]\w{0,31})(?:@(\w+))?(?=\s|$)")
_PAYLOAD = re.compile(r"^[A-Za-z0-9_-]{0,64}$")


@dataclass(frozen=True)
class Reading:
    """What it needs to know: the bot's own number and name, and which channel of the policy this is."""

    bot: int = 0
    username: str = ""
    channel: Literal["social", "chat"] = "social"


_WHY = {
    "empty": "it holds no update",
    "own": "we, or the company itself, wrote it",
    "service": "Telegram tells that something happened in the chat",
    "not_to_us": "in a group it does not name the bot",
    "start": "somebody opened the chat; they are greeted",
}


@dataclass(frozen=True)
class Other:
    """What is no contact, as a code."""

    what: str

    @property
    def why(self) -> str:
        """The same as a sentence."""
        return _WHY.get(self.what, "it is news of another kind, and no message")


@dataclass(frozen=True)
class Said:
    """A message that somebody wrote to us."""

    message: Mapping[str, Any]
    edited: bool
    business: bool

    @property
    def moment(self) -> datetime | None:
        """When, by Telegram's clock."""
        seconds = number(self.message.get("edit_date" if self.edited else "date"))
        try:
            return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError, OSError):
            return None

    @property
    def chat(self) -> str:
        """Which conversation: the chat, in a business account apart from the bot's own."""
        chat = number(mapping(self.message.get("chat")).get("id"))
        connection = string(self.message.get("business_connection_id"))
        return f"{connection}/{chat}" if self.business else f"{chat}"

    @property
    def grouped(self) -> bool:
        """Whether others read along."""
        return string(mapping(self.message.get("chat")).get("type")) in _GROUPS


def updates_of(content: bytes) -> Sequence[Mapping[str, Any]]:
    """The updates in a body: one, a list, or what getUpdates answered. Empty: it holds none."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return []
    if isinstance(found, dict) and isinstance(found.get("result"), list):
        found = found["result"]
    if isinstance(found, dict) and "message_id" in found:
        found = {"message": found}
    return mappings(found if isinstance(found, list) else [found])


def body_of(update: Mapping[str, Any]) -> bytes:
    """An update as bytes: its original, where it came as one of several."""
    return json.dumps(update, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def find(update: Mapping[str, Any], reading: Reading, *, addressed: bool = False) -> Said | Other:
    """Whether it is a contact."""
    name = next((name for name in _KINDS if mapping(update.get(name))), None)
    if name is None and (pressed := _pressed(update)):
        return Said(pressed, edited=False, business=False)
    if name is None:
        return Other(next((key for key in update if key != "update_id"), "") or "empty")
    message = update[name]
    said = Said(message, *_KINDS[name])
    if why := _no_contact(said, reading):
        return Other(why)
    if said.grouped and not addressed and not _to_us(message, reading):
        return Other("not_to_us")
    command, behind = command_in(text_of(message))
    if (command == "start" and _PAYLOAD.match(behind.strip())) or (command == "help" and not behind.strip()):
        return Other("start")  # what is said behind `/help` is said; behind `/start` a link may have put a word
    return said


def press_of(update: Mapping[str, Any]) -> str:
    """The id of the press that this update tells of, or an empty one."""
    return string(mapping(update.get("callback_query")).get("id"))


def _pressed(update: Mapping[str, Any]) -> Mapping[str, Any]:
    """Our button, pressed in a private chat, as the message that it stands for. It has no time and no number."""
    pressed = mapping(update.get("callback_query"))
    chat = mapping(mapping(pressed.get("message")).get("chat"))
    if pressed.get("data") != NEW or chat.get("type") != "private" or not press_of(update):
        return {}
    return {"from": pressed.get("from"), "chat": chat, "text": f"/{NEW}", "pressed": press_of(update)}


def _no_contact(said: Said, reading: Reading) -> str:
    message = said.message
    chat, sender = mapping(message.get("chat")), mapping(message.get("from"))
    if any(message[name] is not None and message[name] is not False for name in message.keys() & SERVICE):
        return "service"
    if reading.bot and number(sender.get("id")) == reading.bot:
        return "own"
    if message.get("is_automatic_forward") is True or chat.get("type") == "channel":
        return "own"  # what the company itself posts in its channel
    if said.business and (message.get("sender_business_bot") or sender.get("id", chat.get("id")) != chat.get("id")):
        return "own"  # what the business wrote to its customer
    return ""


def _to_us(message: Mapping[str, Any], reading: Reading) -> bool:
    if reading.bot and number(mapping(mapping(message.get("reply_to_message")).get("from")).get("id")) == reading.bot:
        return True
    units = text_of(message).encode("utf-16-le", "surrogatepass")
    for entity in (*mappings(message.get("entities")), *mappings(message.get("caption_entities"))):
        start, length = number(entity.get("offset")) or 0, number(entity.get("length")) or 0
        named = units[2 * start : 2 * (start + length)].decode("utf-16-le", "replace").rpartition("@")[2].lower()
        if string(entity.get("type")) in {"mention", "bot_command"} and _our_name(named, reading):
            return True
        if entity.get("type") == "text_mention" and number(mapping(entity.get("user")).get("id")) == (
            reading.bot or -1
        ):
            return True
    return False


def _our_name(named: str, reading: Reading) -> bool:
    """Without a name of our own (a recorded payload) any bot's will do."""
    return named == reading.username.lower() if reading.username else named.endswith("bot")


def command_in(text: str) -> tuple[str, str]:
    """The command at the beginning, in lower case, and what stands behind it."""
    found = _COMMAND.match(text)
    return (found[1].lower(), text[found.end() :]) if found else ("", text)
