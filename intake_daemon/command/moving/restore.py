"""A house from a copy: into the installation that a configuration describes, which must be empty.

It may be on other ground than the copied one was: a copy of PostgreSQL comes back as SQLite, and the other way round.

    1 the copy is whole, of this installation, and of a schema that this version knows
    2 ledger, memory, vault, letters; counted against the manifest
    3 what was erased after it was taken is erased again (erasures.py)
    4 what may have been sent after it was taken is marked as such (doubts.py)
    5 the marks go: it may start

Cut off anywhere it is called again, and begins anew; until it is finished nothing starts on it.
"""

from __future__ import annotations

import contextlib
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from intake_daemon.command.moving import backup, doubts, erasures, letters, manifest, marks, tables, vaulted
from intake_daemon.command.moving.ground import Ground, opened, queues_of
from intake_daemon.command.moving.manifest import Manifest, NotWhole
from intake_daemon.contract import Delivery
from intake_daemon.errors import BadSettings, Fault
from intake_daemon.settings.loading import GENERATED
from intake_daemon.store import Store, revisions
from router.ledger import erasure, forgetting, lives
from router.ledger import tables as ledger
from router.ledger.batch import Batch

if TYPE_CHECKING:
    from intake_daemon.command.configuration import Configuration

_LINES = 200
_WORK = "restore.db"


@dataclass(frozen=True)
class Restored:
    """What came back."""

    manifest: Manifest
    rows: dict[str, int]
    letters: dict[str, int]
    objects: int
    erased: forgetting.Forgotten
    in_doubt: int
    """Notices that may have left after the copy was taken."""
    balance: dict[str, int]


@contextlib.contextmanager
def unpacked(source: Path, beside: Path) -> Iterator[Path]:
    """The copy as a folder; one that is a file is unpacked for as long as it lasts."""
    if source.is_dir():
        yield source
        return
    folder = beside / "restore.unpacked"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        try:
            with tarfile.open(source) as archive:
                _extract(archive, folder)
        except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
            raise NotWhole(f"{source} is no backup that can be read ({type(error).__name__}).") from None
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _extract(archive: tarfile.TarFile, folder: Path) -> None:
    """Files and folders, below `folder` and nowhere else. By hand: `filter` came with Python 3.11.4, and Debian 12 has
    3.11.2. Raises TarError."""
    for member in archive:
        to = folder / member.name
        if ".." in to.parts or not to.is_relative_to(folder):
            raise tarfile.TarError(member.name)
        to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = archive.extractfile(member) if member.isfile() else None
        if content is not None:
            with content, to.open("xb") as file:
                shutil.copyfileobj(content, file)
        elif member.isdir():
            to.mkdir(mode=0o700, exist_ok=True)
        else:
            raise tarfile.TarError(member.name)


def check(folder: Path) -> Manifest:
    """The manifest of a copy that is whole, and of a schema that this version knows. Raises NotWhole."""
    told = manifest.read(folder)
    if told.revision not in revisions():
        raise NotWhole(
            f"This backup has the schema {told.revision} of intake-daemon {told.version}; this version knows up to "
            f"{revisions()[-1]}. Install the newer intake-daemon."
        )
    manifest.check(folder, told)
    return told


def same_installation(configured: Configuration, told: Manifest) -> None:
    """Raises BadSettings when the copy was taken of another installation."""
    where = str(configured.folder / "intake.yaml")
    if told.key != manifest.known_by(configured.rules.key):
        problem = "installation: key is not the one of the backup, so no letter of it would be recognised."
        raise BadSettings([Fault(where, 0, problem, "Write the key that the installation had.")])
    if told.installation != configured.settings.installation.name:
        problem = f"installation: name is not {told.installation!r}, so every event would have another source."
        raise BadSettings([Fault(where, 0, problem, f"Write name: {told.installation}")])


async def bring(
    configured: Configuration, folder: Path, told: Manifest, lists: Sequence[Path], count: Callable[[int], None]
) -> Restored:
    """All steps. Raises BadSettings (not empty, another installation), NotWhole, Temporary, OSError."""
    same_installation(configured, told)
    lost = sorted(told.letters.keys() - queues_of(configured).keys())
    if lost:
        problem = f"letters wait for queues that are not configured here: {', '.join(lost)}."
        remedy = "Configure those connectors and subscribers; they can go once their queues are empty."
        raise BadSettings([Fault(str(configured.folder / "intake.yaml"), 0, problem, remedy)])
    marks.refuse_moved(configured.settings.var)
    said = {"what": "restore", "id": told.began_at.isoformat()}
    async with opened(configured) as ground:
        # RabbitMQ may have outlived the database: what waits there came after the copy, and is left alone
        alone = configured.settings.broker == "embedded"
        await ground.begin(said, in_use=not alone)
        ground.clear()
        if alone:
            await ground.broker.clear()
        rows = await _ledger(ground, folder, count)
        objects = await _vault(ground, folder, count)
        waiting = await _letters(ground, folder, count)
        _beside(ground, folder)
        now = datetime.now(UTC)
        known = [*lists, *(path for path in (folder / erasures.NAME,) if path.exists())]
        erased = await _erased(ground, known, now)
        with ground.engine.begin() as connection:
            in_doubt = doubts.mark(connection, now)
            doubts.remember(connection, told.began_at, now)
            balance = lives.balance(connection)
        _compare(told, rows, waiting, objects)
        ground.finish()
    return Restored(told, rows, waiting, objects, erased, in_doubt, balance)


