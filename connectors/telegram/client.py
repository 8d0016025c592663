"""The Bot API as we call it, through aiogram's client; the only file here that imports aiogram.

Rules
-----
1. What every answer means stands in one table, in the manual of `connectors.telegram`; `meaning` is that table.
2. Updates are taken as they came, unread: one that no model knows must not cost the ninety-nine beside it.
3. Every call has a connection of its own: one that was kept, and died unnoticed, would leave a notice in doubt.
4. A file is downloaded from Telegram's own host only: no redirects, no path that could be an address, no more bytes
   than allowed.
5. Nothing that Telegram or the library says is passed on: it may hold the token, or a customer's words.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from aiogram import Bot, exceptions
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteWebhook,
    GetFile,
    GetMe,
    SendMessage,
    SetMyCommands,
    SetWebhook,
    TelegramMethod,
)
from aiogram.types import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from aiohttp import ClientConnectorError, ClientError, ClientTimeout, ConnectionTimeoutError

from intake_daemon.errors import IntakeError, Permanent, Temporary, Unknown

_PATH = re.compile(r"^(?!/)(?!.*(//|\.\.))[A-Za-z0-9 ._/-]{1,300}$")
_REDIRECT = 3


class GetUpdatesUnread(TelegramMethod[list[dict[str, Any]]]):
    """The method getUpdates, its answer unread."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = 100
    timeout: int = 0
    allowed_updates: list[str]


class _Session(AiohttpSession):
    """Aiogram's own, with a fresh connection for each call."""

    def __init__(self, api: str, timeout: float) -> None:
        super().__init__(api=TelegramAPIServer.from_base(api), timeout=timeout)
        self._connector_init["force_close"] = True
        del self._connector_init["ttl_dns_cache"]

    async def close(self) -> None:
        """Without the library's pause: nothing is kept open that it would wait for."""
        if self._session is not None:
            await self._session.close()

    async def fetch(self, url: str, limit: int, timeout: float) -> bytes:  # noqa: ASYNC109 -- of the one transfer
        """A file of at most `limit` bytes. Raises Temporary, Permanent with a code `file_…`."""
        session = await self.create_session()
        try:
            async with session.get(url, allow_redirects=False, timeout=ClientTimeout(total=timeout)) as answer:
                if answer.status // 100 == _REDIRECT:
                    raise Permanent("file_redirected")
                if answer.status != HTTPStatus.OK:
                    raise Temporary("file_expired" if answer.status == HTTPStatus.NOT_FOUND else "file_not_fetched")
                taken = bytearray()
                async for piece in answer.content.iter_chunked(65536):
                    taken += piece
                    if len(taken) > limit:
                        raise Permanent("file_too_large")
                return bytes(taken)
        except (ClientError, TimeoutError, OSError):
            raise Temporary("file_not_fetched") from None


