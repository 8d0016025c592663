"""Copies of a house on PostgreSQL, copies in one file, what waits in queues and spool, and the list of erasures."""

from __future__ import annotations

import asyncio
import io
import json
import os
import tarfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from intake_daemon.broker.embedded import Embedded
from intake_daemon.command import configuration
from intake_daemon.command.configuration import Configuration
from intake_daemon.command.moving import backup, erasures, ground, letters, manifest, restore
from intake_daemon.command.moving import tables as carrying
from intake_daemon.contract import MESSAGES, ROUTER_QUEUE, ChatLine, Letter, Parked, Subscriber
from intake_daemon.memory import StoredChats
from intake_daemon.memory.tables import chat_lines
from intake_daemon.message import Command
from intake_daemon.spool import FolderSpool
from intake_daemon.store import Store
from router.ledger import forgetting, lives, tables
from router.ledger.batch import Batch
from router.ledger.record import StoredLedger
from tests.desk.letters import KEY, NOON, letter
from tests.moving.houses import fill
from tests.record.conftest import ledger_on
from tests.record.doing import route
from tests.services.postgres import Postgres
from tests.walk.daemon import Installation


def none(_more: int) -> None:
    """Nobody looks."""


def house(home: Path, store: str) -> tuple[Installation, Configuration]:
    """A house that never ran, with the embedded broker."""
    home.mkdir()
    place = Installation(home, store=store, vault="database" if store != "sqlite" else "folder")
    return place, configuration.read(place.add().folder)


def tallies(configured: Configuration) -> dict[str, carrying.Tally]:
    """Every table, counted and hashed, but what a restore itself writes."""
    engine = ground.engine_of(configured.settings)
    with engine.connect() as connection:
        found = {name: carrying.tally(connection, table) for name, table in carrying.carried().items()}
    engine.dispose()
    return {name: each for name, each in found.items() if name not in {"sends", "cursors"}}


def test_postgres_is_copied_and_comes_back_on_either_ground(tmp_path: Path, database: str, postgres: Postgres) -> None:
    """From PostgreSQL with its vault into one file; back into another PostgreSQL, and into SQLite with a folder: row
    by row the same, object by object, the balance too; and numbers go on behind those that came."""
    place, whole = house(tmp_path / "one", database)
    asyncio.run(fill(place, 4, 3))
    copy, file = tmp_path / "copy", tmp_path / "copies.tar.gz"
    told = asyncio.run(backup.take(whole, copy, None, {ROUTER_QUEUE: 3}, none))
    assert (told.store, told.rows["cases"], told.vault.objects, dict(told.elsewhere)) == (
        "postgresql",
        4,
        7,
        {ROUTER_QUEUE: 3},
    )
    backup.packed(copy, file)
    assert not copy.exists()
    before = tallies(whole)
    name = postgres.add_database()
    for number, store in enumerate((postgres.url(name), "sqlite")):
        other, there = house(tmp_path / f"other{number}", store)
        with restore.unpacked(file, there.settings.var) as folder:
            assert restore.check(folder) == told
            done = asyncio.run(restore.bring(there, folder, told, [], none))
        assert done.balance == told.balance
        assert done.objects == 7
        assert tallies(there) == before
        with other.reading().begin() as connection:
            assert lives.balance(connection) == told.balance
            connection.execute(sa.insert(tables.reads).values(at=1.0, who="x", case_id="c", what="x"))
            connection.execute(
                sa.insert(tables.outbox).values(
                    case_id="c", message_id="m", exchange="e", key="k", content_type="t", mandatory=True, body="{}"
                )
            )
    postgres.drop_database(name)


def test_a_file_that_is_no_copy(tmp_path: Path) -> None:
    """It is told as what it is."""
    (tmp_path / "x.tar").write_bytes(b"nothing of the kind")
    with (
        pytest.raises(manifest.NotWhole, match="no backup that can be read"),
        restore.unpacked(tmp_path / "x.tar", tmp_path),
    ):
        pass