async def _ledger(ground: Ground, folder: Path, count: Callable[[int], None]) -> dict[str, int]:
    """Row by row, from a working copy that is brought to this version's schema; the backup stays as it is."""
    work = ground.settings.var / _WORK
    shutil.copyfile(folder / backup.LEDGER, work)
    old = Store(f"sqlite:///{work}")
    await old.migrate()
    await old.close()
    source = sa.create_engine(f"sqlite:///{work}", poolclass=sa.pool.NullPool)
    rows = {}
    with source.connect() as reading:
        for name, table in tables.carried().items():
            rows[name] = 0
            for piece in tables.pieces(reading, table):
                with ground.engine.begin() as writing:
                    tables.put(writing, table, [row for row in piece if row.get("name") != marks.ROW])
                rows[name] += len(piece)
                count(len(piece))
    with ground.engine.begin() as writing:
        tables.count_on(writing)
    source.dispose()
    for path in ground.settings.var.glob(f"{_WORK}*"):
        path.unlink()
    return rows


async def _vault(ground: Ground, folder: Path, count: Callable[[int], None]) -> int:
    source = vaulted.Objects(folder / backup.VAULT)
    many = 0
    for key in source.named():
        if not await vaulted.carry(source, ground.vault, key):
            raise NotWhole(f"The object {key} of the backup's vault is damaged. Take another backup.")
        many += 1
        count(1)
    return many


async def _letters(ground: Ground, folder: Path, count: Callable[[int], None]) -> dict[str, int]:
    """What waited in queues and spool."""
    waiting: dict[str, int] = {}

    async def put(found: list[Delivery]) -> None:
        await ground.bring(found)
        for each in found:
            waiting[each.queue] = waiting.get(each.queue, 0) + 1
        count(len(found))

    for found in letters.lines(folder / backup.LETTERS):
        await put(found)
    for path, held in letters.spooled(folder / backup.SPOOL):
        await put(letters.as_deliveries(path, held))
    return waiting


def _beside(ground: Ground, folder: Path) -> None:
    """What else lay in `var`; and what the spool could not read, for a person."""
    var = ground.settings.var
    for path in sorted(folder.glob(f"{backup.SPOOL}/*/*.broken")):
        (var / path.relative_to(folder).parent).mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(path, var / path.relative_to(folder))
    if (folder / "reports").is_dir():
        shutil.copytree(folder / "reports", var / "reports", dirs_exist_ok=True)


async def _erased(ground: Ground, lists: Sequence[Path], now: datetime) -> forgetting.Forgotten:
    """Every list once more, some at a time; then their objects go from the vault."""
    cases = contacts = 0
    piece: list[dict[str, object]] = []
    sqlite = ground.store.sqlite
    name = ground.settings.installation.name

    def some() -> None:
        nonlocal cases, contacts
        with ground.engine.begin() as connection:
            batch = Batch(now, ground.configured.rules.key, name)
            done = forgetting.forget(connection, piece, batch, sqlite=sqlite)
        cases, contacts = cases + done.cases, contacts + done.contacts
        piece.clear()

    own = erasures.place(ground.settings)
    for line in erasures.lines(path for path in [own, *lists] if path != own or own.exists()):
        piece.append(line)
        if len(piece) >= _LINES:
            some()
    if piece:
        some()
    for path in lists:  # the next restore goes by one list
        if path.resolve() != own.resolve():
            erasures.append(own, list(erasures.lines([path])))
    while True:
        with ground.engine.connect() as connection:
            gone = erasure.to_erase(connection)
        if not gone:
            return forgetting.Forgotten(cases, contacts)
        await ground.vault.erase(gone)
        with ground.engine.begin() as connection:
            connection.execute(sa.delete(ledger.vault_erasures).where(ledger.vault_erasures.c.vault.in_(gone)))


def _compare(told: Manifest, rows: dict[str, int], waiting: dict[str, int], objects: int) -> None:
    """Raises NotWhole when less, or more, came back than the manifest says."""
    expected = {name: many for name, many in told.rows.items() if many}
    found = {name: many for name, many in rows.items() if many}
    spooled = sum(waiting.values()) - sum(told.letters.values())
    if expected != found or spooled != told.spooled or objects != told.vault.objects:
        raise NotWhole("What came back is not what the manifest says. Nothing was started; call it again.")


def place_key(folder: Path, var: Path, key: str) -> None:
    """A key that the daemon made itself lies in its `var`: it must be there before the configuration is read."""
    kept = folder / "installation.key"
    if key == GENERATED and kept.exists() and not (var / kept.name).exists():
        var.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kept, var / kept.name)
        (var / kept.name).chmod(0o600)
