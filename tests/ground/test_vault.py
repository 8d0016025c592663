"""What every vault promises (contract.Vault), and what the folder promises besides."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from intake_daemon.contract import Vault
from intake_daemon.errors import Temporary
from intake_daemon.store import Store
from intake_daemon.vault import DatabaseVault, FolderVault, vault

ROOT = Path(__file__).parents[2]
SAMPLES = [b"", b"a", b"From: a@b.example\r\n\r\n\x00\xff", os.urandom(3_000_000)]

CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from intake_daemon.vault import FolderVault
async def main():
    key = await FolderVault(Path(sys.argv[1])).put(b"killed at once")
    os.write(1, key.encode())
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


class Promises:
    """Each kind of vault is the fixture `kept`."""

    @pytest.mark.parametrize("content", SAMPLES, ids=["empty", "one byte", "a mail", "3 MB"])
    async def test_what_was_put_is_got(self, kept: Vault, content: bytes) -> None:
        """The very bytes, under their SHA-256."""
        key = await kept.put(content)
        assert key == hashlib.sha256(content).hexdigest()
        assert await kept.get(key) == content
        assert await kept.has(key)

    async def test_the_same_bytes_are_kept_once(self, kept: Vault) -> None:
        """Putting again, also from many tasks at once, is no error and changes nothing."""
        keys = await asyncio.gather(*(kept.put(b"the same") for _ in range(20)))
        assert len(set(keys)) == 1
        assert await kept.get(keys[0]) == b"the same"
        await kept.erase(keys[:1])
        assert not await kept.has(keys[0])

    async def test_what_was_put_between_two_moments(self, kept: Vault) -> None:
        """Neither what was put before them nor what was put since: that may still be on its way to a contact."""
        key, now = await kept.put(b"put now"), datetime.now(UTC)

        async def listed(since: timedelta, until: timedelta) -> list[str]:
            return [each async for piece in kept.kept(now + since, now + until) for each in piece]

        hour, day = timedelta(hours=1), timedelta(days=1)
        assert await listed(-day, hour) == [key]
        assert await listed(-day, -hour) == []
        assert await listed(hour, day) == []

    @pytest.mark.parametrize("key", ["0" * 64, "", "../../etc/passwd", "ab" * 31 + "/.", "AB" * 32])
    async def test_what_is_not_here_is_a_key_error(self, kept: Vault, key: str) -> None:
        """Never put, or no key at all; a path in its place opens nothing."""
        with pytest.raises(KeyError):
            await kept.get(key)
        assert not await kept.has(key)

    async def test_erased_is_gone(self, kept: Vault) -> None:
        """Only what was named; unknown keys are no error; it can be put again."""
        one, two = await kept.put(b"one"), await kept.put(b"two")
        await kept.erase([one, "0" * 64, "no key"])
        with pytest.raises(KeyError):
            await kept.get(one)
        assert await kept.get(two) == b"two"
        await kept.erase([])
        assert await kept.put(b"one") == one
        assert await kept.get(one) == b"one"

    async def test_all_that_is_kept_is_told(self, kept: Vault) -> None:
        """Every key that was put between two moments, each once, in pieces; erased ones are none."""
        now = datetime.now(UTC)
        keys = {await kept.put(str(number).encode()) for number in range(30)}
        gone = await kept.put(b"gone")
        await kept.erase([gone])
        found = [key async for piece in kept.kept(now - timedelta(hours=1), now + timedelta(hours=1)) for key in piece]
        assert len(found) == len(keys)
        assert set(found) == keys

    async def test_damage_is_found_and_mended(self, kept: Vault) -> None:
        """Other bytes than were put are never handed out; the journal names the key; putting again mends it."""
        key = await kept.put(b"as it was")
        await self.damage(kept, key)
        with capture_logs() as said, pytest.raises(Temporary) as found:
            await kept.get(key)
        assert found.value.code == "vault_damaged"
        assert said == [{"event": "damaged", "log_level": "error", "part": "vault", "key": key}]
        await kept.put(b"as it was")
        assert await kept.get(key) == b"as it was"

    async def damage(self, kept: Vault, key: str) -> None:
        """Changes a bit behind the vault's back."""
        raise NotImplementedError


