"""`intake move --to DIR`: an installation from the embedded broker and SQLite to RabbitMQ and PostgreSQL.

    1 the old one is locked, so it does not run; the new one is empty, of the same name and key
    2 rows, a piece at a time; then the vault's objects; how far it came stands in the old one's `moving.json`
    3 what waits in queues and spool: the new queues are emptied first, so a cut-off attempt doubles nothing
    4 both are counted and hashed, table by table and queue by queue
    5 the old one is marked as moved; then, and only then, the new one may start

Nothing is taken from the old installation: killed at any moment, it is called again and goes on. After step 5 the
old one does not start any more, and what it holds is a copy of what it was.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from intake_daemon.broker.file import LettersFile
from intake_daemon.command import parts
from intake_daemon.command.moving import letters, manifest, marks, tables, vaulted
from intake_daemon.command.moving.ground import Ground, engine_of, opened, queues_of
from intake_daemon.command.moving.manifest import NotWhole
from intake_daemon.contract import Delivery
from intake_daemon.errors import BadSettings, Fault
from intake_daemon.message import utc
from intake_daemon.store import Store
from router.ledger import lives

if TYPE_CHECKING:
    from intake_daemon.command.configuration import Configuration

HOW_FAR = "moving.json"
_OFTEN = 200
"""Objects of the vault after which it is written down how far it came."""


@dataclass
class HowFar:
    """How far an attempt came, for the next one: written after each step, durably."""

    path: Path
    said: dict[str, Any]

    @classmethod
    def of(cls, var: Path, to: Path) -> HowFar:
        """What an earlier attempt to the same place left, else a new one. Raises BadSettings for another place."""
        path = var / HOW_FAR
        found = marks.read(path)
        if found is None:
            fresh = {"id": str(uuid4()), "to": str(to), "began_at": utc(datetime.now(UTC)), "rows": {}, "vault": ""}
            return cls(path, fresh)
        if found["to"] != str(to):
            problem = f"a move to {found['to']} was begun."
            remedy = f"Finish it (intake move --to {found['to']}), or delete {path} and empty what it had filled."
            raise BadSettings([Fault(str(var), 0, problem, remedy)])
        return cls(path, found)

    def note(self, **changes: Any) -> None:  # noqa: ANN401 -- JSON
        """Durable when it returns."""
        self.said |= changes
        marks.put(self.path, self.said)


@dataclass(frozen=True)
class Moved:
    """Both sides: by table its rows and their hash, by queue its letters, the vault's objects, the balance."""

    tables: dict[str, tuple[tables.Tally, tables.Tally]]
    letters: dict[str, tuple[int, int]]
    objects: tuple[int, int]
    balance: tuple[dict[str, int], dict[str, int]]
    spooled: int
    left: tuple[str, ...] = field(default=())
    """Files of the spool that nobody can read: they stay where they are."""

    @property
    def equal(self) -> bool:
        """Whether nothing is missing and nothing is doubled."""
        pairs = (*self.tables.values(), *self.letters.values(), self.objects, self.balance)
        return all(old == new for old, new in pairs)


async def move(old: Configuration, new: Configuration, count: Callable[[int], None]) -> Moved | None:
    """All of it, or the rest of it; None when it had been finished. Raises BadSettings, NotWhole, Temporary."""
    settings = old.settings
    _may_move(old, new)
    said = marks.read(settings.var / marks.MOVED)
    lock = parts.lock(settings.var)
    try:
        async with opened(new) as ground:
            if said is not None:  # killed between the two marks, or called once more
                _already(ground, said, new)
                return None
            here = _Old(old)
            try:
                return await _carried(here, ground, new, count)
            finally:
                here.close()
    finally:
        lock.close()


def _already(ground: Ground, said: dict[str, Any], new: Configuration) -> None:
    if said.get("to") != str(new.folder.resolve()):
        raise BadSettings([Fault(str(new.folder), 0, f"this installation has moved to {said.get('to')}.")])
    with ground.engine.connect() as connection:
        mark = marks.in_database(connection)
    if mark is not None and mark.get("id") == said.get("id"):
        ground.finish()


def _may_move(old: Configuration, new: Configuration) -> None:
    """Raises BadSettings."""
    where, settings = str(new.folder / "intake.yaml"), new.settings
    faults = []
    if old.settings.broker != "embedded" or old.settings.store != "sqlite":
        remedy = "Let its queues run empty (intake status), stop it, and use intake backup and intake restore."
        faults.append(Fault(str(old.folder), 0, "this installation is not on the embedded broker and SQLite.", remedy))
    if settings.broker == "embedded" or settings.store == "sqlite":
        remedy = "Write broker: amqp://… and store: postgresql://…; on one machine `var` can be carried as it is."
        faults.append(Fault(where, 0, "the new installation is not on RabbitMQ and PostgreSQL.", remedy))
    if settings.var.resolve() == old.settings.var.resolve():
        faults.append(Fault(where, 0, "the new installation has the same `var`.", "Give it a folder of its own."))
    if manifest.known_by(old.rules.key) != manifest.known_by(new.rules.key):
        faults.append(
            Fault(where, 0, "installation: key is another one.", "The key must stay, or no old letter is known.")
        )
    if old.settings.installation.name != settings.installation.name:
        faults.append(
            Fault(where, 0, "installation: name is another one.", "Keep it: it is the source of every event.")
        )
    if faults:
        raise BadSettings(faults)


