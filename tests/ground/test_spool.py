"""What the spool promises (contract.Spool): held is on the disk, replayed oldest first, deleted after the confirm."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import errno
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from intake_daemon import spool as spool_
from intake_daemon.contract import MESSAGES, Letter
from intake_daemon.errors import Temporary
from intake_daemon.spool import FolderSpool, NoSpool
from intake_daemon.spool import letters as form

ROOT = Path(__file__).parents[2]
BOUND = 60.0
PLENTY = 10_000_000

CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from intake_daemon.spool import FolderSpool
from tests.ground.test_spool import letter
async def main():
    spool = FolderSpool(Path(sys.argv[1]), 10_000_000)
    for number in range(3):
        await spool.hold([letter(number)])
    os.write(1, b"held")
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


def letter(number: int, key: str = "welzo.web_form") -> Letter:
    """A letter that tells its number and has every field."""
    return Letter(
        MESSAGES,
        key,
        b"\x00\xff" + str(number).encode(),
        f"id-{number}",
        content_type="application/json",
        headers={"x": "ü"},
        correlation_id="c",
        reply_to="r",
    )


class Away:
    """A broker as the spool sees it: keeps what it is given, or is away. `wants` waits until it has so many."""

    def __init__(self) -> None:
        self.got: list[Letter] = []
        self.away = False
        self.no_route: set[str] = set()
        self.tried = 0
        self._changed = asyncio.Condition()

    async def publish(self, letters: Sequence[Letter]) -> None:
        """Takes them all, or raises Temporary."""
        async with self._changed:
            self.tried += 1
            self._changed.notify_all()
            if self.away:
                raise Temporary("not_connected")
            if any(each.key in self.no_route for each in letters):
                raise Temporary("no_route")
            self.got += letters

    async def wants(self, count: int) -> list[str]:
        """The ids, once there are so many."""
        async with asyncio.timeout(BOUND), self._changed:
            await self._changed.wait_for(lambda: len(self.got) >= count)
        return [each.message_id for each in self.got]

    async def tries(self, count: int) -> None:
        """Returns once `publish` was called so often."""
        async with asyncio.timeout(BOUND), self._changed:
            await self._changed.wait_for(lambda: self.tried >= count)


@asynccontextmanager
async def draining(spool: FolderSpool, broker: Away) -> AsyncIterator[None]:
    """`drain` at work in the background."""
    task = asyncio.create_task(spool.drain(broker.publish))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def empty(folder: Path) -> None:
    """Waits until no file of letters lies anywhere below."""
    async with asyncio.timeout(BOUND):
        while list(folder.rglob("*.letters")):  # noqa: ASYNC110, ASYNC240 -- nobody tells us
            await asyncio.sleep(0.02)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where spools live; it does not exist yet."""
    return tmp_path / "var" / "spool"


@pytest.fixture
async def spool(folder: Path) -> AsyncIterator[FolderSpool]:
    """A spool with room."""
    opened = FolderSpool(folder, PLENTY)
    yield opened
    await opened.close()


async def test_what_was_held_is_published_and_then_gone(spool: FolderSpool, folder: Path) -> None:
    """Every field of a letter survives; `waiting` counts letters; after the confirm nothing lies here."""
    sent = [letter(number) for number in range(5)]
    await spool.hold(sent[:2])
    await spool.hold(sent[2:])
    assert spool.waiting() == 5
    broker = Away()
    async with draining(spool, broker):
        await broker.wants(5)
        await empty(folder)
        async with asyncio.timeout(BOUND):
            while spool.waiting():  # noqa: ASYNC110 -- counted after the file is gone
                await asyncio.sleep(0.02)
    assert broker.got == sent


async def test_oldest_first_also_over_many_files(spool: FolderSpool) -> None:
    """In the order of `hold`, thirty calls."""
    for number in range(30):
        await spool.hold([letter(number)])
    broker = Away()
    async with draining(spool, broker):
        assert await broker.wants(30) == [f"id-{number}" for number in range(30)]


async def test_what_comes_while_it_drains_goes_too(spool: FolderSpool) -> None:
    """A waiting `drain` is woken by `hold`."""
    broker = Away()
    async with draining(spool, broker):
        await spool.hold([letter(1)])
        await broker.wants(1)
        await spool.hold([letter(2)])
        assert await broker.wants(2) == ["id-1", "id-2"]


