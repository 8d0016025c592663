"""`intake reconcile`: what sources have and we do not hold, and the other way round. Exit 1: something is missing."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from intake_daemon.command.options import Config, Demo, Json, as_json, table

_SIDES = {
    "not_held": "the source has it, and we do not hold it",
    "in_no_contact": "it lies in the vault, and belongs to no contact",
    "without_original": "a contact whose original is gone",
    "unaccounted": "a contact whose case is not there",
    "not_asked": "the source did not answer",
}


def reconcile(
    config: Config = None,
    *,
    door: Annotated[str | None, typer.Option(help="Only this door.")] = None,
    since: Annotated[
        str | None, typer.Option(help="From this day on (UTC), such as 2026-11-30; else seven days.")
    ] = None,
    bring: Annotated[
        str | None, typer.Option(metavar="HASH", help="Bring in a mail of the vault that is nobody's.")
    ] = None,
    brand: Annotated[
        str, typer.Option(help="With --bring: for which brand; by default the one it is addressed to.")
    ] = "",
    demo: Demo = False,
    json: Json = False,
) -> None:
    """Compare the sources that can be asked, and the vault, with the contacts: what is missing, and what to do."""
    from intake_daemon.command.asking import asking

    if bring is not None:
        with asking(config, demo=demo, changes=True) as asked:
            held = asked.post("/reconcile/bring", {"vault": bring, "brand": brand})["held"]
        print("\n".join(f"{each['reference']}  held; its acknowledgement waits for a person" for each in held))
        return
    with asking(config, demo=demo) as asked:
        found = asked.get("/reconcile", door=door, since=since)
    if json:
        as_json(found)
    else:
        _show(found)
    raise typer.Exit(1 if found["counts"] else 0)


def _show(found: dict[str, Any]) -> None:
    from intake_daemon.command.telling import safe

    for each in found["doors"]:
        state = "cannot be asked" if each["state"] == "cannot_be_asked" else each["state"]
        offered = f", {each['offered']} looked at" if each["state"] == "asked" else ""
        print(f"{each['door']:<16} {state}{offered}")
    print(f"since {found['since']}\n")
    if found["waiting"]:
        print(f"{found['waiting']} contacts wait in queue or spool: what seems missing may be among them\n")
    for each in found["counts"]:
        print(f"{each['count']} at {each['door']}: {_SIDES[each['side']]}")
    rows: list[list[object]] = [
        [each["door"], each["side"], safe(each["name"]), each["at"]] for each in found["missing"]
    ]
    table(rows, head=("door", "side", "what", "came") if rows else ())
    for remedy in dict.fromkeys(each["remedy"] for each in found["missing"]):
        print(f"  {remedy}")
    if not found["counts"]:
        print("nothing is missing")
