"""The steps at which a daemon can be made to fail, and the deeds.

A point is named for what is done there: `publish messages`, `decide message`, `reply mail`. A plan names a point,
before or after it, the how manieth time, and the deed:

    kill    SIGKILL: the process is gone, as in a power cut
    stop    SIGTERM: an operator stops it
    full    the disk is full (vault, spool, SQLite): three times, then there is room again
    away    what is called does not answer: three times, then it does
    hang    it answers three seconds late

`put_in` wraps the methods of the house in the process that it is called in, and nowhere else.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from sqlalchemy import exc

from intake_daemon.errors import Temporary

Deed = Literal["kill", "stop", "full", "away", "hang"]
Named = Callable[[tuple[Any, ...]], str]
TIMES = 3
LATE = 3.0


@dataclass(frozen=True)
class Plan:
    """What is to happen in one life of a daemon."""

    point: str
    deed: Deed = "kill"
    before: bool = True
    hit: int = 1
    """At the how manieth time."""


def _exchange(arguments: tuple[Any, ...]) -> str:
    letters = arguments[0]
    return f"publish {letters[0].exchange.removeprefix('intake.') or 'replies'}" if letters else ""


def _queue(arguments: tuple[Any, ...]) -> str:
    deliveries = arguments[0]
    return f"settle {deliveries[0].queue.removeprefix('intake.').partition('.')[0]}" if deliveries else ""


def _input(arguments: tuple[Any, ...]) -> str:
    return f"decide {type(arguments[0][0].value).__name__.lower()}" if arguments[0] else ""


def _always(name: str) -> Named:
    return lambda _: name


_BROKER = ("publish", _exchange), ("settle", _queue)
WRAPPED: dict[str, tuple[tuple[str, Named], ...]] = {
    "intake_daemon.vault:FolderVault": (("put", _always("vault")),),
    "intake_daemon.vault:DatabaseVault": (("put", _always("vault")),),
    "intake_daemon.broker.embedded:Embedded": _BROKER,
    "intake_daemon.broker.rabbitmq:RabbitMQ": _BROKER,
    "intake_daemon.spool:FolderSpool": (("hold", _always("spool")),),
    "intake_daemon.memory:StoredMemory": (
        ("begin", _always("memory begin")),
        ("done", _always("memory done")),
        ("save", _always("memory save")),
    ),
    "router.ledger.record:StoredLedger": (
        ("decide", _input),
        ("due", _always("due")),
        ("published", _always("published")),
        ("tick", _always("tick")),
    ),
    "connectors.mail:Mail": (("reply", _always("reply mail")),),
    "connectors.telegram:Telegram": (("reply", _always("reply telegram")),),
    "connectors.twilio.text:TwilioText": (("reply", _always("reply sms")),),
    "connectors.meta:Meta": (("reply", _always("reply meta")),),
    "connectors.web_chat:WebChat": (("reply", _always("reply chat")),),
}
POINTS = (
    *(f"publish {exchange}" for exchange in ("messages", "events", "notices", "receipts")),
    *(f"settle {queue}" for queue in ("router", "receipts", "commands", "notices")),
    *(f"decide {kind}" for kind in ("message", "receipt", "command")),
    *("vault", "memory begin", "memory done", "memory save", "due", "published"),
    *(f"reply {way}" for way in ("mail", "telegram", "sms", "meta", "chat")),
)
"""Those that an ordinary scenario passes; `spool` and `tick` need an outage or a day."""
_ROUTER = (
    "publish events",
    "publish notices",
    "settle router",
    "settle receipts",
    "settle commands",
    "decide",
    "vault",
)


def in_router(point: str) -> bool:
    """Whether it is the router half that passes it (`vault`: small originals, which are most)."""
    return point in {"due", "published", "tick"} or point.startswith(_ROUTER)


FULL = ("vault", "decide message", "decide receipt", "published", "memory begin", "publish messages")
"""Where a full disk shows."""


class _Fuse:
    """Counts how often the point was passed, in whichever thread."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._passed = 0
        self._lock = threading.Lock()

    def burns(self, name: str, *, before: bool) -> bool:
        plan = self._plan
        if name != plan.point or before != plan.before:
            return False
        with self._lock:
            self._passed += 1
            times = 1 if plan.deed in {"kill", "stop"} else TIMES
            return plan.hit <= self._passed < plan.hit + times

    async def do(self, name: str) -> None:
        """The deed."""
        deed = self._plan.deed
        if deed == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif deed == "stop":
            os.kill(os.getpid(), signal.SIGTERM)
        elif deed == "hang":
            await asyncio.sleep(LATE)
        elif deed == "full" and name == "vault":
            raise Temporary("disk_full") from OSError(errno.ENOSPC, "No space left on device")
        elif deed == "full":
            full = sqlite3.OperationalError("database or disk is full")
            raise Temporary("database_away") from exc.OperationalError("", {}, full)
        else:
            raise Temporary("away")


def put_in(plan: Plan) -> None:
    """From now on the plan holds in this process."""
    fuse = _Fuse(plan)
    for place, methods in WRAPPED.items():
        module, _, name = place.partition(":")
        if module.startswith("intake_daemon.broker.rabbitmq") and not plan.point.startswith(("publish", "settle")):
            continue
        owner = getattr(import_module(module), name)
        for method, named in methods:
            setattr(owner, method, _wrapped(getattr(owner, method), named, fuse))


def _wrapped(method: Callable[..., Awaitable[Any]], named: Named, fuse: _Fuse) -> Callable[..., Awaitable[Any]]:
    async def passed(self: object, *arguments: Any, **more: Any) -> Any:  # noqa: ANN401 -- whatever the house passes
        name = named(arguments)
        if fuse.burns(name, before=True):
            await fuse.do(name)
        answer = await method(self, *arguments, **more)
        if fuse.burns(name, before=False):
            await fuse.do(name)
        return answer

    return passed