async def test_while_the_broker_is_away_everything_stays(
    spool: FolderSpool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried again and again, deleted only after the confirm, published once."""
    monkeypatch.setattr(spool_, "PATIENCE", (0.01,))
    await spool.hold([letter(1)])
    broker = Away()
    broker.away = True
    async with draining(spool, broker):
        await broker.tries(3)
        assert spool.waiting() == 1
        assert len(list(folder.rglob("*.letters"))) == 1  # noqa: ASYNC240
        broker.away = False
        assert await broker.wants(1) == ["id-1"]
        await empty(folder)
    assert len(broker.got) == 1


async def test_a_letter_without_a_route_holds_up_nobody(spool: FolderSpool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others pass it; it stays, and goes when it can."""
    monkeypatch.setattr(spool_, "PATIENCE", (0.01,))
    await spool.hold([letter(1, "nobody")])
    await spool.hold([letter(2)])
    broker = Away()
    broker.no_route = {"nobody"}
    async with draining(spool, broker):
        assert await broker.wants(1) == ["id-2"]
        broker.no_route = set()
        assert await broker.wants(2) == ["id-2", "id-1"]


async def test_held_is_durable_and_adopted_by_the_next(folder: Path) -> None:
    """A process is killed right after `hold`; another one publishes them, oldest first, and clears the folder."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, folder, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    said, _ = await child.communicate()
    assert (said, child.returncode) == (b"held", -signal.SIGKILL)
    assert len(list(folder.iterdir())) == 1  # noqa: ASYNC240
    spool, broker = FolderSpool(folder, PLENTY), Away()
    await spool.hold([letter(3)])
    async with draining(spool, broker):
        assert await broker.wants(4) == ["id-0", "id-1", "id-2", "id-3"]
        await empty(folder)
    await spool._do(spool._adopt)  # it looks again: an emptied folder goes
    assert len(list(folder.iterdir())) == 1  # noqa: ASYNC240 -- its own
    await spool.close()
    assert list(folder.iterdir()) == []  # noqa: ASYNC240


async def test_nobody_touches_the_folder_of_a_living_process(folder: Path) -> None:
    """Its letters are its own to publish; when it goes, they are adopted."""
    living, other = FolderSpool(folder, PLENTY), FolderSpool(folder, PLENTY)
    await living.hold([letter(1)])
    await other.hold([letter(2)])
    broker = Away()
    async with draining(other, broker):
        assert await broker.wants(1) == ["id-2"]
        assert living.waiting() == 1
        await living.close()
        await other.hold([letter(3)])  # wakes it, and then it looks around
        assert sorted(await broker.wants(3)) == ["id-1", "id-2", "id-3"]
    await other.close()


async def test_everything_is_synced_before_it_returns(
    spool: FolderSpool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file's bytes, then its name; and the name of its folder."""
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    await spool.hold([letter(1)])
    assert spool._own is not None
    own = str(spool._own.path)
    assert synced[-2].startswith(own + "/")
    assert synced[-2].endswith(".letters.part")
    assert synced[-1] == own
    assert str(folder) in synced


async def test_a_full_spool_says_so_and_keeps_what_it_has(folder: Path) -> None:
    """Beyond the limit nothing is held; after draining there is room again."""
    spool, broker = FolderSpool(folder, 1000), Away()
    await spool.hold([letter(1)])
    big = Letter(MESSAGES, "welzo.web_form", b"x" * 2000, "big")
    with pytest.raises(Temporary) as refused:
        await spool.hold([big])
    assert refused.value.code == "spool_full"
    assert spool.waiting() == 1
    async with draining(spool, broker):
        await broker.wants(1)
        await empty(folder)
    for number in (2, 3, 4):
        await spool.hold([letter(number)])
        async with draining(spool, broker):
            await broker.wants(number)
            await empty(folder)
    await spool.close()


async def test_a_full_disk_says_so(spool: FolderSpool, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`spool_full`; nothing half-written is left, and it holds again when there is room."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    await spool.hold([letter(1)])
    with monkeypatch.context() as without_room:
        without_room.setattr(os, "fsync", full)
        with pytest.raises(Temporary) as refused:
            await spool.hold([letter(2)])
    assert refused.value.code == "spool_full"
    assert spool.waiting() == 1
    assert len(list(folder.rglob("*.letters*"))) == 1  # noqa: ASYNC240
    await spool.hold([letter(3)])
    assert spool.waiting() == 2


@pytest.mark.parametrize("harm", ["truncated", "changed", "empty"])
async def test_an_unreadable_file_is_kept_aside_and_told_once(folder: Path, harm: str) -> None:
    """Renamed to `.broken`, never published, never deleted, also by later processes; the others go on."""
    before = FolderSpool(folder, PLENTY)
    await before.hold([letter(1)])
    await before.hold([letter(2)])
    await before.close()
    victim = min(folder.rglob("*.letters"))  # noqa: ASYNC240
    content = victim.read_bytes()
    body = base64.b64encode(letter(1).body)
    changed = {"truncated": content[:-20], "changed": content.replace(body, body.swapcase()), "empty": b""}[harm]
    assert changed != content
    victim.write_bytes(changed)
    spool, broker = FolderSpool(folder, PLENTY), Away()
    with capture_logs() as said:
        async with draining(spool, broker):
            assert await broker.wants(1) == ["id-2"]
            await empty(folder)
        await spool._do(spool._adopt)
        await spool.close()
    assert [entry["event"] for entry in said] == ["parked"]
    assert said[0]["reason"] == "unreadable"
    assert victim.with_suffix(".broken").read_bytes() == changed
    after = FolderSpool(folder, PLENTY)
    async with draining(after, broker):
        await after.hold([letter(3)])
        assert await broker.wants(2) == ["id-2", "id-3"]
    await after.close()
    assert victim.with_suffix(".broken").exists()


async def test_fields_of_a_newer_process_are_ignored(folder: Path) -> None:
    """What a later version wrote beside our fields does not make a letter unreadable."""
    plain = form.as_json(letter(1))
    assert form.from_json({**plain, "invented_later": 1}) == letter(1)


async def test_no_spool_refuses() -> None:
    """`spool: none` holds nothing and says so."""
    none = NoSpool()
    with pytest.raises(Temporary) as refused:
        await none.hold([letter(1)])
    assert refused.value.code == "spool_none"
    assert none.waiting() == 0
    task = asyncio.create_task(none.drain(Away().publish))
    await asyncio.sleep(0)
    assert not task.done()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
