"""Reads a configuration as the daemon does: intake.yaml with the real connectors' settings, then the router's files."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from intake_daemon.contract import ConnectorSettings
from intake_daemon.settings import Settings, load_settings
from router.configuration import Configuration, load_configuration

GOOD = Path(__file__).parent / "good"
SHIPPED = Path(__file__).parents[2] / "config"
ENVIRONMENT = {"INTAKE_KEY": "k" * 40, "DB_PASSWORD": "planted-1", "SMTP_PASSWORD": "planted-2"}
TODAY = date(2026, 11, 21)
_KINDS = {
    "smtp": "connectors.smtp:Smtp",
    "web_form": "connectors.web_form:WebForm",
    "web_chat": "connectors.web_chat:WebChat",
    "mail": "connectors.mail:Mail",
}


def kinds(kind: str) -> type[ConnectorSettings]:
    """The Settings of a connector that exists."""
    module, _, name = _KINDS[kind].partition(":")
    found: type[ConnectorSettings] = getattr(importlib.import_module(module), name).Settings
    return found


def settings(folder: Path, env: Mapping[str, str] | None = None) -> Settings:
    """intake.yaml of a folder."""
    return load_settings(folder, kinds, sorted(_KINDS), env=ENVIRONMENT if env is None else env)


def configuration(folder: Path) -> Configuration:
    """All of a folder."""
    return load_configuration(folder, settings(folder), TODAY)
