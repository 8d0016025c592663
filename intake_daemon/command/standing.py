"""`intake status`: one screen. Exit 0 well, 1 something needs a person, 2 not running.

With `--door`, `--day`, `--days` or `--list` it tells the balance instead (balancing.py), and exits with 0, or 1 when a
contact is unaccounted for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from intake_daemon.command.options import As, Config, Demo, Json, as_json, table
from intake_daemon.errors import BadSettings

_LONG = 120.0
"""Seconds after which what waits at a step is worth a person's look."""
_UNANSWERED = timedelta(minutes=40)
"""After which a source that we ask is silent, as ops/alerts.yaml has it."""
_NEWER = "for a newer version"
_ASK_A_PERSON = {
    "notices perhaps sent": "perhaps sent: ask the recipient, then decide",
    "notices not delivered": "not delivered: reach the recipient another way",
}


def status(
    config: Config = None,
    *,
    door: Annotated[str | None, typer.Option(help="The balance of this door only.")] = None,
    day: Annotated[str | None, typer.Option(help="The balance of a day (UTC): 2026-11-30, today, yesterday.")] = None,
    days: Annotated[int, typer.Option(min=0, max=366, help="The balance of so many days, to that day.")] = 0,
    number: Annotated[
        str | None, typer.Option("--list", metavar="NUMBER", help="One of its numbers as a list.")
    ] = None,
    demo: Demo = False,
    json: Json = False,
    who: As = "",
) -> None:
    """How it stands: doors, what waits at each step and since when, parked, the balance; also by door and day."""
    from intake_daemon.command import balancing
    from intake_daemon.command.asking import asking

    if door is not None or day is not None or days or number is not None:
        raise typer.Exit(balancing.show(config, balancing.Asked(door, day, days, number, who), demo=demo, json=json))
    try:
        with asking(config, demo=demo, who=who) as asked:
            found = asked.get("/status")
    except BadSettings as bad:
        if json:
            as_json({"running": False, "needs": [str(fault) for fault in bad.faults]})
        else:
            print("intake-daemon: not running")
            print(bad)
        raise typer.Exit(2) from None
    found["needs"] = list(needs(found))
    if json:
        as_json(found)
    else:
        _show(found)
    raise typer.Exit(2 if not found["running"] else 1 if found["needs"] else 0)


def needs(found: Mapping[str, Any], now: datetime | None = None) -> Iterator[str]:
    """What needs a person, each in a sentence that says what to do."""
    for part, code in sorted({**found["parts"], **found["down"]}.items()):
        if code:
            yield f"{part} is down ({code})"
    for each in found["waiting"]:
        if each["count"] and each["what"] in _ASK_A_PERSON:
            yield f"{each['count']} notices {_ASK_A_PERSON[each['what']]}"
        elif each["what"] == _NEWER and each["count"] and _old(each["since"], now):
            since = _age(each["since"], now)
            yield f"{each['count']} letters wait for a newer version, the oldest for {since}: finish the upgrade"
        elif each["what"] in {"outbox", "notices due"} and _old(each["since"], now):
            yield f"{each['what']}: {each['count']} waiting, the oldest for {_age(each['since'], now)}"
    yield from _unread(found)
    if found["withheld"]["count"]:
        yield f"{found['withheld']['count']} acknowledgements are withheld ({_counted(found['withheld']['reasons'])})"
    if found["parked"]["count"]:
        yield f"{found['parked']['count']} parked ({_counted(found['parked']['reasons'])}): intake parked"
    if found["spool"]:
        yield f"{found['spool']} contacts wait in the spool for the broker"
    yield from _accounted(found, now)


def _unread(found: Mapping[str, Any]) -> Iterator[str]:
    """Subscribers that lose events, which the ledger still has."""
    for queue in found.get("full", ()):
        yield f"{queue} is full and drops its oldest events: once it reads again, intake events replay --to {queue}"