@pytest.mark.parametrize(("name", "kind"), [("../x", b"0"), ("/tmp/x", b"0"), ("x", tarfile.SYMTYPE), ("x", b"cut")])  # noqa: S108 -- nothing is written there
def test_a_file_that_is_nobodys_copy(tmp_path: Path, name: str, kind: bytes) -> None:
    """What would lie elsewhere, a link, or half a file is no copy; nothing of it stays."""
    file, beside = tmp_path / "x.tar.gz", tmp_path / "beside"
    member = tarfile.TarInfo(name)
    with tarfile.open(file, "w:gz") as archive:
        if kind == b"cut":
            member.size = 100_000
            archive.addfile(member, io.BytesIO(os.urandom(member.size)))
        else:
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    if kind == b"cut":
        os.truncate(file, 50_000)
    with pytest.raises(manifest.NotWhole, match="no backup that can be read"), restore.unpacked(file, beside):
        pass
    assert list(beside.iterdir()) == []


def test_a_file_that_somebody_packed_again(tmp_path: Path) -> None:
    """Its folders need not be in it by themselves."""
    (tmp_path / "copy" / "vault").mkdir(parents=True)
    (tmp_path / "copy" / "vault" / "x").write_bytes(b"as it came")
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "copy" / "vault" / "x", "vault/x")
    with restore.unpacked(tmp_path / "x.tar.gz", tmp_path / "beside") as folder:
        assert (folder / "vault" / "x").read_bytes() == b"as it came"


async def test_letters_lie_as_they_lay(tmp_path: Path) -> None:
    """Out of a broker page by page and into another: queue, order, headers, answers, times of publishing, and that they
    came back before; what a subscriber of events has not taken yet, too."""
    crm = [Subscriber("crm", ("#",))]
    old = Embedded(tmp_path / "old.db", lambda: NOON, crm, ["mail"])
    await old.start()
    sent = [
        Letter(MESSAGES, "welzo.email", b"\xff" * 70_000, f"m{n}", headers={"n": f"{n}"}, reply_to="x")
        for n in range(5)
    ]
    sent.append(Letter("intake.events", "welzo.case.closed", b"{}", "e1", mandatory=False, correlation_id="c"))
    await old.publish(sent)
    async for batch in old.consume(ROUTER_QUEUE, batch=1):
        await old.give_back(batch)
        break
    found, after, pages = [], 0, 0
    while page := await old.page(after, 100_000):
        found += page
        after, pages = page[-1].tag, pages + 1
    assert pages == 3
    assert [(each.queue, each.letter, each.published_at, each.redelivered) for each in found] == [
        *((ROUTER_QUEUE, each, NOON, number == 0) for number, each in enumerate(sent[:5])),
        ("crm", replace(sent[5], mandatory=True), NOON, False),
    ]
    path = tmp_path / "letters.jsonl"
    path.write_bytes(b"".join(map(letters.line, found)))
    new = Embedded(tmp_path / "new.db", lambda: NOON + timedelta(days=1), crm, ["mail"])
    await new.start()
    for some in letters.lines(path, 100_000):
        await new.bring(some)
    again = await new.page(0, 10_000_000)
    assert [replace(each, tag=0) for each in again] == [replace(each, tag=0) for each in found]
    await new.clear()
    assert await new.page(0, 1) == []
    for each in (old, new):
        await each.close()


