"""The office: what the API works with, made of a running house, or of the database alone while no daemon runs.

of(house)            everything, inside the daemon (or a house that was built and not started)
reading(configured)  looking only: no lock, no migration, no broker; it may stand beside a daemon that starts
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import Any

import sqlalchemy as sa
from starlette.routing import BaseRoute

from intake_daemon import journal, life
from intake_daemon.command import comparing, mails, parts
from intake_daemon.command.building import utc_now
from intake_daemon.command.configuration import Configuration
from intake_daemon.command.house import House
from intake_daemon.command.moving import letters
from intake_daemon.contract import Can, File, Held, Letter, Parse, Raw, ReadsAgain
from intake_daemon.errors import BadSettings, Fault, Temporary
from intake_daemon.memory import StoredMemory
from intake_daemon.message import Message
from intake_daemon.settings import Subscription
from intake_daemon.store import Store
from router import api
from router.desk import ComplaintsDesk
from router.ledger import tables
from router.ledger.record import StoredLedger

NOT_RUNNING = "not_running"
_WHOLE = frozenset({"unreadable", "imap_failed", "hook_unreadable", "calls_failed", "telegram_failed"})
"""Reasons for which an original is parked whole; a door that could not fetch it all has parked its beginning."""


class NothingHere(BadSettings):
    """Nothing has ever run on this folder."""


def routes(house: House) -> Sequence[BaseRoute]:
    """What `building.build` hangs on the internal listener and the socket."""
    office = of(house)
    return [*letters.routes(office), *api.routes(office)]


def of(house: House) -> api.Office:
    """The office of a house."""
    configured = house.configuration
    return api.Office(
        store=house.store,
        ledger=house.ledger,
        desk=house.desk,
        broker=house.broker,
        vault=house.vault,
        rules=lambda: house.desk.rules,
        installation=configured.settings.installation.name,
        now=house.now,
        subscribers={name: each.bind for name, each in configured.settings.subscribers.items()},
        condition=partial(_condition, house),
        take=partial(take, house),
        read=partial(_read, house),
        read_again=partial(_read_again, house),
        reconcile=lambda door, since: comparing.answer(comparing.of(house), door, since),
        bring=partial(comparing.bring, house, partial(take, house)),
    )


def intake_of(house: House) -> life.IntakeHalf:
    """The house's intake half, for what no door brings."""
    return life.IntakeHalf(
        house.broker,
        house.vault,
        house.spool,
        house.memory,
        house.configuration.brands,
        house.configuration.rules.key,
        house.now,
        house.scanner,
        house.aside,
    )


async def take(house: House, content: bytes, brand: str, contact_at: datetime | None) -> list[Held]:
    """One mail as an import: it opens its case, its acknowledgement waits for a person."""
    meant = brand or mails.brand_of(content, house.configuration.brands)
    if meant not in house.configuration.brands:
        raise mails.no_brand(house.configuration.brands, brand)
    source = life.Source("import", "import", frozenset({Can.SOURCE_RETRIES}))
    raw = mails.raw(content, meant, contact_at)
    return await life.accept(intake_of(house), source, raw, mails.imported(house.configuration))


async def _read(house: House, content: bytes, brand: str) -> Message:
    return await mails.as_message(house.configuration, content, brand, house.now())


async def _read_again(house: House, parked: Mapping[str, Any]) -> None:
    """An original of the vault, through the parser of today, as its own door would have held it."""
    if parked.get("reason") not in _WHOLE:
        raise api.Refusal(422, "not_whole", "Only its beginning is here. Bring it in whole: intake import FILE")
    try:
        content = await house.vault.get(str(parked["raw"]))
    except KeyError:
        raise api.Refusal(410, "gone", "Its original is no longer in the vault.") from None
    if parked["brand"] not in house.configuration.brands:
        raise api.Refusal(422, "no_such_brand", "Its brand is no longer configured.")
    source = life.Source(str(parked["connector"]), str(parked["kind"]), frozenset({Can.SOURCE_RETRIES}))
    connector: Any = comparing.connectors_of(house).get(source.name)
    if str(parked["media_type"]).startswith("message/"):
        read: Parse = mails.parse(house.configuration)
    elif isinstance(connector, ReadsAgain):
        read = connector.read_again
    else:
        detail = "What this door brought cannot be read again; look at it with: intake parked show"
        raise api.Refusal(422, "no_parser", detail)
    if not await life.accept(intake_of(house), source, await _raw_of(house, parked, content), read):
        raise api.Refusal(422, "unreadable", "It still cannot be read.")


async def _raw_of(house: House, parked: Mapping[str, Any], content: bytes) -> Raw:
    """What the door had accepted, with its files. Raises Refusal."""
    try:
        files = tuple(
            [
                File(str(each["name"]), str(each["media_type"]), await house.vault.get(str(each["id"])))
                for each in parked.get("files") or ()
            ]
        )
    except KeyError:
        raise api.Refusal(410, "gone", "A file of it is no longer in the vault.") from None
    came = parked.get("contact_at")
    return Raw(
        content,
        str(parked["brand"]),
        str(parked["media_type"]),
        contact_at=datetime.fromisoformat(str(came)) if came else None,
        envelope=dict(parked.get("envelope") or {}),
        files=files,
    )


