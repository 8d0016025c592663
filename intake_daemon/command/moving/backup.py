"""A copy of a house, also while it runs. What was confirmed before it began is in it.

Whatever moves on through a house is written further on before it goes from where it was. So everything is copied in
the order in which it moves, and what moves meanwhile is found at its next place, or at both (sameness makes that one):

    1 cursors        a source's place is saved after its contact is held: read first, they may only be too early
    2 spool          goes into the broker
    3 the queues     those out of which letters go into the ledger
    4 ledger         and memory, in one snapshot: SQLite's own online copy, PostgreSQL in a repeatable read
    5 the queues     those that lead out; and what came into the others meanwhile (a parked letter that went back)
    6 vault          an object is put before anything names it: read last, nothing that is named is missing
    7 the manifest   last of all; without it the copy was cut off

RabbitMQ's queues are not in it: nobody can read a quorum queue without taking from it. What waited there is counted in
the manifest, and said.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa

from intake_daemon import disk
from intake_daemon.command.moving import erasures, letters, manifest, tables, vaulted
from intake_daemon.command.moving.ground import engine_of
from intake_daemon.contract import Delivery
from intake_daemon.memory.tables import cursors
from intake_daemon.settings import Settings
from intake_daemon.store import Store, revision_of
from intake_daemon.vault import vault
from router.ledger import lives
from router.ledger import tables as ledger

if TYPE_CHECKING:
    from intake_daemon.command.configuration import Configuration

Pages = Callable[[int], Sequence[Delivery]]
"""The embedded broker's letters behind a number, a page at a time; none behind the last."""
LEDGER, LETTERS, VAULT, SPOOL = "ledger.db", "letters.jsonl", "vault", "spool"
BESIDE = ("installation.key", "reports")
"""What else of `var` goes with it, beside the list of erasures."""
PART = ".part"


async def take(
    configured: Configuration, to: Path, pages: Pages | None, elsewhere: Mapping[str, int], count: Callable[[int], None]
) -> manifest.Manifest:
    """The copy in the folder `to`, which is made. `pages`: where the broker is embedded; `elsewhere`: what waits at
    RabbitMQ. Raises OSError; what was begun then lies beside it as `….part`."""
    settings = configured.settings
    part = to.with_name(to.name + PART)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700, parents=True)
    began = datetime.now(UTC)
    engine = engine_of(settings)
    with engine.connect() as connection:
        places = [dict(row) for row in connection.execute(sa.select(cursors)).mappings()]
    spooled = _spool(settings.var / "spool", part / SPOOL)
    with _Letters(part / LETTERS) as lines:
        last = _upstream(lines, pages) if pages else 0
        if settings.store == "sqlite":
            _sqlite(settings.var / LEDGER, part / LEDGER)
        else:
            await _postgres(engine, part / LEDGER, count)
        if pages:
            _downstream(lines, pages, last)
    copy = sa.create_engine(f"sqlite:///{part / LEDGER}", poolclass=sa.pool.NullPool)
    objects = _vault(vaulted.of(settings, engine), copy, part / VAULT, count)
    rows, balance, revision = _settled(copy, places)
    _beside(settings, part)
    names = sorted(str(path.relative_to(part)) for path in _files(part))
    told = manifest.Manifest(
        version=version("intake-daemon"),
        installation=settings.installation.name,
        key=manifest.known_by(configured.rules.key),
        revision=revision,
        began_at=began,
        ended_at=datetime.now(UTC),
        store="sqlite" if settings.store == "sqlite" else "postgresql",
        broker="embedded" if settings.broker == "embedded" else "rabbitmq",
        rows=rows,
        letters=lines.counts,
        elsewhere=dict(elsewhere),
        spooled=spooled,
        vault=objects,
        balance=balance,
        files=manifest.measured(part, names),
    )
    os.sync()  # hundreds of thousands of small files at once
    manifest.write(part, told)
    part.rename(to)
    disk.sync(to.parent)
    copy.dispose()
    engine.dispose()
    return told


def packed(folder: Path, file: Path) -> None:
    """The copy as one file; the folder goes."""
    part = file.with_name(file.name + PART)
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # nobody else reads along while it grows
    mode = "w:gz" if file.suffix in {".gz", ".tgz"} else "w"
    with tarfile.open(part, mode) as archive:  # type: ignore[call-overload]
        archive.add(folder, arcname=".")
    descriptor = os.open(part, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    part.replace(file)
    disk.sync(file.parent)
    shutil.rmtree(folder)


class _Letters:
    """The file of letters: lines, and how many of each queue."""

    def __init__(self, path: Path) -> None:
        self.counts: dict[str, int] = {}
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, each: Delivery) -> None:
        self._file.write(letters.line(each))
        self.counts[each.queue] = self.counts.get(each.queue, 0) + 1


