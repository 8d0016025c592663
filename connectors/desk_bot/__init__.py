"""The desk's own bot: handlers hear of their cases in Telegram and act there. A token of its own, a library of its own
(python-telegram-bot): whatever floods the customers' bot cannot touch it.

What it does
------------
linking     `intake token create WHO` makes a one-time code; whoever writes it to the bot in private is WHO from then
            on, and the code is used up. A link ends with `/unlink`, when WHO leaves handlers.yaml, or blocks the bot.
told        a new assignment with the button Claim; a warning and a breach with Progress and Extend. Read from the feed
            of events behind a place that is kept, so nothing is missed; after a crash something may be told twice.
asked       `/mine`, `/case REF`: reference, state, topic, due. No word of a customer is ever sent here.
acting      a button becomes a common `Command` (Claim: `assign` to oneself), under an id made from the press, so a
            press that is delivered twice is done once. Progress and Extend ask for their words first. What is refused
            is told with the reason.

Updates are asked for by us; the next offset is asked for when all before it is done. One process at a time.

When something fails
--------------------
    no connection, time-out, 5xx      asked again; three times in a row are told by the supervisor
    429                               after what it says
    401, 404, 409                     Temporary `telegram_login`, `telegram_conflict`: the settings are at fault
    403 from somebody we tell         their link ends
It sends no notices: `reply` is Permanent `desk_bot_cannot_send`. Letters to staff go by mail all the same.
Tried with python-telegram-bot against a Bot API of our own on the wire (tests/fakes/telegram), never against Telegram
itself.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from connectors.desk_bot.desk import Desk
from connectors.desk_bot.listening import Listening
from connectors.desk_bot.telling import Telling
from intake_daemon.contract import Can, ConnectorSettings, Door, World
from intake_daemon.errors import Permanent, Temporary
from intake_daemon.message import Notice, Receipt

if TYPE_CHECKING:
    from connectors.desk_bot.line import Line

__all__ = ["DeskBot", "DeskBotSettings"]


class DeskBotSettings(ConnectorSettings):
    """The bot for our own people."""

    token: str = Field(pattern=r"^\d+:\S+$", repr=False)
    """What @BotFather gave; another one than the customers' bot has. Write `${ENV}` or `${file:…}`."""
    api: str = Field(default="https://api.telegram.org", pattern=r"^https?://\S+$")
    """The Bot API; another one for a server of your own."""
    look_seconds: float = Field(default=5, gt=0)
    """How often the feed is looked at."""
    poll_seconds: int = Field(default=50, ge=0, le=50)
    """How long Telegram keeps our question open."""
    timeout: float = Field(default=30, gt=0)
    """The longest wait, in seconds, for a connection and for an answer."""


class DeskBot:
    """One bot."""

    Settings: ClassVar[type[ConnectorSettings]] = DeskBotSettings
    can: ClassVar[frozenset[Can]] = frozenset()

    def __init__(self, name: str, settings: DeskBotSettings, world: World) -> None:
        self.name = name
        self._settings = settings
        self._world = world

    async def run(self, door: Door) -> None:
        """Listen and tell until cancelled. Raises Temporary."""
        if door.staff is None:
            raise Temporary("no_desk")
        settings = self._settings
        line = await asyncio.to_thread(_line, settings.token, settings.api, settings.timeout)
        async with door.alone(settings.token.partition(":")[0]) as answered, line:
            desk = Desk(door.staff, door.cursor, self._world, self.name)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(Listening(line, desk, settings.poll_seconds, door.refused, answered).run())
                    group.create_task(Telling(line, desk, settings.look_seconds).run())
            except ExceptionGroup as failed:
                raise failed.exceptions[0] from None

    async def reply(self, notice: Notice) -> Receipt:
        """Letters to staff go by mail."""
        del notice
        raise Permanent("desk_bot_cannot_send")


def _line(token: str, api: str, timeout: float) -> Line:
    from connectors.desk_bot.line import Line

    return Line(token, api, timeout)
