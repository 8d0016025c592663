"""The three commands: what they are asked, and what they say.

intake backup --to /srv/backups            a folder of its own in there; or --to FILE.tar, FILE.tar.gz
intake restore --from /srv/backups/… -c DIR
intake move --to /etc/intake-large
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intake_daemon.command.options import Config, Demo, Json, Mistyped, as_json, table

if TYPE_CHECKING:
    from intake_daemon.command.configuration import Configuration
    from intake_daemon.command.moving.backup import Pages
    from intake_daemon.command.moving.manifest import Manifest

_FILES = (".tar", ".tar.gz", ".tgz")


def backup(
    to: Annotated[Path, typer.Option("--to", help="A folder that keeps backups, or a file: NAME.tar, NAME.tar.gz.")],
    config: Config = None,
    *,
    demo: Demo = False,
    json: Json = False,
) -> None:
    """Copy everything, also while the daemon runs: what was confirmed before it began is in the copy."""
    from intake_daemon.command.asking import place, quiet
    from intake_daemon.command.configuration import read
    from intake_daemon.command.moving import backup as copying

    configured = read(place(config, demo=demo))
    quiet()
    packs = to.name.endswith(_FILES)
    folder = to.with_name(f"{to.name}.folder") if packs else to / _name(configured)
    if (to if packs else folder).exists():
        raise Mistyped(f"{to if packs else folder} is there already. Nothing was copied.")
    if configured.settings.store == "sqlite" and not (configured.settings.var / "ledger.db").exists():
        raise Mistyped(f"Nothing has run here yet ({configured.settings.var}), so there is nothing to copy.")
    with _disk(to):
        told = _taken(configured, folder)
        if packs:
            copying.packed(folder, to)
    if json:
        as_json({"backup": str(to if packs else folder), **told.model_dump(mode="json", exclude={"files"})})
    else:
        _say(told, to if packs else folder)


@contextlib.contextmanager
def _disk(place: Path) -> Iterator[None]:
    """What a disk refuses is told with its place."""
    try:
        yield
    except OSError as error:
        where = error.filename or place
        raise Mistyped(f"{where}: {error.strerror}. Is there room, and may this user read and write there?") from None


def _name(configured: Configuration) -> str:
    return f"{configured.settings.installation.name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def _taken(configured: Configuration, folder: Path) -> Manifest:
    from intake_daemon.command.asking import NotRunning, asking
    from intake_daemon.command.moving import backup as copying
    from intake_daemon.command.moving import letters
    from intake_daemon.command.progress import counting

    embedded = configured.settings.broker == "embedded"
    with counting("rows and objects") as count:
        try:
            with asking(configured.folder, only_running=True) as asked:
                waits: Any = asked.get("/status")["queues"] if not embedded else {}
                elsewhere = {name: depth["ready"] + depth["unsettled"] for name, depth in waits.items()}

                def pages(after: int) -> list[Any]:
                    found = asked.get(letters.PATH, after=after)["letters"]
                    return [letters.delivery(each, each["number"]) for each in found]

                return asyncio.run(copying.take(configured, folder, pages if embedded else None, elsewhere, count))
        except NotRunning:
            return asyncio.run(_without_daemon(configured, folder, count))


async def _without_daemon(configured: Configuration, folder: Path, count: Any) -> Manifest:  # noqa: ANN401 -- progress
    """Under the lock: nothing starts meanwhile."""
    from intake_daemon.broker.file import LettersFile
    from intake_daemon.command import parts
    from intake_daemon.command.moving import backup as copying
    from intake_daemon.command.moving import letters
    from intake_daemon.command.moving.ground import queues_of

    settings = configured.settings
    embedded = settings.broker == "embedded"
    lock = parts.lock(settings.var) if embedded or settings.store == "sqlite" else None
    file = LettersFile(settings.var / "broker.db", list(queues_of(configured).values())) if embedded else None
    pages: Pages | None = None if file is None else lambda after: file.page(after, letters.PAGE)
    try:
        return await copying.take(configured, folder, pages, {}, count)
    finally:
        if file is not None:
            file.db.close()
        if lock is not None:
            lock.close()


def _say(told: Manifest, where: Path) -> None:
    print(f"{where}")
    rows = sum(told.rows.values())
    print(f"  {rows} rows in {sum(map(bool, told.rows.values()))} tables, {told.vault.objects} objects of the vault")
    waits = sum(told.letters.values()) + told.spooled
    print(f"  {waits} letters that wait (of them {told.spooled} in the spool)")
    print(f"  balance {_balance(told.balance)}")
    if told.elsewhere and any(told.elsewhere.values()):
        named = ", ".join(f"{name} {count}" for name, count in sorted(told.elsewhere.items()) if count)
        print(f"  not in it: what waits at RabbitMQ ({named}). It keeps that itself; so keep its disks, too.")
    elif told.broker == "rabbitmq" and not told.elsewhere:
        print("  not in it: what waits at RabbitMQ; how much that is nobody could say, since no daemon runs here.")
    if told.vault.missing:
        print(f"  {len(told.vault.missing)} originals are missing or damaged in the vault; the manifest names them")


def _balance(balance: Any) -> str:  # noqa: ANN401 -- a mapping of counts
    parts = ("cases", "joined", "machine", "aside", "parked", "unaccounted")
    return f"{balance['in']} in = " + " + ".join(f"{balance[name]} {name}" for name in parts)


def restore(
    source: Annotated[Path, typer.Option("--from", help="A folder, or a file, that intake backup made.")],
    config: Config = None,
    *,
    erasures: Annotated[
        list[Path] | None, typer.Option("--erasures", help="A list of what was erased since; several may be given.")
    ] = None,
    no_erasures: Annotated[bool, typer.Option("--no-erasures", help="There is no such list.")] = False,
    json: Json = False,
) -> None:
    """Bring a backup back into an empty installation. What was erased since stays erased."""
    from intake_daemon.command.asking import place, quiet
    from intake_daemon.command.configuration import read
    from intake_daemon.command.moving import erasures as listing
    from intake_daemon.command.moving import restore as bringing
    from intake_daemon.command.progress import counting
    from intake_daemon.settings import open_document

    quiet()
    folder = place(config)
    document = open_document(folder / "intake.yaml")
    var = Path(str(document.get(("var",)) or "var"))
    with bringing.unpacked(source, var) as copy, _disk(var):
        told = bringing.check(copy)
        bringing.place_key(copy, var, str(document.get(("installation", "key")) or ""))
        configured = read(folder)
        if not erasures and not no_erasures and not listing.place(configured.settings).exists():
            raise Mistyped(
                f"No list says what was erased since {told.began_at:%Y-%m-%d %H:%M} UTC: it would come back. Name it "
                "(--erasures var/erasures.jsonl of the old installation), or say that there is none: --no-erasures."
            )
        with counting("rows and objects") as count:
            found = asyncio.run(bringing.bring(configured, copy, told, erasures or [], count))
    if json:
        as_json(
            {
                "rows": found.rows,
                "letters": found.letters,
                "objects": found.objects,
                "erased_again": found.erased.cases,
                "kept_out": found.erased.contacts,
                "in_doubt": found.in_doubt,
                "balance": found.balance,
                "since": told.began_at.isoformat(),
            }
        )
        return
    print(f"all that was confirmed before {told.began_at:%Y-%m-%d %H:%M:%S} UTC is here again, as the manifest says:")
    waits = sum(found.letters.values())
    print(f"  {sum(found.rows.values())} rows, {found.objects} objects of the vault, {waits} letters that wait")
    print(f"  balance {_balance(found.balance)}")
    print(f"  erased again: {found.erased.cases} cases; kept out: {found.erased.contacts} contacts")
    print(f"  {found.in_doubt} notices may have been sent since. Mail goes once more under the same Message-ID;")
    print("  the others wait for a person: intake status, intake do REF release")
    print(
        "Start it: intake run. Then let every source be read again from that day, and let case systems forget what they"
    )
    print("have read since, for its numbers are given out again: intake events replay (docs/operations.md).")


def move(
    to: Annotated[Path, typer.Option("--to", help="The configuration's folder of the new installation.")],
    config: Config = None,
    *,
    json: Json = False,
) -> None:
    """Move an installation from one machine's files to RabbitMQ and PostgreSQL. Cut off, call it again."""
    from intake_daemon.command.asking import place, quiet
    from intake_daemon.command.configuration import find, read
    from intake_daemon.command.moving import move as moving
    from intake_daemon.command.progress import counting

    quiet()
    with counting("rows, objects and letters") as count, _disk(to):
        found = asyncio.run(moving.move(read(place(config)), read(find(to)), count))
    if found is None:
        if json:
            as_json({"moved": str(to), "already": True})
        else:
            print(f"it has moved already; start it there: intake run -c {to}")
        return
    if json:
        sides = {name: {"rows": old.rows, "sha256": old.digest} for name, (old, _) in found.tables.items()}
        counts = {name: old for name, (old, _) in found.letters.items()}
        told = {"equal": found.equal, "tables": sides, "letters": counts, "spooled": found.spooled}
        as_json({"moved": str(to), **told, "objects": found.objects[0], "balance": found.balance[1]})
        return
    rows: list[list[object]] = [
        [name, old.rows, new.rows, old.digest[:16], new.digest[:16]] for name, (old, new) in found.tables.items()
    ]
    rows += [[name, old, new, "", ""] for name, (old, new) in found.letters.items()]
    rows.append(["objects of the vault", *found.objects, "", ""])
    table(rows, head=("", "here", "there", "hash here", "hash there"))
    print(f"balance here  {_balance(found.balance[0])}")
    print(f"balance there {_balance(found.balance[1])}")
    print(f"all is equal. Start it there: intake run -c {to}")
    for path in found.left:
        print(f"not moved, since nobody can read it: {path}")