class Client:
    """One bot, as its owner calls it. Every method raises Temporary, Permanent or Unknown."""

    def __init__(self, token: str, api: str, timeout: float) -> None:
        self._session = _Session(api, timeout)
        self._bot = Bot(token, session=self._session)
        self._timeout = timeout

    async def close(self) -> None:
        """Let go of the connections."""
        await self._session.close()

    async def username(self) -> str:
        """The bot's own name, without @."""
        return str((await self._call(GetMe())).username or "")

    async def updates(self, offset: int | None, wait: int, allowed: Sequence[str]) -> list[dict[str, Any]]:
        """What is not confirmed yet, from `offset` on; all before it is confirmed by this. Waits up to `wait` s."""
        method = GetUpdatesUnread(offset=offset, timeout=wait, allowed_updates=list(allowed))
        found: list[dict[str, Any]] = await self._call(method, self._timeout + wait)
        return found

    async def set_webhook(self, url: str, secret: str, allowed: Sequence[str], connections: int) -> None:
        """Updates are posted there from now on; those that wait stay."""
        await self._call(
            SetWebhook(
                url=url,
                secret_token=secret,
                allowed_updates=list(allowed),
                max_connections=connections,
                drop_pending_updates=False,
            )
        )

    async def delete_webhook(self) -> None:
        """Updates can be asked for again; those that wait stay."""
        await self._call(DeleteWebhook(drop_pending_updates=False))

    async def set_commands(self, commands: Sequence[tuple[str, str]], language: str | None) -> None:
        """What the customer's client offers after a slash, in a language (None: in all others)."""
        listed = [BotCommand(command=name, description=said) for name, said in commands]
        await self._call(SetMyCommands(commands=listed, language_code=language))

    async def released(self, press: str) -> None:
        """A button that was pressed is let go of. A nicety: when it fails, nothing is lost."""
        with contextlib.suppress(IntakeError):
            await self._call(AnswerCallbackQuery(callback_query_id=press))

    async def send(
        self,
        chat: int,
        text: str,
        *,
        answers: int | None = None,
        business: str | None = None,
        button: tuple[str, str] | None = None,
    ) -> int:
        """One message of plain text, with a button under it (its words, what it says); its number. A group that has
        moved is followed there."""
        row = [InlineKeyboardButton(text=button[0], callback_data=button[1])] if button else None
        method = SendMessage(
            chat_id=chat,
            text=text,
            parse_mode=None,
            business_connection_id=business,
            reply_markup=InlineKeyboardMarkup(inline_keyboard=[row]) if row else None,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_parameters=ReplyParameters(message_id=answers, allow_sending_without_reply=True) if answers else None,
        )
        try:
            sent = await self._call(method)
        except Moved as moved:
            sent = await self._call(method.model_copy(update={"chat_id": moved.to, "reply_parameters": None}))
        return int(sent.message_id)

    async def download(self, file_id: str, limit: int) -> bytes:
        """The bytes of a file. Raises Temporary, Permanent with a code `file_…`."""
        try:
            found = await self._call(GetFile(file_id=file_id))
        except Permanent as refused:
            raise Permanent("file_too_large" if refused.code == "telegram_too_big" else "file_gone") from None
        except Unknown:
            raise Temporary("file_not_fetched") from None
        path = found.file_path or ""
        if not _PATH.match(path):
            raise Permanent("file_bad_path")
        if (found.file_size or 0) > limit:
            raise Permanent("file_too_large")
        return await self._session.fetch(self._session.api.file_url(self._bot.token, path), limit, self._timeout)

    async def _call(self, method: TelegramMethod[Any], timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109 -- the method's own result; the library's parameter
        try:
            return await self._bot(method, request_timeout=timeout)  # type: ignore[arg-type]
        except exceptions.AiogramError as error:
            raise meaning(error) from None


class Moved(Permanent):
    """The group is another chat by now."""

    def __init__(self, to: int) -> None:
        super().__init__("telegram_moved")
        self.to = to


def meaning(error: Exception) -> IntakeError:
    """What an answer, or none, means."""
    for kind, meant in _TABLE:
        if isinstance(error, kind):
            return meant(error)
    return Unknown("bad_answer")  # an answer that is none of the API's: a gateway's page


def _network(cause: BaseException | None) -> IntakeError:
    if isinstance(cause, (ClientConnectorError, ConnectionTimeoutError)):
        return Temporary("not_connected")
    return Unknown("no_answer" if isinstance(cause, (TimeoutError, asyncio.TimeoutError)) else "connection_lost")


def _refusal(said: str) -> str:
    if "chat not found" in said:
        return "telegram_chat_not_found"
    if "file is too big" in said:
        return "telegram_too_big"
    return "telegram_400"


def _forbidden(said: str) -> IntakeError:
    if "initiate conversation" in said:
        return Temporary("telegram_not_started")
    return Permanent("telegram_blocked")


_TABLE: tuple[tuple[type[Exception], Callable[[Any], IntakeError]], ...] = (
    (exceptions.TelegramRetryAfter, lambda error: Temporary("telegram_429", after=float(error.retry_after))),
    (exceptions.TelegramMigrateToChat, lambda error: Moved(error.migrate_to_chat_id)),
    (exceptions.TelegramEntityTooLarge, lambda _: Permanent("telegram_413")),
    (exceptions.TelegramNetworkError, lambda error: _network(error.__cause__)),
    (exceptions.TelegramUnauthorizedError, lambda _: Temporary("telegram_login")),
    (exceptions.TelegramNotFound, lambda _: Temporary("telegram_login")),
    (exceptions.TelegramConflictError, lambda _: Temporary("telegram_conflict")),
    (exceptions.TelegramForbiddenError, lambda error: _forbidden(error.message)),
    (exceptions.TelegramBadRequest, lambda error: Permanent(_refusal(error.message))),
    (exceptions.TelegramServerError, lambda _: Unknown("telegram_5xx")),
    (exceptions.TelegramAPIError, lambda _: Permanent("telegram_refused")),
)
"""The first one that fits."""
