"""Telegram: customers write to the brand's bot, to its business account, or name the bot in a group (Bot API 10).

What it confirms, and when
--------------------------
polling    getUpdates is called by us, not by a library's dispatcher: asking for the next offset is what confirms, so it
           is asked for only after `Door.accept` returned for everything before it. One process at a time
           (`door.alone`), the others wait. Only Telegram remembers the place: `update_id` may begin anew.
webhook    200 after `accept`; 503 with Retry-After when it cannot be held now; Telegram comes again until the update
           expires. The secret token is compared in constant time before the body is read: 401. Posts carry no time, so
           what is old or replayed is known by its identity: the same contact, once.
Telegram keeps an update for 24 hours (TG-02). Who was away longer has lost complaints: at the next start that is
counted as `telegram_away_too_long`. Updates that wait are never dropped by us.

What is a contact stands in finding.py, what of it in reading.py and content.py; files in fetching.py, answers in
sending.py.
`/new` and `/status` are held, with `fields["command"]` for the router, and so is the button "New complaint" under our
letters; `/start` is answered here and is no contact.
Each line is a contact of its own for us; what is said in one go the router knows by `thread.conversation` and the time,
an album by `part_of`. `contact_at` is Telegram's time of the message, of an edit its own.
Whoever names the bot in a group is answered in private, and told so there: others read along.

What each answer to `reply` means
---------------------------------
    no connection                                    Temporary  `not_connected`
    429, or any with retry_after                     Temporary  `telegram_429`, after what it says
    401, 404: the token is no good                   Temporary  `telegram_login`: the settings are at fault
    409                                              Temporary  `telegram_conflict`
    403 "can't initiate conversation"                Temporary  `telegram_not_started`: until the customer presses Start
    403 otherwise: blocked, left, thrown out         Permanent  `telegram_blocked`
    400 chat not found                               Permanent  `telegram_chat_not_found`
    400 otherwise                                    Permanent  `telegram_400`
    400 the group has moved                          sent there
    413, and any other refusal                       Permanent  `telegram_413`, `telegram_refused`
    connection lost, or no answer, after asking      Unknown    `connection_lost`, `no_answer`
    5xx                                              Unknown    `telegram_5xx`
    an answer that is not the API's (a gateway)      Unknown    `bad_answer`
    a later part of a long notice failed             Unknown    `telegram_partly`
    an address that is no chat                       Permanent  `bad_address`

Telegram offers no way to ask whether a message was sent, so a notice in doubt waits for a person.
Sources: core.telegram.org/bots/api; tdlib/telegram-bot-api. Tried against a Bot API of our own on the wire
(tests/fakes/telegram), never against Telegram itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from connectors import knocking
from connectors.telegram.canary import headers, update
from connectors.telegram.finding import ALLOWED, NEW, Reading
from connectors.telegram.polling import Polling
from connectors.telegram.reading import parse, payload
from connectors.telegram.receiving import Limits, Receiving
from connectors.telegram.sending import Pace, send
from connectors.telegram.settings import TelegramSettings
from connectors.telegram.webhook import Webhook, verified
from intake_daemon.contract import BrandFacts, Can, Canary, ConnectorSettings, Door, World
from intake_daemon.errors import IntakeError, Temporary, Unknown
from intake_daemon.message import Notice, Receipt

if TYPE_CHECKING:
    from connectors.telegram.client import Client

__all__ = ["Reading", "Telegram", "TelegramSettings", "parse", "payload", "verified"]

_COMMANDS = ("new", "status")


class Telegram:
    """One bot."""

    Settings: ClassVar[type[ConnectorSettings]] = TelegramSettings
    can: ClassVar[frozenset[Can]] = frozenset((Can.REPLY, Can.ATTACHMENTS, Can.THREADS, Can.SOURCE_RETRIES))

    def __init__(self, name: str, settings: TelegramSettings, world: World) -> None:
        self.name = name
        self._settings = settings
        self._world = world
        self._bot = int(settings.token.partition(":")[0])
        self._pace = Pace()
        self._client: Client | None = None
        self._making = asyncio.Lock()
        self._closing: asyncio.Task[None] | None = None

    async def run(self, door: Door) -> None:
        """Take updates until cancelled."""
        settings = self._settings
        webhook = Webhook(settings.secret or "", door) if settings.mode == "webhook" else None
        if webhook:
            door.http(f"/hooks/{self.name}", webhook.posted, methods=("POST",))
        client = await self._ready()
        try:
            if webhook:
                async with self._begun(client, door) as webhook.receiving:
                    url = settings.url or f"{self._world.base_url}/hooks/{self.name}"
                    await client.set_webhook(url, settings.secret or "", ALLOWED, settings.connections)
                    await asyncio.Event().wait()
            # before the first question: a Telegram that answers none at all is told as silent, too
            async with door.alone(str(self._bot)) as answered, self._begun(client, door) as receiving:
                await client.delete_webhook()
                await Polling(client, receiving, door, self._world.now, settings.poll_seconds, answered).run()
        except Unknown as error:  # an answer that got lost: asking anew does no harm
            raise Temporary(error.code) from None

    @contextlib.asynccontextmanager
    async def _begun(self, client: Client, door: Door) -> AsyncIterator[Receiving]:
        """Who takes updates, once Telegram has told the bot's name. Raises Temporary, Unknown."""
        settings = self._settings
        reading = Reading(self._bot, await client.username(), settings.channel)
        limits = Limits(settings.max_file_bytes, settings.file_seconds)
        receiving = Receiving(door, settings.brand, reading, client, limits, self._say, client.released)
        try:
            await self._offer_commands(client)
            yield receiving
        finally:
            await receiving.stop()

    async def reply(self, notice: Notice) -> Receipt:
        """Deliver one notice; see the table above."""
        chat, number = await send(notice, await self._ready(), self._pace, self._button(notice))
        return Receipt(
            notice=notice.id,
            connector=self.name,
            outcome="sent",
            at=self._world.now(),
            provider_id=f"telegram:{self._bot}:{chat}:{number}",
            code="telegram_200",
        )

    hears_back = False
    leaves_traces = False

    def tried_for(self) -> Sequence[str]:
        """Its brand, where Telegram posts; a bot that asks is seen to have asked."""
        return [self._settings.brand] if self._settings.mode == "webhook" else []

    async def bring(self, canary: Canary) -> None:
        """Posted as Telegram posts, with the secret; to the address that Telegram has, where that is reached so."""
        told = self._settings.url or ""
        url = told if told.startswith(f"{canary.web}/") else f"{canary.web}/hooks/{self.name}"
        body, beside = update(canary, self._world.now()), headers(self._settings.secret or "")
        await knocking.post(url, body=body, headers=beside, seconds=canary.seconds)

    def _button(self, notice: Notice) -> tuple[str, str] | None:
        """Under every letter of a case; what somebody was only asked needs none."""
        words = self._page(notice.language).get("chat_new", "")
        return (words, NEW) if words and notice.reference else None

    def close(self) -> None:
        """Let go of the client, once nobody sends any more."""
        if self._client:
            self._closing = asyncio.get_running_loop().create_task(self._client.close())

    async def _ready(self) -> Client:
        """The client; the library behind it takes seconds to import, so it is done aside, and only once."""
        async with self._making:
            if self._client is None:
                settings = self._settings
                self._client = await asyncio.to_thread(_client, settings.token, settings.api, settings.timeout)
            return self._client

    async def _say(self, words: str, chat: int, answers: int | None, language: str) -> None:
        said = self._page(language).get(words, "")
        if said:
            await self._pace.wait()
            await (await self._ready()).send(chat, said.format(brand=self._brand.name), answers=answers)

    async def _offer_commands(self, client: Client) -> None:
        """What the customer's client shows after a slash. A nicety: when it fails, nothing is lost."""
        for language in (None, *self._brand.languages):
            page = self._page(language or "")
            offered = [(name, page[f"telegram_{name}"]) for name in _COMMANDS if page.get(f"telegram_{name}")]
            if offered:
                with contextlib.suppress(IntakeError):
                    await client.set_commands(offered, language)

    def _page(self, language: str) -> Mapping[str, str]:
        """The strings in the language of somebody's client, if the brand offers it."""
        offered = self._brand.languages
        spoken = language.partition("-")[0].lower()
        pages = self._world.pages
        return pages.get(spoken if spoken in offered else offered[0]) or pages.get("en") or {}

    @property
    def _brand(self) -> BrandFacts:
        return self._world.brands[self._settings.brand]


def _client(token: str, api: str, timeout: float) -> Client:
    from connectors.telegram.client import Client

    return Client(token, api, timeout)
