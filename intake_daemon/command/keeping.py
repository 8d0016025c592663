"""`intake ledger rebuild | migrate`: the projections made anew from the events; the schema brought up to date."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from intake_daemon.command.options import Config, Demo, Json, as_json

if TYPE_CHECKING:
    from intake_daemon.command.configuration import Configuration

ledger = typer.Typer(help="The ledger itself.", no_args_is_help=True)


@ledger.command()
def rebuild(config: Config = None, *, demo: Demo = False, json: Json = False) -> None:
    """Fold every case anew from its events, compare, and write what was different."""
    from intake_daemon.command.asking import asking
    from intake_daemon.command.progress import counting

    same, mended = 0, 0
    broken: list[str] = []
    with asking(config, demo=demo, changes=True) as asked, counting("cases") as count:
        after: str | None = ""
        while after is not None:
            piece = asked.post("/ledger/rebuild", after=after)
            same, mended, broken = same + piece["same"], mended + piece["mended"], broken + piece["broken"]
            count(piece["same"] + piece["mended"])
            after = piece["last"]
    if json:
        as_json({"same": same, "mended": mended, "broken": broken})
    else:
        print(f"{same + mended + len(broken)} cases: {same} were the same, {mended} mended, {len(broken)} with a gap")
        for case in broken:
            print(f"events are missing: {case}")
    raise typer.Exit(1 if broken else 0)


@ledger.command()
def migrate(config: Config = None, *, demo: Demo = False) -> None:
    """Bring the schema up to date; `intake run` does the same when it starts."""
    from intake_daemon.command.asking import NotRunning, asking, place, quiet
    from intake_daemon.command.configuration import read

    try:
        with asking(config, demo=demo, only_running=True):
            print("the daemon runs; it brought the schema up to date when it started")
            return
    except NotRunning:
        pass
    quiet()
    asyncio.run(_migrated(read(place(config, demo=demo))))
    print("the ledger's schema is up to date")


async def _migrated(configured: Configuration) -> None:
    """On SQLite under the daemon's lock."""
    if configured.settings.store == "sqlite":
        from intake_daemon.command.building import build

        await (await build(configured)).close()
        return
    from intake_daemon.store import Store

    store = Store(configured.settings.store)
    try:
        await store.migrate()
    finally:
        await store.close()
