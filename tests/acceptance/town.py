"""A town: an office to which every way leads, with a Twilio, a Meta and a Telegram of its own; for the rows that come
by more than mail and form.

    async with town_in(var, accounts(fakes)) as town:   `telegrams=True` also has a bot for each brand
        await town.calls.says(words, who="+994…")      each way: ways/

Texts go to the telephone of who called, so a call is answered there. The rest of the configuration is as shipped.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from intake_daemon.command.configuration import Configuration, kind_class
from intake_daemon.contract import Can, ConnectorSettings
from tests.acceptance.arranging import arranged
from tests.acceptance.office import Clock, Office, office_of
from tests.acceptance.ways import calls, chat, papers, posts, social, telegram, texts
from tests.fakes.meta import FakeApp, FakeMeta
from tests.fakes.process import Fake
from tests.fakes.telegram import FakeBot, FakeTelegram
from tests.fakes.twilio import FakeAccount, FakeTwilio

_kind_class = functools.cache(kind_class)
F = TypeVar("F", bound=Fake)
BRANDS = ("logoscon", "welzo", "ask4", "kontakt")


def door(**said: Any) -> ConnectorSettings:  # noqa: ANN401 -- settings
    """The settings of a connector, by its own types."""
    return _kind_class(str(said["kind"])).Settings.model_validate(said)


_STANDING: dict[str, dict[str, Any]] = {
    "chat": chat.DOOR,
    "line": calls.settings(),
    "paper": papers.DOOR,
    **posts.settings(),
}
"""Doors that are the same in every town."""


@functools.cache
def _standing() -> dict[str, ConnectorSettings]:
    return {name: door(**said) for name, said in _STANDING.items()}


def with_doors(
    read: Configuration,
    doors: Mapping[str, ConnectorSettings],
    outgoing: Mapping[str, Mapping[str, str]] | None = None,
) -> Configuration:
    """The same configuration with these connectors, and per brand further ways to send."""
    kinds = {name: _kind_class(each.kind) for name, each in doors.items()}
    replying = {name for name, kind in kinds.items() if Can.REPLY in kind.can}
    ways = {brand: {**read.rules.outgoing[brand], **more} for brand, more in (outgoing or {}).items()}
    rules = replace(read.rules, replying=read.rules.replying | replying, outgoing={**read.rules.outgoing, **ways})
    settings = read.settings.model_copy(update={"connectors": {**read.settings.connectors, **doors}})
    return replace(read, settings=settings, connectors={**read.connectors, **kinds}, rules=rules)


class Fakes:
    """The providers, each in a process of its own that begins when it is first asked for, and serves every town."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[type[Fake], Fake] = {}

    def of(self, kind: type[F]) -> F:
        """That one, running."""
        found = self._running.get(kind)
        if found is None:
            found = kind(self._logs / kind.__name__)
            found.start()
            self._running[kind] = found
        assert isinstance(found, kind)
        return found

    def kill(self) -> None:
        """They end."""
        for each in self._running.values():
            each.kill()


@dataclass
class Town(Office):
    """The office, and every way to it."""

    social: social.SocialWay = field(init=False)
    texts: texts.TextWay = field(init=False)
    chat: chat.ChatWay = field(init=False)
    calls: calls.CallWay = field(init=False)
    papers: papers.PaperWay = field(init=False)
    posts: posts.PostWay = field(init=False)
    telegram: telegram.TelegramWay = field(init=False)


@dataclass(frozen=True)
class Accounts:
    """The company's accounts with the providers. They stay when a house is closed and another opened."""

    fakes: Fakes
    apps: Mapping[str, FakeApp]
    texting: FakeAccount
    bots: Mapping[str, FakeBot]

    def doors(self) -> dict[str, dict[str, Any]]:
        """Settings of the connectors, by name."""
        found = {
            "meta": social.settings(self.fakes.of(FakeMeta), self.apps),
            "sms": texts.settings(self.fakes.of(FakeTwilio), self.texting),
        }
        for brand, bot in self.bots.items():
            found[f"telegram-{brand}"] = telegram.settings(self.fakes.of(FakeTelegram), bot, brand)
        return found


def accounts(fakes: Fakes, *, telegrams: bool = False) -> Accounts:
    """Fresh ones. `telegrams`: bots, too, whose library is the slowest of all to import."""
    apps = {brand: fakes.of(FakeMeta).app() for brand in BRANDS}
    bots = {brand: fakes.of(FakeTelegram).bot() for brand in (BRANDS if telegrams else ())}
    return Accounts(fakes, apps, fakes.of(FakeTwilio).account(), bots)


@asynccontextmanager
async def town_in(
    var: Path,
    accounts: Accounts,
    *,
    clock: Clock | None = None,
    without: str = "",
    texting: bool = True,
    changed: Mapping[str, Mapping[str, Any]] | None = None,
) -> AsyncIterator[Town]:
    """It runs for the length of the block. `without`: a connector that is not configured; `texting`: whether telephones
    are sent to; `changed`: by connector, settings that differ."""
    said = accounts.doors()
    said |= {name: {**said.get(name, _STANDING.get(name, {})), **more} for name, more in (changed or {}).items()}
    doors = {**_standing(), **{name: door(**each) for name, each in said.items()}}
    doors.pop(without, None)
    outgoing = {brand: {"phone": "sms"} for brand in BRANDS} if texting else {}
    configured = with_doors(arranged(var), doors, outgoing)
    async with office_of(configured, clock) as office:
        town = Town(office.house, office.clock, office.outbox)
        town.social, town.texts = social.SocialWay(town, accounts.apps), texts.TextWay(town, accounts.texting)
        town.chat, town.calls, town.posts = chat.ChatWay(town), calls.CallWay(town), posts.PostWay(town)
        town.papers, town.telegram = papers.PaperWay(town, town.house.store), telegram.TelegramWay(town, accounts.bots)
        try:
            await town.telegram.open()
            yield town
        finally:
            await town.chat.close()