class _Old:
    """The house that moves: its ledger, its vault, its letters. Nothing of it runs."""

    def __init__(self, configured: Configuration) -> None:
        self.configured = configured
        self.settings = configured.settings
        self.engine = engine_of(self.settings)
        self.vault = vaulted.of(self.settings, self.engine)
        self.file = LettersFile(self.settings.var / "broker.db", list(queues_of(configured).values()))

    def pages(self) -> Iterator[list[Delivery]]:
        """What waits in its queues, then in its spool."""
        after = 0
        while page := self.file.page(after, letters.PAGE):
            yield page
            after = page[-1].tag
        for path, held in letters.spooled(self.settings.var / "spool"):
            yield letters.as_deliveries(path, held)

    def close(self) -> None:
        """Lets go of its files."""
        self.file.db.close()
        self.engine.dispose()


async def _carried(here: _Old, ground: Ground, new: Configuration, count: Callable[[int], None]) -> Moved:
    far = HowFar.of(here.settings.var, new.folder.resolve())
    waiting, spooled = _waiting(here, new)
    store = Store(f"sqlite:///{here.settings.var / 'ledger.db'}")
    await store.migrate()
    await store.close()
    far.note()  # before the mark, or an attempt that is cut off right behind it would not be known again
    if not await ground.begin({"what": "move", "id": far.said["id"]}):
        far.note(rows={}, vault="")
    _rows(here, ground, far, count)
    await _objects(here, ground, far, count)
    await ground.broker.clear()
    for page in here.pages():
        await ground.bring(page)
        count(len(page))
    held = await ground.holds(waiting)
    _beside(here, ground)
    moved = _compared(here, ground, waiting, held, spooled)
    if not moved.equal:
        if any(mine != theirs for mine, theirs in moved.tables.values()):
            # the old one ran since an attempt that was cut off: what it wrote over is not brought once more
            ground.clear()
            far.note(rows={}, vault="")
        raise NotWhole("Both sides are not equal. Nothing was marked; call it again. " + _unequal(moved))
    told = {"to": far.said["to"], "id": far.said["id"], "at": utc(datetime.now(UTC))}
    marks.put(here.settings.var / marks.MOVED, told)
    ground.finish()
    far.path.unlink(missing_ok=True)
    return moved


def _waiting(here: _Old, new: Configuration) -> tuple[dict[str, int], int]:
    """How much waits for each queue, and how much of it in the spool. Raises BadSettings where a queue is missing."""
    waiting: dict[str, int] = {}
    for page in here.pages():
        for queue, many in letters.counted(page).items():
            waiting[queue] = waiting.get(queue, 0) + many
    lost = sorted(waiting.keys() - queues_of(new).keys())
    if lost:
        problem = f"letters wait for queues that the new installation does not have: {', '.join(lost)}."
        remedy = "Configure those connectors and subscribers there; they can go once their queues are empty."
        raise BadSettings([Fault(str(new.folder / "intake.yaml"), 0, problem, remedy)])
    return waiting, sum(len(held) for _, held in letters.spooled(here.settings.var / "spool"))


def _rows(here: _Old, ground: Ground, far: HowFar, count: Callable[[int], None]) -> None:
    """Table by table behind the last key that an earlier attempt noted; a piece that it did not note comes twice."""
    done: dict[str, Any] = dict(far.said["rows"])
    with here.engine.connect() as reading:
        for name, table in tables.carried().items():
            after = done.get(name)
            for piece in tables.pieces(reading, table, after):
                with ground.engine.begin() as writing:
                    tables.put(writing, table, piece)
                done[name] = tables.key_of(table, piece[-1])
                far.note(rows=done)
                count(len(piece))
    with ground.engine.begin() as writing:
        tables.count_on(writing)


async def _objects(here: _Old, ground: Ground, far: HowFar, count: Callable[[int], None]) -> None:
    for number, key in enumerate(here.vault.named(far.said["vault"]), 1):
        await vaulted.carry(here.vault, ground.vault, key)
        count(1)
        if number % _OFTEN == 0:
            far.note(vault=key)


def _beside(here: _Old, ground: Ground) -> None:
    """Reports that were issued, and the list of what was erased."""
    for name in ("reports", "erasures.jsonl"):
        source, target = here.settings.var / name, ground.settings.var / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        elif source.exists() and not target.exists():
            shutil.copyfile(source, target)


def _compared(here: _Old, ground: Ground, waiting: dict[str, int], held: dict[str, int], spooled: int) -> Moved:
    found = vaulted.of(ground.settings, ground.engine)
    with here.engine.connect() as old, ground.engine.connect() as new:
        both = {}
        for name, table in tables.carried().items():
            mine = tables.tally(old, table)
            both[name] = (mine, tables.tally(new, table, without=marks.ROW))
        balance = (lives.balance(old), lives.balance(new))
    names = sorted({*waiting, *held})
    whole = sum(here.vault.get(key) is not None for key in here.vault.named())
    return Moved(
        tables=both,
        letters={name: (waiting.get(name, 0), held.get(name, 0)) for name in names},
        objects=(whole, sum(1 for _ in found.named())),
        balance=balance,
        spooled=spooled,
        left=tuple(sorted(str(path) for path in here.settings.var.glob("spool/*/*.broken"))),
    )


def _unequal(moved: Moved) -> str:
    named = {**moved.tables, **moved.letters, "objects of the vault": moved.objects}
    return "; ".join(f"{name}: {old} and {new}" for name, (old, new) in named.items() if old != new)
