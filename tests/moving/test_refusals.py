"""What is refused before anything is changed: no backup, a damaged one, one of another house, a full house."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake_daemon.command import configuration
from intake_daemon.command.building import build
from intake_daemon.command.configuration import Configuration
from intake_daemon.command.moving import backup, manifest, marks, restore
from intake_daemon.command.moving.move import move
from intake_daemon.errors import BadSettings
from router.ledger import tables
from tests.moving.houses import fill
from tests.walk.daemon import Installation


def house(home: Path) -> tuple[Installation, Configuration]:
    """A house that never ran."""
    home.mkdir()
    place = Installation(home)
    return place, configuration.read(place.add().folder)


def none(_more: int) -> None:
    """Nobody looks."""


def test_one_copy_and_all_that_is_refused(tmp_path: Path) -> None:
    """One house is copied, as it stands still; each thing that cannot be is told, and changes nothing."""
    place, whole = house(tmp_path / "one")
    asyncio.run(fill(place, 3, 2))
    copy = tmp_path / "copy"
    with place.reading().connect() as connection:
        owed = connection.execute(sa.select(sa.func.count()).select_from(tables.notices)).scalar_one()
    told = asyncio.run(backup.take(whole, copy, None, {}, none))
    assert (told.rows["cases"], told.vault.objects, told.vault.missing, told.balance["in"]) == (3, 5, (), 3)
    assert restore.check(copy) == told
    _, other = house(tmp_path / "two")
    _not_whole(copy, told)
    _of_another(copy, told, other)
    # a house in which something is
    with pytest.raises(BadSettings, match="is not empty"):
        asyncio.run(restore.bring(whole, copy, told, [], none))
    # cut off: nothing starts on it; called again it begins anew
    with pytest.MonkeyPatch.context() as cut:
        cut.setattr(restore, "_vault", _cut_off)
        with pytest.raises(ZeroDivisionError):
            asyncio.run(restore.bring(other, copy, told, [], none))
    with pytest.raises(BadSettings, match="restore into this installation was not finished"):
        asyncio.run(build(other))
    done = asyncio.run(restore.bring(other, copy, told, [], none))
    assert (done.rows, done.objects, done.in_doubt) == (dict(told.rows), 5, owed)
    asyncio.run(_opened(other))
    # a move is from files to servers, and nothing else
    with pytest.raises(BadSettings) as bad:
        asyncio.run(move(whole, other, none))
    assert "is not on RabbitMQ and PostgreSQL" in str(bad.value)
    marks.put(whole.settings.var / marks.MOVED, {"to": "/etc/large", "at": "2026-11-22T10:00:00Z"})
    with pytest.raises(BadSettings, match="intake run -c /etc/large"):
        asyncio.run(build(whole))


def _not_whole(copy: Path, told: manifest.Manifest) -> None:
    """A file that is not as it was written, a newer schema, no manifest."""
    with pytest.raises(manifest.NotWhole, match=r"has no manifest\.json"):
        restore.check(copy / "vault")
    written = (copy / manifest.NAME).read_bytes()
    newer = told.model_copy(update={"revision": "9999", "version": "7.0"})
    (copy / manifest.NAME).write_text(newer.model_dump_json())
    with pytest.raises(manifest.NotWhole, match="Install the newer intake-daemon"):
        restore.check(copy)
    (copy / manifest.NAME).write_text(json.dumps({"form": "intake.backup/2"}))
    with pytest.raises(manifest.NotWhole, match="cannot be read by this version"):
        restore.check(copy)
    (copy / manifest.NAME).write_bytes(written)
    letters = (copy / backup.LETTERS).read_bytes()
    (copy / backup.LETTERS).write_bytes(letters + b"x")
    with pytest.raises(manifest.NotWhole, match="missing or damaged"):
        restore.check(copy)
    (copy / backup.LETTERS).write_bytes(letters)


def _of_another(copy: Path, told: manifest.Manifest, other: Configuration) -> None:
    """Another key, another name; nothing of the house that was to be filled is touched."""
    for changes, words in (({"key": "0" * 16}, "key is not the one"), ({"installation": "shop"}, "name is not 'shop'")):
        with pytest.raises(BadSettings, match=words):
            asyncio.run(restore.bring(other, copy, told.model_copy(update=changes), [], none))
    assert not (other.settings.var / "ledger.db").exists()


async def _cut_off(*_given: object) -> int:
    raise ZeroDivisionError


async def _opened(configured: Configuration) -> None:
    built = await build(configured)
    assert built.desk.rules.restored
    await built.close()