def _all(pages: Pages, after: int = 0) -> Iterator[Delivery]:
    while found := pages(after):
        yield from found
        after = found[-1].tag


def _upstream(lines: _Letters, pages: Pages) -> int:
    """The number of the last letter that was there; behind it lies what came later."""
    last = 0
    for each in _all(pages):
        last = each.tag
        if each.queue in letters.UPSTREAM:
            lines.add(each)
    return last


def _downstream(lines: _Letters, pages: Pages, last: int) -> None:
    for each in _all(pages):
        if each.queue not in letters.UPSTREAM or each.tag > last:
            lines.add(each)


def _spool(source: Path, into: Path) -> int:
    """How many letters. What goes meanwhile is in the broker by then."""
    many = 0
    for path in sorted(source.glob("*/*")):
        if path.suffix in {".letters", ".broken"}:
            target = into / path.parent.name / path.name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(path, target)
                target.chmod(0o600)
    for _, held in letters.spooled(into):
        many += len(held)
    return many


def _sqlite(source: Path, into: Path) -> None:
    """SQLite's online copy, in one step: in several it would begin anew with every row that the daemon writes."""
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as db, closing(sqlite3.connect(into)) as copy:
        db.backup(copy)
    _one_file(into)


def _one_file(path: Path) -> None:
    """Without a log beside it."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    path.chmod(0o600)


async def _postgres(engine: sa.Engine, into: Path, count: Callable[[int], None]) -> None:
    """One snapshot of PostgreSQL as a ledger in SQLite: whatever version of its tools is here, and it can be opened."""
    empty = Store(f"sqlite:///{into}")
    await empty.migrate()
    await empty.close()
    copy = sa.create_engine(f"sqlite:///{into}", poolclass=sa.pool.NullPool)
    with engine.execution_options(isolation_level="REPEATABLE READ").connect() as source, copy.begin() as target:
        source.execute(sa.text("SET TRANSACTION READ ONLY"))
        known, here = revision_of(target), revision_of(source)
        if known != here:
            raise manifest.NotWhole(
                f"The database's schema is {here}, this version's is {known}: use the version that runs."
            )
        for table in tables.carried().values():
            for piece in tables.stream(source, table):
                tables.put(target, table, piece)
                count(len(piece))
    copy.dispose()
    _one_file(into)


def _vault(source: vaulted.Objects, copy: sa.Engine, into: Path, count: Callable[[int], None]) -> manifest.Vaulted:
    many = size = 0
    for key in source.named():
        content = source.get(key)
        if content is not None:
            vaulted.keep(into, key, content)
            many, size = many + 1, size + len(content)
            count(1)
    missing = []
    with copy.connect() as connection:
        held = sa.select(ledger.holdings.c.vault).distinct().execution_options(yield_per=tables.PIECE)
        for key in connection.execute(held).scalars():
            if not (into / key[:2] / key[2:4] / key).exists():
                # an original that travelled inside its message is put just after its contact is decided
                content = source.get(key)
                if content is None:
                    missing.append(key)
                else:
                    vaulted.keep(into, key, content)
                    many, size = many + 1, size + len(content)
    return manifest.Vaulted(objects=many, bytes=size, missing=tuple(sorted(missing)))


def _settled(copy: sa.Engine, places: Sequence[dict[str, Any]]) -> tuple[dict[str, int], dict[str, int], str]:
    """The copied ledger: with the places of before it, and nobody at work; its rows, its balance, its revision."""
    with copy.begin() as connection:
        there = set(sa.inspect(connection).get_table_names())
        connection.execute(sa.delete(cursors))
        if places:
            connection.execute(sa.insert(cursors), list(places))
        for name in sorted({*tables.OF_THE_MOMENT, vault.name} & there):
            connection.execute(sa.delete(sa.table(name)))
        rows = {
            name: connection.execute(sa.select(sa.func.count()).select_from(sa.table(name))).scalar_one()
            for name in sorted(there & tables.carried().keys())
        }
        return rows, lives.balance(connection), revision_of(connection)


def _beside(settings: Settings, into: Path) -> None:
    for source, name in ((erasures.place(settings), erasures.NAME), *((settings.var / name, name) for name in BESIDE)):
        if source.is_dir():
            shutil.copytree(source, into / name)
        elif source.exists():
            shutil.copyfile(source, into / name)
            (into / name).chmod(0o600)


def _files(folder: Path) -> Iterator[Path]:
    """Every file but the vault's."""
    for each in folder.iterdir():
        if each.is_dir() and each.name != VAULT:
            yield from (path for path in each.rglob("*") if path.is_file())
        elif each.is_file():
            yield each
