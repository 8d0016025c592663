"""The shipped configuration, read once, and arranged for one house of a test: with a folder and ports of its own."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

from intake_daemon.command import configuration
from intake_daemon.command.configuration import Configuration

HERE = Path(__file__).parent


@functools.cache
def shipped() -> Configuration:
    """The shipped configuration, read once."""
    return configuration.read(HERE.parents[1] / "config")


def arranged(var: Path, read: Configuration | None = None) -> Configuration:
    """The same under `var`, on ports of its own; or another one, `read` from a folder of the test's."""
    read = read or shipped()
    anywhere = type(read.settings.web.public)("127.0.0.1", 0)
    web = read.settings.web.model_copy(update={"public": anywhere, "internal": anywhere})
    connectors = {
        name: each.model_copy(
            update={"listen": anywhere}
            if each.kind == "smtp"
            else {"maildir": var / "outbox"}
            if each.kind == "mail"
            else {}
        )
        for name, each in read.settings.connectors.items()
    }
    return replace(read, settings=read.settings.model_copy(update={"var": var, "web": web, "connectors": connectors}))


def with_settings(read: Configuration, connector: str, **said: Any) -> Configuration:  # noqa: ANN401 -- settings
    """The same, where one connector has these settings."""
    changed = read.settings.connectors[connector].model_copy(update=said)
    connectors = {**read.settings.connectors, connector: changed}
    return replace(read, settings=read.settings.model_copy(update={"connectors": connectors}))
