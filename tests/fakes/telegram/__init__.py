"""A Telegram of our own: the Bot API on the wire, in its own process, and how a test speaks to it.

    telegram = FakeTelegram(log); telegram.start()      once per session
    bot = telegram.bot()                                once per test: a fresh bot with its own token and world
    bot.push(update, ...)                               updates arrive, in this order
    bot.fail("sendMessage", {"status": 429, "retry_after": 1})
    bot.seen()                                          what was called, sent, is still unconfirmed

What it keeps of the real one stands in api.py, how it fails in server.py. A failure is used up by one call:

    {"status": 502, "body": "<html>"}   an answer that is none of the API's (nothing was done)
    {"status": 429, "retry_after": 3}   flood control (nothing was done)
    {"drop": "before"}                  the connection ends and nothing was done
    {"drop": "after"}                   the same, and it was done
    {"slow": 0.5}                       done, answered late
    {"cut": true}                       of a file: half of it, then the connection ends
    {"redirect": "http://…"}            of a file: it is elsewhere
"""

from __future__ import annotations

import http.client
import json
import sys
from pathlib import Path
from typing import Any

from tests.services.guard import Guarded
from tests.services.place import free_port, until

ROOT = Path(__file__).parent.parent.parent.parent


class FakeTelegram:
    """The process."""

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        self._log = log
        self._guarded: Guarded | None = None

    @property
    def url(self) -> str:
        """The API's address, as a connector's `api` setting has it."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Runs it; returns when it answers."""
        command = [sys.executable, "-m", "tests.fakes.telegram.server", str(self.port)]
        self._guarded = Guarded(command, log=self._log, cwd=ROOT)
        until(self._answers, "the fake Telegram answers", log=self._log)

    def kill(self) -> None:
        """Ends it."""
        if self._guarded is not None:
            self._guarded.kill()

    def bot(self) -> FakeBot:
        """A fresh bot."""
        return FakeBot(self, self.ask("new", {}))

    def ask(self, what: str, said: Any) -> Any:  # noqa: ANN401 -- JSON
        """One word to the fake's own side, which no client of the API ever sees."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            line.request("POST", f"/control/{what}", json.dumps(said), {"content-type": "application/json"})
            answer = line.getresponse()
            body = answer.read()
        finally:
            line.close()
        assert answer.status == http.client.OK, body
        return json.loads(body)

    def _answers(self) -> bool:
        try:
            self.ask("hello", {})
        except OSError:
            return False
        return True


class FakeBot:
    """One bot of it."""

    def __init__(self, telegram: FakeTelegram, made: dict[str, Any]) -> None:
        self.telegram = telegram
        self.id: int = made["id"]
        self.token: str = made["token"]
        self.username: str = made["username"]

    def _ask(self, what: str, **said: Any) -> Any:  # noqa: ANN401 -- JSON
        return self.telegram.ask(what, {"token": self.token, **said})

    def push(self, *updates: dict[str, Any]) -> None:
        """They arrive, in this order; who has no `update_id` gets the next one."""
        self._ask("push", updates=updates)

    def fail(self, method: str, *failures: dict[str, Any]) -> None:
        """The next calls of this method fail so, one after another; `file` is the download."""
        self._ask("fail", method=method, failures=failures)

    def keep(self, file_id: str, content: str | None, size: int | None = None, path: str | None = None) -> None:
        """A file that can be fetched; its content as Latin-1 text, None for one that has expired."""
        self._ask("keep", file_id=file_id, content=content, size=size, path=path)

    def block(self, chat: int, *, on: bool = True) -> None:
        """The customer blocks the bot."""
        self._ask("block", chat=chat, on=on)

    def move(self, chat: int, to: int) -> None:
        """The group becomes a supergroup."""
        self._ask("move", chat=chat, to=to)

    def know(self, *chats: int) -> None:
        """The bot may write there."""
        self._ask("know", chats=chats)

    def deliver(self, *, copies: int = 1, at_once: bool = False, first: float = 0.02) -> None:
        """How webhooks come: each so many times, also `at_once`; `first`: seconds before a refused one is repeated."""
        self._ask("deliver", copies=copies, at_once=at_once, first=first)

    def seen(self) -> dict[str, Any]:
        """`calls`, `sent`, `pending` and `confirmed` update ids, `webhook` and its `answers`, `lines`."""
        found: dict[str, Any] = self._ask("seen")
        return found

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The parameters of each call of this method."""
        return [call["said"] for call in self.seen()["calls"] if call["method"] == method]

    def texts(self) -> list[str]:
        """What was sent, in order."""
        return [each["text"] for each in self.seen()["sent"]]
