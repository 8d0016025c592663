"""Single parts of a house, made from its settings."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from intake_daemon.broker.embedded import Embedded
from intake_daemon.command.configuration import Configuration
from intake_daemon.contract import Broker, Can, Now, Scanner, Spool, Subscriber, Vault
from intake_daemon.errors import BadSettings, Fault
from intake_daemon.scanning import Clamd
from intake_daemon.settings import Settings
from intake_daemon.spool import FolderSpool, NoSpool
from intake_daemon.store import Store
from intake_daemon.vault import DatabaseVault, FolderVault
from intake_daemon.web import Listen


def listen(place: tuple[str, int], *, next_free: bool) -> Listen:
    """Where a door listens."""
    return Listen(place[0], place[1], next_free)


def senders(configured: Configuration) -> list[str]:
    """Connectors that send notices; each has a queue."""
    return [name for name, kind in configured.connectors.items() if kind.can & {Can.SEND, Can.REPLY}]


def broker(configured: Configuration, now: Now) -> Broker:
    """RabbitMQ is imported only where it is used."""
    settings = configured.settings
    subscribers = [Subscriber(name, each.bind, each.max_length) for name, each in settings.subscribers.items()]
    if settings.broker == "embedded":
        return Embedded(settings.var / "broker.db", now, subscribers, senders(configured))
    from intake_daemon.broker.rabbitmq import RabbitMQ

    return RabbitMQ(settings.broker, now, subscribers, senders(configured))


def vault(settings: Settings, store: Store) -> Vault:
    """Originals and files: a folder of this machine, or the database of all."""
    return FolderVault(settings.var / "vault") if settings.vault == "folder" else DatabaseVault(store)


def scanner(settings: Settings) -> Scanner | None:
    """Who scans files, where one is configured."""
    return Clamd(settings.scanner.clamd, settings.scanner.seconds) if settings.scanner else None


def spool(settings: Settings) -> Spool:
    """Complaints while the broker is away, where a disk outlives the process."""
    if settings.spool == "none":
        return NoSpool()
    return FolderSpool(settings.var / "spool", settings.spool_limit_mb * 1024 * 1024)


def certificates(settings: Settings) -> dict[str, Path]:
    """The PEM files that connectors show to others, by connector."""
    found = {name: getattr(each, "tls_certificate", None) for name, each in settings.connectors.items()}
    return {name: path for name, path in found.items() if path is not None}


def lock(var: Path) -> IO[str]:
    """The embedded broker and SQLite belong to one process. Raises BadSettings while another has them."""
    held = (var / "lock").open("a+")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        problem = "another intake-daemon runs on this folder."
        raise BadSettings([Fault(str(var), 0, problem, "Stop it first, or give this one another `var`.")]) from None
    return held