class TestFolderVault(Promises):
    """The folder."""

    @pytest.fixture
    def kept(self, tmp_path: Path) -> Vault:
        """A vault whose folder does not exist yet."""
        return FolderVault(tmp_path / "var" / "vault")

    async def damage(self, kept: Vault, key: str) -> None:
        """One bit of the file."""
        assert isinstance(kept, FolderVault)
        (path,) = kept._folder.rglob(key)
        content = path.read_bytes()
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])

    async def test_durable_when_put_returns(self, tmp_path: Path) -> None:
        """The process is killed right after: it is there for the next one."""
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CHILD, tmp_path, stdout=asyncio.subprocess.PIPE, cwd=ROOT
        )
        said, _ = await child.communicate()
        assert child.returncode == -signal.SIGKILL
        assert await FolderVault(tmp_path).get(said.decode()) == b"killed at once"

    async def test_everything_is_synced_before_it_returns(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The file first, then the folder that names it; and every folder above that is new."""
        synced: list[str] = []
        real = os.fsync

        def fsync(descriptor: int) -> None:
            synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
            real(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)
        key = await FolderVault(tmp_path / "vault").put(b"x")
        leaf = tmp_path / "vault" / key[:2] / key[2:4]
        assert synced[-2].startswith(str(tmp_path / "vault" / "incoming" / key))
        assert synced[-1] == str(leaf)
        assert {str(tmp_path), str(tmp_path / "vault"), str(leaf.parent)} <= set(synced)

    async def test_nobody_else_may_read(self, tmp_path: Path) -> None:
        """Files 0600, folders 0700."""
        key = await FolderVault(tmp_path / "vault").put(b"private")
        path = tmp_path / "vault" / key[:2] / key[2:4] / key
        assert path.stat().st_mode & 0o777 == 0o600
        for folder in (path.parent, path.parent.parent, tmp_path / "vault"):
            assert folder.stat().st_mode & 0o777 == 0o700

    async def test_what_a_crash_left_half_written_goes(self, tmp_path: Path) -> None:
        """Old leftovers are deleted by a later process; young ones may be somebody's, unless their key is erased."""
        incoming = tmp_path / "incoming"
        incoming.mkdir()
        key = hashlib.sha256(b"young").hexdigest()
        old, young, other = (incoming / name for name in ("a-1", f"{key}-2", "b-3"))
        for part in (old, young, other):
            part.write_bytes(b"half")
        os.utime(old, (0, 0))
        kept = FolderVault(tmp_path)
        await kept.put(b"something")
        assert not old.exists()
        assert young.exists()
        await kept.erase([key])
        assert not young.exists()
        assert other.exists()

    async def test_a_disk_that_refuses_is_temporary_and_leaves_nothing(self, tmp_path: Path) -> None:
        """A file larger than the process may write: not held, no half file, and the vault works afterwards."""
        kept = FolderVault(tmp_path)
        await kept.put(b"small")
        with _largest_file(1000):
            with pytest.raises(Temporary):
                await kept.put(b"x" * 100_000)
            await kept.put(b"small too")
        assert list((tmp_path / "incoming").iterdir()) == []
        assert not await kept.has(hashlib.sha256(b"x" * 100_000).hexdigest())

    async def test_no_room_has_its_own_word(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """`vault_full`, so that an operator knows what to do."""

        def full(_descriptor: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(Temporary) as refused:
            await FolderVault(tmp_path).put(b"x")
        assert refused.value.code == "vault_full"


class DatabasePromises(Promises):
    """Each kind of database is the fixture `store`."""

    @pytest.fixture
    async def kept(self, store: Store) -> Vault:
        """A vault in the schema as it is migrated to."""
        await store.migrate()
        return DatabaseVault(store)

    async def damage(self, kept: Vault, key: str) -> None:
        """Other bytes in the row."""
        assert isinstance(kept, DatabaseVault)
        change = sa.update(vault).where(vault.c.key == key).values(content=b"something else")
        await kept._store.write(lambda db: db.execute(change).close())


class TestDatabaseVaultSQLite(DatabasePromises):
    """The table, in SQLite."""

    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[Store]:
        """A store in a new file."""
        opened = Store(f"sqlite:///{tmp_path}/intake.sqlite")
        yield opened
        await opened.close()


class TestDatabaseVaultPostgres(DatabasePromises):
    """The table, in a real PostgreSQL."""

    @pytest.fixture
    async def store(self, database: str) -> AsyncIterator[Store]:
        """A store in a new database."""
        opened = Store(database)
        yield opened
        await opened.close()


@contextmanager
def _largest_file(size: int) -> Iterator[None]:
    """While it lasts this process can write no file beyond `size` bytes: a real refusal by the kernel (EFBIG)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    told = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, told)
