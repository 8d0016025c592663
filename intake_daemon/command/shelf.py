"""`intake parked list | show | retry`: what waits for a person, why, since when, and how it is put right and back.

One by one, or all of a reason, a door, a day. Nothing is ever dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intake_daemon.command.options import Config, Demo, Json, Mistyped, as_json, table

if TYPE_CHECKING:
    from intake_daemon.command.asking import Asked

Reason = Annotated[str | None, typer.Option(help="Only what was parked for this reason.")]
Door = Annotated[str | None, typer.Option(help="Only what came by this door.")]
Day = Annotated[str | None, typer.Option(help="Only what was parked on this day (UTC), such as 2026-11-30.")]
parked = typer.Typer(help="What cannot go on without a person: look, and send it on its way again.")


@parked.callback(invoke_without_command=True)
def default(context: typer.Context, config: Config = None, *, demo: Demo = False) -> None:
    """What is parked, the oldest first."""
    if context.invoked_subcommand is None:
        listed(config, demo=demo)


@parked.command("list")
def listed(
    config: Config = None,
    *,
    reason: Reason = None,
    door: Door = None,
    day: Day = None,
    demo: Demo = False,
    json: Json = False,
) -> None:
    """List what is parked, the oldest first; then by reason why, and how it is put right."""
    from intake_daemon.command.asking import asking
    from intake_daemon.command.telling import age

    with asking(config, demo=demo) as asked:
        answer = asked.get("/parked", reason=reason, door=door, day=day)
    found = answer["parked"]
    if json:
        as_json(found)
        return
    if not found:
        print("nothing is parked")
        return
    rows = [
        [each["id"], each["queue"], each["door"], each["reason"], each["attempts"], age(each["since"])]
        for each in found
    ]
    table(rows, head=("id", "from", "door", "reason", "attempts", "since"))
    shown = {each["reason"] for each in found}
    for group in answer["reasons"]:
        if group["reason"] in shown:
            print(f"\n{group['reason']}: {group['count']}, the oldest since {age(group['since'])}")
            print(f"  {group['why']}")
            print(f"  {group['remedy']}")


@parked.command()
def show(
    parked_id: Annotated[str, typer.Argument(metavar="ID")],
    config: Config = None,
    *,
    demo: Demo = False,
    json: Json = False,
) -> None:
    """Show one letter whole (its words too; this is written into the audit)."""
    from intake_daemon.command.asking import asking
    from intake_daemon.command.telling import safe, when

    with asking(config, demo=demo) as asked:
        found = asked.get(f"/parked/{parked_id}")
    if json:
        as_json(found)
        return
    print(f"{found['id']}  from {found['queue']}: {found['reason']}, {found['attempts']} attempts")
    print(f"since {when(found['since'])}, {found['bytes']} bytes of {found['content_type']}")
    print(f"{found['why']}\n{found['remedy']}\n")
    print(safe(found["letter"]) + ("…" if found["cut"] else ""))


@parked.command()
def retry(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID…")] = None,
    config: Config = None,
    *,
    reason: Reason = None,
    door: Door = None,
    day: Day = None,
    demo: Demo = False,
) -> None:
    """Send it back to where it came from; what fails again is parked again."""
    from intake_daemon.command.asking import Refused, asking

    bulk = {"reason": reason, "door": door, "day": day}
    if not ids and not any(bulk.values()):
        raise Mistyped("Nothing is named. Name ids, or all of a kind: --reason R, --door D, --day 2026-11-30.")
    failed, tried = 0, 0
    with asking(config, demo=demo, changes=True) as asked:
        for each in _wanted(asked, ids or (), bulk):
            tried += 1
            try:
                print(f"{each}  back to {asked.post(f'/parked/{each}/retry')['to']}")
            except Refused as refused:
                failed += 1
                print(f"{each}  stays: {refused.detail}")
    if not tried:
        print("nothing of this kind is parked")
    raise typer.Exit(1 if failed else 0)


def _wanted(asked: Asked, ids: Sequence[str], bulk: dict[str, Any]) -> Iterator[str]:
    """Those that are named; of a kind all, a thousand after the other: one that stays does not hide those behind it,
    and one that was parked again meanwhile is not tried twice."""
    yield from ids
    seen: set[str] = set(ids)
    after, more = None, any(bulk.values())
    while more:
        answer = asked.get("/parked", after=after, **bulk)
        some = [each["id"] for each in answer["parked"] if each["id"] not in seen]
        seen.update(some)
        yield from some
        after = answer["next"]
        more = after is not None
