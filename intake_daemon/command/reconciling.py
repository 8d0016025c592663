"""Reconciling: what the sources have against what we hold, and what we hold against its originals.

    not_held           the source has it, was past it (or has waited too long with it), and no contact is it
    in_no_contact      an original lies in the vault, and neither a contact nor what is parked holds it
    without_original   a contact whose original or file is not in the vault
    unaccounted        a contact that says that it became a case, or part of one, that is not there
    not_asked          a source that keeps what it had, and did not answer

Rules
-----
1. It only looks. Nothing is marked as seen, moved or deleted, here or there.
2. What is younger than `_YOUNG` may still be on its way, and is left out; what waits in queue or spool is counted: it
   may be among what seems missing.
3. Names of files and UIDs go to who asked, the operator; the journal and the metrics have counts only.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

from intake_daemon import journal
from intake_daemon.contract import CanBeAsked, Connector, Cursor, Now, Offered, Raw, TakesMail, Vault
from intake_daemon.errors import Permanent, Temporary
from intake_daemon.message import utc
from intake_daemon.store import Store
from router.ledger import balance
from router.ledger.lookup import missing

Side = Literal["not_held", "in_no_contact", "without_original", "unaccounted", "not_asked"]
_YOUNG = timedelta(minutes=10)
_VAULT_YOUNG = timedelta(hours=1)
"""An original is put into the vault before its message is published, and a slow upload takes its time."""
_AGAIN = 5.0
"""Seconds until what seems to be nobody's is looked at once more."""
_PIECE = 500
_NAMED = 1000
"""Missing items that are named; all are counted."""
_VAULT = "vault"


@dataclass(frozen=True)
class Missing:
    """One thing that is missing, and what to do."""

    door: str
    side: Side
    name: str
    at: str | None
    remedy: str


@dataclass
class Reconciled:
    """What was found."""

    since: datetime
    asked: dict[str, str] = field(default_factory=dict)
    """Per door: `asked`, `cannot_be_asked`, or why it did not answer."""
    offered: dict[str, int] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    waiting: int = 0

    def add(self, door: str, side: Side, name: str, at: datetime | None, remedy: str) -> None:
        """One more."""
        self.counts[door, side] = self.counts.get((door, side), 0) + 1
        if len(self.missing) < _NAMED:
            self.missing.append(Missing(door, side, name, utc(at) if at else None, remedy))

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "since": utc(self.since),
            "doors": [
                {"door": door, "state": state, "offered": self.offered.get(door)} for door, state in self.asked.items()
            ],
            "missing": [asdict(each) for each in self.missing],
            "counts": [{"door": door, "side": side, "count": count} for (door, side), count in self.counts.items()],
            "waiting": self.waiting,
        }


@dataclass(frozen=True)
class Reconciling:
    """What it works with."""

    store: Store
    vault: Vault
    key: bytes
    connectors: Mapping[str, Connector]
    cursor: Callable[[str], Cursor]
    """A connector's own."""
    now: Now
    waiting: Callable[[], Awaitable[int]]
    """How many contacts wait in queue and spool for the router."""


async def reconcile(own: Reconciling, since: datetime, door: str | None = None) -> Reconciled:
    """Ask every source, or this one; and where no door is named compare the vault, too. Raises Temporary without a
    database or a vault, KeyError for a door that is not configured."""
    found = Reconciled(since)
    wanted = {door: own.connectors[door]} if door is not None else own.connectors
    found.waiting = await own.waiting()
    waiting = await own.store.read(missing.parked)
    for name, connector in wanted.items():
        await _source(own, name, connector, found, waiting)
    await _unaccounted(own, found, door)
    if door is None:
        await _vault(own, found)
        await _originals(own, found)
    return found


async def _unaccounted(own: Reconciling, found: Reconciled, door: str | None) -> None:
    for day in balance.days(found.since.date(), own.now().date()):
        for each in await own.store.read(partial(balance.listed, day=day, end="unaccounted", door=door, limit=_NAMED)):
            at, remedy = datetime.fromisoformat(each["at"]), "intake ledger rebuild; if it stays, report it."
            found.add(each["door"], "unaccounted", each["reference"], at, remedy)


