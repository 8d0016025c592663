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
    {"after": 500}                      answered so, although it was done
    {"slow": 0.5}                       done, answered late
    {"cut": true}                       of a file: half of it, then the connection ends
    {"redirect": "http://…"}            of a file: it is elsewhere
"""

from __future__ import annotations

from typing import Any

from tests.fakes.process import Fake


class FakeTelegram(Fake):
    """The process."""

    server = "tests.fakes.telegram.server"

    def bot(self) -> FakeBot:
        """A fresh bot."""
        return FakeBot(self, self.ask("new", {}))


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