async def test_what_is_spooled_waits_for_the_router(tmp_path: Path) -> None:
    """The spool's files, the oldest first; what cannot be read is left out, and stays where it is."""
    spool = FolderSpool(tmp_path / "spool", 10_000_000)
    held = [Letter(MESSAGES, "welzo.web_form", b"%d" % n, f"s{n}") for n in range(3)]
    for each in held:
        await spool.hold([each])
    await spool.close()
    (folder,) = (tmp_path / "spool").iterdir()
    (folder / "00000000000000000001-1.letters").write_bytes(b"damaged")
    found = [letters.as_deliveries(path, some) for path, some in letters.spooled(tmp_path / "spool")]
    assert [each.letter for some in found for each in some] == held
    assert {each.queue for some in found for each in some} == {ROUTER_QUEUE}


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is."""
    if request.param == "postgres":
        return str(request.getfixturevalue("database"))
    return f"sqlite:///{tmp_path / 'ledger.db'}"


async def erased(ledger: StoredLedger, store: Store, known: dict[str, float]) -> list[dict[str, object]]:
    """What the list still lacks."""
    brands = ("welzo", "kontakt")
    return await store.read(lambda connection: forgetting.erased(connection, brands, 0.0, known))


async def test_what_was_erased_is_erased_again(url: str, tmp_path: Path) -> None:
    """The list of one ledger, on an older copy of it: the case that is there goes, once; the contact that came later
    is known as erased, and revives nothing when it is brought again."""
    later = letter("Came later.", sender="b@b.example", message="late@b.example")
    first = Store(f"sqlite:///{tmp_path / 'first.db'}")
    await first.migrate()
    living = ledger_on(first)
    outcomes = await route(living, letter(), later)
    for number, outcome in enumerate(outcomes):
        assert outcome.reference is not None
        command = Command(id=f"e{number}", reference=outcome.reference, command="erase", actor="margaret", at=NOON)
        assert (await route(living, command))[0].disposition == "done"
    listed = await erased(living, first, {})
    assert [each["case"] for each in listed] == [
        outcome.case for outcome in sorted(outcomes, key=lambda one: str(one.case))
    ]
    path = tmp_path / "erasures.jsonl"
    erasures.append(path, listed[:1])
    with path.open("ab") as cut:
        cut.write(b'{"case": "cut o')
        cut.write(b"\n")
    erasures.append(path, listed[1:])
    assert list(erasures.lines([path])) == json.loads(json.dumps(listed))
    assert "example" not in path.read_text()
    assert await erased(living, first, {str(each["case"]): 0.0 for each in listed}) == []
    await first.close()

    store = Store(url)
    await store.migrate()
    back = ledger_on(store)
    await route(back, letter())

    def again(connection: sa.Connection) -> forgetting.Forgotten:
        batch = Batch(NOON, KEY, "test")
        return forgetting.forget(connection, erasures.lines([path]), batch, sqlite=store.sqlite)

    assert await store.write(again) == (1, 1)
    assert await store.write(again) == (0, 0)
    words = sa.select(sa.func.count()).select_from(tables.content)
    assert await store.read(lambda connection: connection.execute(words).scalar_one()) == 0
    for value in (letter(), later):
        (outcome,) = await route(back, value)
        assert (outcome.disposition, outcome.reason) == ("repeat", "erased")
    balance = await store.read(lives.balance)
    assert (balance["in"], balance["cases"], balance["aside"], balance["unaccounted"]) == (2, 1, 1, 0)
    await store.close()


async def test_words_that_the_copy_knows_elsewhere_are_erased_too(url: str) -> None:
    """A contact that was no case's yet when the copy was taken (set aside, parked, a line of a chat), and was erased
    with its case afterwards: no word of it comes back."""
    store = Store(url)
    await store.migrate()
    ledger = ledger_on(store)
    known, parked = letter(), letter("Parked then.", sender="b@b.example", message="b@b.example")
    (outcome,) = await route(ledger, known)
    kept = Letter(MESSAGES, "welzo.email", parked.to_json(), parked.id)
    await ledger.park([Parked(parked.id, ROUTER_QUEUE, "failed_repeatedly", kept, 5, NOON)])
    chats = StoredChats(store, lambda: NOON)
    await chats.add("c", ChatLine("l", "Parked then.", NOON, ours=False, message=parked.id))
    aside = sa.update(tables.contacts).where(tables.contacts.c.id == known.id)
    await store.write(lambda connection: connection.execute(aside.values(case_id=None, disposition="aside")).close())
    contacts = [
        {
            "id": each.id,
            "brand": "welzo",
            "connector": each.connector,
            "channel": each.channel,
            "external": "x",
            "reference": each.reference,
            "received_at": 1.0,
            "contact_at": 1.0,
            "decided_at": 1.0,
            "raw": each.raw,
        }
        for each in (known, parked)
    ]
    line = {"case": "another", "brand": "welzo", "at": "2026-11-21T00:00:00Z", "contacts": contacts}

    def again(connection: sa.Connection) -> forgetting.Forgotten:
        return forgetting.forget(connection, [line], Batch(NOON, KEY, "test"), sqlite=store.sqlite)

    assert outcome.case is not None
    assert await store.write(again) == (0, 2)
    assert await store.write(again) == (0, 0)
    for table, left in ((tables.parked, 0), (chat_lines, 0), (tables.signs, 0), (tables.holdings, 0)):
        query = sa.select(sa.func.count()).select_from(table)
        assert await store.read(lambda connection, query=query: connection.execute(query).scalar_one()) == left  # type: ignore[misc]
    words = sa.select(tables.content.c.id).where(tables.content.c.kind == "message")
    assert await store.read(lambda connection: connection.execute(words).all()) == []
    for value in (known, parked):
        (outcome,) = await route(ledger, value)
        assert (outcome.disposition, outcome.reason) == ("repeat", "erased")
    await store.close()


async def test_every_erasure_is_written_down_once(tmp_path: Path) -> None:
    """Also one that was asked for long before it was done, and one after a clock that ran ahead had been put back."""
    store = Store(f"sqlite:///{tmp_path / 'ledger.db'}")
    await store.migrate()
    ledger = ledger_on(store)
    house: Any = SimpleNamespace(store=store, now=lambda: NOON)
    path = tmp_path / "erasures.jsonl"
    ahead = {"case": "ahead", "brand": "welzo", "at": "2026-12-24T00:00:00Z", "contacts": []}
    erasures.append(path, [ahead])
    listing = erasures._Listing(path, ("welzo",))
    listed = ["ahead"]
    for number, at in enumerate((NOON, NOON - timedelta(days=1), NOON - timedelta(hours=5))):
        began: dict[str, Any] = {"received_at": NOON - timedelta(days=2), "contact_at": NOON - timedelta(days=2)}
        who = f"{number}@b.example"
        (outcome,) = await route(ledger, letter(f"{number}", sender=who, message=who, **began))
        command = Command(id=f"{number}", reference=str(outcome.reference), command="erase", actor="margaret", at=at)
        await route(ledger, command)
        listed.append(str(outcome.case))
        for _ in range(3):
            await listing.look(house)
        assert [each["case"] for each in erasures.lines([path])] == listed
    await erasures._Listing(path, ("welzo",)).look(house)
    assert [each["case"] for each in erasures.lines([path])] == listed
    await store.close()


def test_a_line_that_was_cut_off_takes_no_other_along(tmp_path: Path) -> None:
    """A crash, or a full disk, in the middle of a line: the next one begins anew."""
    path = tmp_path / "erasures.jsonl"
    path.write_bytes(b'{"case": "cut o')
    line = {"case": "c", "brand": "welzo", "at": "2026-11-21T00:00:00Z", "contacts": []}
    erasures.append(path, [line])
    assert list(erasures.lines([path])) == [line]


def test_a_disk_that_takes_a_part_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not written whole does not count as written."""
    write, path = os.write, tmp_path / "erasures.jsonl"
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:9]))
    line = {"case": "c", "brand": "welzo", "at": "2026-11-21T00:00:00Z", "contacts": []}
    erasures.append(path, [line])
    monkeypatch.undo()
    assert list(erasures.lines([path])) == [line]