async def _condition(house: House) -> dict[str, Any]:
    """How this process stands."""
    queues = await _queues(house)
    subscribers = house.configuration.settings.subscribers
    return {
        "running": True,
        "pid": os.getpid(),
        "version": version("intake-daemon"),
        "half": house.half,
        "parts": dict(house.ready()),
        "listening": _doors(house),
        "queues": queues,
        "full": [name for name, depth in queues.items() if _is_full(depth, subscribers.get(name))],
        "spool": house.spool.waiting(),
        "down": journal.outages(),
        "answered": {name: at.isoformat() for name, at in house.sources.seen().items()},
        "asked_every": {name: _asked_every(house, name) for name in house.sources.seen()},
        "reconciled": await comparing.last(house),
        "canaries": house.aviary.plain(time.monotonic()) if house.aviary else {},
    }


def _doors(house: House) -> dict[str, dict[str, Any]]:
    """Each connector: its kind, whether it is down and why, and where it listens."""
    parts = house.parts()
    found: dict[str, dict[str, Any]] = {}
    for name, connector in house.connectors.items():
        bound = getattr(connector, "bound", None)
        found[name] = {
            "kind": house.configuration.settings.connectors[name].kind,
            "down": parts.get(f"connector {name}"),
            "at": f"{bound[0]}:{bound[1]}" if bound else None,
        }
    for door in ("public", "internal"):
        try:
            found[f"web {door}"] = {"kind": "http", "down": None, "at": house.web.url(door) if house.web else None}
        except KeyError:
            continue
    return found


def _asked_every(house: House, name: str) -> float:
    """How often the operator has a source asked, in seconds; 0 where that is not theirs to say."""
    settings = house.configuration.settings.connectors.get(name)
    return max(float(getattr(settings, field, 0)) for field in ("look_seconds", "poll_seconds"))


def _is_full(depth: Mapping[str, int], subscription: Subscription | None) -> bool:
    """Whether each new event costs a subscriber its oldest."""
    return subscription is not None and sum(depth.values()) >= subscription.max_length


async def _queues(house: House) -> dict[str, dict[str, int]]:
    """How much waits in each queue of ours; nothing while the broker is away."""
    found = {}
    for name in house.watch.queues:
        try:
            depth = await house.broker.depth(name)
        except (Temporary, KeyError):
            continue
        found[name] = {"ready": depth.ready, "unsettled": depth.unsettled}
    return found


# --- without a daemon -------------------------------------------------------------------------------------------------


@asynccontextmanager
async def reading(configured: Configuration) -> AsyncIterator[api.Office]:
    """The database alone. NothingHere when nothing has ever run here, Temporary when it is away."""
    settings = configured.settings
    file = settings.var / "ledger.db"
    if settings.store == "sqlite" and not file.exists():
        problem = "nothing has run here yet, so there is nothing to look at."
        raise NothingHere([Fault(str(file), 0, problem, "Start it: intake run")])
    store = Store(f"sqlite:///{file}" if settings.store == "sqlite" else settings.store)
    try:
        kept = await store.read(_policies)
        rules = replace(configured.rules, policies=configured.rules.policies.remember(kept))
        desk = ComplaintsDesk(rules)
        installation = settings.installation.name
        nobody: Any = _NoBroker()
        kept_in = parts.vault(settings, store)
        beside = comparing.beside(configured, store, kept_in, StoredMemory(store, "looking", utc_now), utc_now)
        yield api.Office(
            store=store,
            ledger=StoredLedger(store, desk, key=rules.key, installation=installation),
            desk=desk,
            broker=nobody,
            vault=kept_in,
            rules=lambda: rules,
            installation=installation,
            now=utc_now,
            subscribers={},
            condition=_nothing_runs,
            take=_cannot,
            read=lambda content, brand: mails.as_message(configured, content, brand, utc_now()),
            read_again=_cannot,
            reconcile=lambda door, since: comparing.answer(beside, door, since),
            bring=_cannot,
        )
    finally:
        await store.close()


def _policies(connection: sa.Connection) -> list[str]:
    return list(connection.execute(sa.select(tables.policies.c.body)).scalars())


async def _nothing_runs() -> dict[str, Any]:
    return {"running": False, "parts": {}, "listening": {}, "queues": {}, "spool": 0, "down": {}}


async def _cannot(*_given: object) -> Any:  # noqa: ANN401 -- it never answers
    raise Temporary(NOT_RUNNING)


class _NoBroker:
    """As much of a broker as looking needs: nothing is published."""

    async def publish(self, letters: Sequence[Letter]) -> None:  # noqa: ARG002 -- the contract's
        """Always Temporary."""
        raise Temporary(NOT_RUNNING)