async def _source(
    own: Reconciling, name: str, connector: Connector, found: Reconciled, waiting: missing.ParkedOnes
) -> None:
    if not isinstance(connector, CanBeAsked):
        found.asked[name] = "cannot_be_asked"
        return
    found.offered[name] = 0
    young = own.now() - _YOUNG
    try:
        async with contextlib.aclosing(connector.offered(found.since, own.cursor(name))) as pieces:
            async for piece in pieces:
                found.offered[name] += len(piece)
                old = [each for each in piece if each.at is None or each.at < young]
                for each in await _not_held(own, name, old, waiting):
                    remedy = connector.remedy if each.read else f"The door has not come to it yet. {connector.remedy}"
                    found.add(name, "not_held", each.name, each.at, remedy)
        found.asked[name] = "asked"
    except Permanent as error:
        found.asked[name] = error.code
    except Temporary as error:
        found.asked[name] = error.code
        found.add(name, "not_asked", error.code, None, "It did not answer: see intake status, then ask again.")


async def _not_held(
    own: Reconciling, door: str, items: Sequence[Offered], waiting: missing.ParkedOnes
) -> list[Offered]:
    left = await own.store.read(lambda connection: missing.unknown(connection, items, own.key))
    lost = []
    for each in left:
        digest = ""
        if each.content is not None and not waiting.has(door, each):
            content = await each.content()
            if content is None or _taken_by_another(own, each, content):
                continue
            digest = hashlib.sha256(content).hexdigest()
            if await own.store.read(lambda connection, digest=digest: missing.bytes_held(connection, [digest])):  # type: ignore[misc]
                continue
        if not waiting.has(door, each, digest):
            lost.append(each)
    return lost


def _taken_by_another(own: Reconciling, item: Offered, content: bytes) -> bool:
    """A mail that only delivers something to another connector (transcripts) is no contact itself."""
    raw = Raw(content, item.brand, "message/rfc822")
    return any(isinstance(each, TakesMail) and each.wants(raw) for each in own.connectors.values())


async def _vault(own: Reconciling, found: Reconciled) -> None:
    """While anything waits for the router, an original may well belong to it: then nothing is said."""
    if found.waiting:
        return
    lost: list[str] = []
    waiting = await own.store.read(missing.parked)
    async for piece in own.vault.kept(found.since, own.now() - _VAULT_YOUNG):
        lost += await _nobodys(own, piece, waiting)
    if not lost:
        return
    await asyncio.sleep(_AGAIN)  # what was on its way just then has arrived, or was parked
    for key in await _nobodys(own, lost, await own.store.read(missing.parked)):
        remedy = f"Bring it in, if it is a mail: intake reconcile --bring {key}"
        found.add(_VAULT, "in_no_contact", key, None, remedy)


async def _nobodys(own: Reconciling, keys: Sequence[str], waiting: missing.ParkedOnes) -> list[str]:
    nobodys: list[str] = []
    for start in range(0, len(keys), _PIECE):
        some = keys[start : start + _PIECE]
        nobodys += await own.store.read(
            lambda connection, some=some: missing.nobodys(connection, some, waiting)  # type: ignore[misc]
        )
    return nobodys


async def _originals(own: Reconciling, found: Reconciled) -> None:
    since, until = found.since.timestamp(), (own.now() - _YOUNG).timestamp()
    after = (since, "", "")
    while rows := await own.store.read(
        lambda connection: missing.originals(connection, since, until, after, _PIECE)  # noqa: B023 -- read at once
    ):
        for row in rows:
            if not await own.vault.has(row.vault):
                remedy = f"Restore {row.vault} from a backup of the vault; contact {row.contact}"
                at = datetime.fromtimestamp(row.received_at, own.now().tzinfo)
                found.add(row.door, "without_original", row.reference, at, remedy)
        after = (rows[-1].received_at, rows[-1].contact, rows[-1].vault)


def tell(found: Reconciled, now: datetime) -> None:
    """What a run of the day found, to the journal and the metrics."""
    sides: tuple[Side, ...] = ("not_held", "not_asked")
    asked: dict[tuple[str, str], int] = {
        (door, side): 0 for door in found.asked if door in found.offered for side in sides
    }
    asked[_VAULT, "in_no_contact"] = 0
    journal.reconciled(asked | found.counts, now.timestamp())