def test_a_list_of_ours_that_cannot_be_read_is_an_outage(tmp_path: Path) -> None:
    """The loop that writes it says so and tries again; it does not end, and the process with it."""
    with pytest.raises(OSError, match="cannot be read"):
        erasures._listed(tmp_path, 0.0)


def test_nobody_reads_along_while_a_copy_is_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file holds everything that customers said: it is its owner's alone from its first byte on."""
    folder, modes = tmp_path / "copy", []
    folder.mkdir()
    (folder / "x").write_bytes(b"x")
    add = tarfile.TarFile.add

    def seen(archive: tarfile.TarFile, *rest: Any, **more: Any) -> None:  # noqa: ANN401 -- as the real one
        modes.append(Path(str(archive.name)).stat().st_mode & 0o777)
        add(archive, *rest, **more)

    monkeypatch.setattr(tarfile.TarFile, "add", seen)
    backup.packed(folder, tmp_path / "copy.tar")
    assert set(modes) == {0o600}
    assert (tmp_path / "copy.tar").stat().st_mode & 0o777 == 0o600


def test_a_list_that_is_named_must_be_there(tmp_path: Path) -> None:
    """A mistyped name is no empty list."""
    with pytest.raises(manifest.NotWhole, match="cannot be read"):
        list(erasures.lines([tmp_path / "nowhere.jsonl"]))