def _accounted(found: Mapping[str, Any], now: datetime | None = None) -> Iterator[str]:
    """What came and is nowhere, as far as anybody knows."""
    if found["balance"]["unaccounted"]:
        yield f"{found['balance']['unaccounted']} contacts are unaccounted for: intake ledger rebuild, then report it"
    for door, each in found.get("canaries", {}).items():
        if each["silent"] is not None:
            yield f"no canary came through {door} for {each['silent'] // 60} min ({each['code']}): docs/operations.md"
    for source, at in found.get("answered", {}).items():
        if _silent(at, found.get("asked_every", {}).get(source, 0.0), now):
            yield f"{source} was asked and has not answered for {_age(at, now)}: docs/runbook.md, IntakeSourceSilent"
    compared = found.get("reconciled")
    if compared and compared["missing"]:
        yield f"{compared['missing']} missing when sources were compared on {compared['day']}: intake reconcile"


def _silent(at: str, every: float, now: datetime | None) -> bool:
    """`every`: how often it is asked, in seconds; 0 where nobody says. Who is asked seldom may be silent for longer."""
    bound = max(_UNANSWERED, timedelta(seconds=2 * every))
    return (now or datetime.now(UTC)) - datetime.fromisoformat(at) > bound


def _old(since: str | None, now: datetime | None) -> bool:
    return bool(since) and ((now or datetime.now(UTC)) - datetime.fromisoformat(str(since))).total_seconds() > _LONG


def _age(since: str, now: datetime | None) -> str:
    from intake_daemon.command.telling import age

    return age(since, now)


def _counted(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))


def _show(found: Mapping[str, Any]) -> None:
    from intake_daemon.command.telling import age

    if found["running"]:
        half = "" if found["half"] == "both" else f", only {found['half']}"
        print(f"intake-daemon {found['version']} · {found['installation']} · running, process {found['pid']}{half}")
    else:
        print(f"intake-daemon · {found['installation']} · NOT RUNNING; start it: intake run")
    if found["parts"]:
        print("parts     " + "   ".join(f"{part}: {code or 'well'}" for part, code in sorted(found["parts"].items())))
    print()
    _doors(found)
    print()
    rows: list[list[object]] = [
        [name, depth["ready"] + depth["unsettled"], "-"] for name, depth in found["queues"].items()
    ]
    rows += [[each["what"], each["count"], age(each["since"])] for each in found["waiting"]]
    rows.append(["spool", found["spool"], "-"])
    rows.append(["acknowledgements withheld", found["withheld"]["count"], age(found["withheld"]["since"])])
    rows.append(["parked", found["parked"]["count"], age(found["parked"]["since"])])
    table(rows, head=("waiting", "count", "oldest"))
    print()
    counted = found["balance"]
    parts = " + ".join(f"{counted[name]} {name}" for name in ("cases", "joined", "machine", "aside", "parked"))
    line = f"{counted['in']} contacts in = {parts} + {counted['unaccounted']} unaccounted"
    print(f"balance   {line}; {counted['open']} open")
    print(f"sizes     database {found['sizes']['bytes'] / 1e6:.1f} MB; {_counted(_rows(found['sizes']['rows']))}")
    for sentence in found["needs"]:
        print(f"attention {sentence}")
    if found["running"] and not found["needs"]:
        print("well      nothing waits for a person")


def _rows(rows: Mapping[str, int]) -> dict[str, int]:
    """Of tables that have any."""
    return {table: count for table, count in rows.items() if count}


def _doors(found: Mapping[str, Any]) -> None:
    names = ("in", "cases", "joined", "machine", "aside", "parked", "repeats", "refused")
    rows: list[list[object]] = []
    for name in sorted({*found["listening"], *found["doors"]}):
        door, counted = found["listening"].get(name, {}), found["doors"].get(name, {})
        state = "-" if not door else f"down: {door['down']}" if door["down"] else "up"
        rows.append([name, door.get("kind"), state, door.get("at"), *(counted.get(each) for each in names)])
    table(rows, head=("door", "kind", "state", "at", *names))
