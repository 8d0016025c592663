"""The Bot API through python-telegram-bot; the only file here that imports it.

Nothing that Telegram or the library says is passed on: only codes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

os.environ.setdefault("PTB_TIMEDELTA", "1")  # how the library will tell times by itself one day; else it warns

import telegram
from telegram.request import HTTPXRequest

from intake_daemon.errors import IntakeError, Permanent, Temporary, Unknown

ALLOWED = ("message", "callback_query")
_CONNECTIONS = 8


class Line:
    """One bot. Every method raises Temporary, Permanent or Unknown."""

    def __init__(self, token: str, api: str, timeout: float) -> None:
        self._timeout = timeout
        self._bot = telegram.Bot(
            token,
            f"{api.rstrip('/')}/bot",
            request=_request(_CONNECTIONS, timeout),
            get_updates_request=_request(1, timeout),
        )

    async def __aenter__(self) -> Self:
        """Ready; the token was tried."""
        try:
            await self._bot.initialize()
        except telegram.error.TelegramError as error:
            await self._bot.shutdown()
            raise meaning(error) from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left open."""
        await self._bot.shutdown()

    async def updates(self, offset: int | None, wait: int) -> Sequence[dict[str, Any]]:
        """What is not confirmed yet, from `offset` on; all before it is confirmed by this."""
        try:
            found = await self._bot.get_updates(
                offset, timeout=wait, allowed_updates=list(ALLOWED), read_timeout=self._timeout
            )
        except telegram.error.TelegramError as error:
            raise meaning(error) from None
        return [each.to_dict() for each in found]

    async def say(self, chat: int, text: str, buttons: Sequence[tuple[str, str]] = ()) -> None:
        """One message of plain text; `buttons`: what stands on each, and what its press tells."""
        row = [telegram.InlineKeyboardButton(said, callback_data=told) for said, told in buttons]
        try:
            await self._bot.send_message(chat, text, reply_markup=telegram.InlineKeyboardMarkup([row]) if row else None)
        except telegram.error.TelegramError as error:
            raise meaning(error) from None

    async def pressed(self, press: str) -> None:
        """The press was seen: the button stops turning."""
        try:
            await self._bot.answer_callback_query(press)
        except telegram.error.TelegramError as error:
            raise meaning(error) from None


def _request(connections: int, timeout: float) -> HTTPXRequest:
    return HTTPXRequest(
        connections, read_timeout=timeout, write_timeout=timeout, connect_timeout=timeout, pool_timeout=timeout
    )


def meaning(error: telegram.error.TelegramError) -> IntakeError:
    """What a failure means; see the manual of `connectors.desk_bot`."""
    for kind, meant in _TABLE:
        if isinstance(error, kind):
            return meant(error)
    return Unknown("connection_lost")


def _seconds(after: int | timedelta) -> float:
    return after.total_seconds() if isinstance(after, timedelta) else float(after)


_TABLE: tuple[tuple[type[Exception], Callable[[Any], IntakeError]], ...] = (
    (telegram.error.RetryAfter, lambda error: Temporary("telegram_429", after=_seconds(error.retry_after))),
    (telegram.error.InvalidToken, lambda _: Temporary("telegram_login")),
    (telegram.error.Conflict, lambda _: Temporary("telegram_conflict")),
    (telegram.error.Forbidden, lambda _: Permanent("telegram_blocked")),
    (telegram.error.BadRequest, lambda _: Permanent("telegram_400")),
    (telegram.error.TimedOut, lambda _: Unknown("no_answer")),
)
"""The first one that fits."""
