"""Stand-ins for channels whose connectors are not configured in the office: a telephone that is answered by text, and a
chat window. What goes back is kept as it arrives there, so a row can be read from the customer's side."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from intake_daemon.command.configuration import Configuration
from intake_daemon.contract import Can, ConnectorSettings, Door, World
from intake_daemon.message import Notice, Receipt


class Window:
    """Answers where the contact came from, and keeps what it was given."""

    Settings: ClassVar[type[ConnectorSettings]] = ConnectorSettings
    can: ClassVar[frozenset[Can]] = frozenset({Can.REPLY})

    def __init__(self, name: str, _settings: ConnectorSettings, world: World) -> None:
        self.name = name
        self._world = world
        self.shown: list[Notice] = []

    async def run(self, door: Door) -> None:
        """Nothing comes in here: the rows give their contacts as common messages."""

    async def reply(self, notice: Notice) -> Receipt:
        """Shown to whom it concerns."""
        self.shown.append(notice)
        return Receipt(notice=notice.id, connector=self.name, outcome="sent", at=self._world.now())


def with_windows(read: Configuration, *names: str) -> Configuration:
    """The same configuration with such channels."""
    connectors = {**read.settings.connectors, **{name: ConnectorSettings(kind=name) for name in names}}
    settings = read.settings.model_copy(update={"connectors": connectors})
    rules = replace(read.rules, replying=read.rules.replying | set(names))
    kinds = {**read.connectors, **dict.fromkeys(names, Window)}
    return replace(read, settings=settings, connectors=kinds, rules=rules)
