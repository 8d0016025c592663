"""What the Bot API keeps about a bot, and what each of its methods does; without any wire.

Kept of the real one (core.telegram.org/bots/api; tdlib/telegram-bot-api)
- An update is confirmed by a later getUpdates with a higher offset, by nothing else; a negative offset forgets all but
  the last ones. `limit` is 1 to 100. A second getUpdates ends the first with 409; so does a webhook.
- setWebhook takes https (or, here, this machine), a secret of 1 to 256 letters, digits, _ and -; the webhook stays
  until it is deleted, `drop_pending_updates` throws away what waits.
- sendMessage: up to 4,096 UTF-16 code units; 400 for an unknown chat, 403 for a customer who has blocked the bot, 400
  with `migrate_to_chat_id` for a group that has moved.
- getFile: 400 above 20 MB and for an unknown id; the path it gives is for the download only.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

TEXT_UNITS = 4096
FILE_BYTES = 20 * 1000 * 1000
SECRET = re.compile(r"^[A-Za-z0-9_-]{1,256}$")
ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
TAKEN = "terminated by other getUpdates request; make sure that only one bot instance is running"


class Refused(Exception):  # noqa: N818 -- it is what the API says, not an error of ours
    """An answer with `ok: false`."""

    def __init__(self, status: int, said: str, **parameters: int) -> None:
        super().__init__(said)
        self.status = status
        names = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}
        self.description = f"{names.get(status, 'Error')}: {said}" if said else names.get(status, "Error")
        self.parameters = parameters


@dataclass
class Webhook:
    """Where updates are posted to."""

    url: str
    secret: str = ""
    max_connections: int = 40


@dataclass
class Stored:
    """A file. `content` None: it has expired."""

    content: bytes | None
    size: int
    path: str


@dataclass
class Bot:
    """One bot and its world."""

    id: int
    token: str
    username: str
    updates: list[dict[str, Any]] = field(default_factory=list)
    """Not confirmed yet, in order."""
    webhook: Webhook | None = None
    copies: int = 1
    at_once: bool = False
    first: float = 0.02
    confirmed: int = 0
    sent: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    """The caller's port at each call: one that comes again is a connection that was kept."""
    chats: set[int] = field(default_factory=set)
    blocked: set[int] = field(default_factory=set)
    moved: dict[int, int] = field(default_factory=dict)
    files: dict[str, Stored] = field(default_factory=dict)
    failures: dict[str, deque[dict[str, Any]]] = field(default_factory=lambda: defaultdict(deque))
    commands: dict[str, Any] = field(default_factory=dict)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    asking: int = 0
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(9_000_000))
    _messages: itertools.count[int] = field(default_factory=lambda: itertools.count(500_000))

    def me(self) -> dict[str, Any]:
        """The User object of the bot."""
        names = {"first_name": "Complaints", "username": self.username}
        rights = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
        return {"id": self.id, "is_bot": True, **names, **rights, "can_connect_to_business": True}

    def push(self, updates: list[dict[str, Any]]) -> None:
        """They arrive; whoever writes to the bot can be answered."""
        for update in updates:
            self.updates.append({"update_id": update.get("update_id") or next(self._ids), **update})
            for each in update.values():
                if isinstance(each, dict) and "chat" in each:
                    self.chats.add(each["chat"]["id"])

    async def call(self, method: str, said: dict[str, Any]) -> Any:  # noqa: ANN401 -- JSON
        """What the method answers as `result`. Raises Refused."""
        self.calls.append({"method": method, "said": said})
        if method == "getUpdates":
            return await self._get_updates(said)
        known: dict[str, Callable[[], Any]] = {
            "getMe": self.me,
            "setWebhook": lambda: self._set_webhook(said),
            "deleteWebhook": lambda: self._set_webhook({**said, "url": ""}),
            "getWebhookInfo": self._webhook_info,
            "sendMessage": lambda: self._send(said),
            "editMessageText": lambda: self._edit(said),
            "editMessageReplyMarkup": lambda: self._edit(said),
            "sendChatAction": lambda: True,
            "answerCallbackQuery": lambda: self._answer_query(said),
            "setMyCommands": lambda: self._set_commands(said),
            "getMyCommands": lambda: self.commands.get(str(said.get("language_code", "")), []),
            "getFile": lambda: self._get_file(said),
            "logOut": lambda: True,
            "close": lambda: True,
        }
        if method not in known:
            raise Refused(404, "")
        result = known[method]()
        async with self.changed:
            self.changed.notify_all()
        return result

    async def _get_updates(self, said: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook:
            raise Refused(409, ACTIVE)
        self.asking += 1
        mine = self.asking
        offset, limit = int(said.get("offset") or 0), int(said.get("limit") or 100)
        limit = min(max(limit, 1), 100)
        if offset < 0:
            self.updates = self.updates[offset:]
        elif offset:
            self.confirmed = max(self.confirmed, offset - 1)
            self.updates = [each for each in self.updates if each["update_id"] >= offset]
        until = time.monotonic() + min(float(said.get("timeout") or 0), 50)
        async with self.changed:
            self.changed.notify_all()
            while not self.updates:
                if self.webhook:
                    raise Refused(409, ACTIVE)
                left = until - time.monotonic()
                if left <= 0:
                    return []
                try:
                    await asyncio.wait_for(self.changed.wait(), left)
                except TimeoutError:
                    return []
                if self.asking != mine:
                    raise Refused(409, TAKEN)
        return self.updates[:limit]

    def _set_webhook(self, said: dict[str, Any]) -> bool:
        url, secret = str(said.get("url") or ""), str(said.get("secret_token") or "")
        if url and not url.startswith(("https://", "http://127.0.0.1:")):
            raise Refused(400, "bad webhook: An HTTPS URL must be provided for webhook")
        if secret and not SECRET.match(secret):
            raise Refused(400, "secret token contains unallowed characters")
        if str(said.get("drop_pending_updates")).lower() == "true":
            self.updates = []
        self.webhook = Webhook(url, secret, int(said.get("max_connections") or 40)) if url else None
        return True

    def _webhook_info(self) -> dict[str, Any]:
        url = self.webhook.url if self.webhook else ""
        return {"url": url, "has_custom_certificate": False, "pending_update_count": len(self.updates)}

    def _send(self, said: dict[str, Any]) -> dict[str, Any]:
        raw = str(said.get("chat_id", ""))
        chat = int(raw) if raw.lstrip("-").isdigit() else 0
        if chat in self.moved:
            said_so = "group chat was upgraded to a supergroup chat"
            raise Refused(400, said_so, migrate_to_chat_id=self.moved[chat])
        if chat not in self.chats:
            raise Refused(400, "chat not found")
        if chat in self.blocked:
            raise Refused(403, "bot was blocked by the user")
        text = str(said.get("text") or "")
        if not text.strip():
            raise Refused(400, "message text is empty")
        if len(text.encode("utf-16-le")) // 2 > TEXT_UNITS:
            raise Refused(400, "message is too long")
        message = {
            "message_id": next(self._messages),
            "from": self.me(),
            "chat": {"id": chat, "type": "private" if chat > 0 else "supergroup"},
            "date": int(time.time()),
            "text": text,
        }
        self.sent.append({**message, "asked": said})
        return message

    def _edit(self, said: dict[str, Any]) -> dict[str, Any]:
        for each in self.sent:
            if str(each["message_id"]) == str(said.get("message_id")):
                each["text"] = said.get("text", each["text"])
                each["edited"] = said
                return {name: value for name, value in each.items() if name not in {"asked", "edited"}}
        raise Refused(400, "message to edit not found")

    def _answer_query(self, said: dict[str, Any]) -> bool:
        if not said.get("callback_query_id"):
            raise Refused(400, "query is too old and response timeout expired or query ID is invalid")
        return True

    def _set_commands(self, said: dict[str, Any]) -> bool:
        commands = said.get("commands")
        listed = json.loads(commands) if isinstance(commands, str) else commands
        self.commands[str(said.get("language_code", ""))] = listed
        return True

    def _get_file(self, said: dict[str, Any]) -> dict[str, Any]:
        file = self.files.get(str(said.get("file_id")))
        if file is None:
            raise Refused(400, "invalid file_id")
        if file.size > FILE_BYTES:
            raise Refused(400, "file is too big")
        ids = {"file_id": said["file_id"], "file_unique_id": f"u{said['file_id']}"}
        return {**ids, "file_size": file.size, "file_path": file.path}
