"""`intake events [--follow]`, `intake events replay --to QUEUE`: the feed, one CloudEvent a line."""

from __future__ import annotations

import json
import sys
import time
from typing import Annotated

import typer

from intake_daemon.command.options import As, Config, Demo

events = typer.Typer(help="The feed of events: everything that case systems hear, in the order in which it left.")
_PAUSE = 0.5


@events.callback(invoke_without_command=True)
def feed(
    context: typer.Context,
    config: Config = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new ones, until Ctrl-C.")] = False,
    after: Annotated[int, typer.Option(help="Only those after this position.")] = 0,
    new: Annotated[bool, typer.Option("--new", help="Only those that come from now on.")] = False,
    who: As = "",
    demo: Demo = False,
) -> None:
    """Print events, one CloudEvent a line, with their position in the feed."""
    if context.invoked_subcommand is not None:
        return
    from intake_daemon.command.asking import asking

    try:
        with asking(config, demo=demo, who=who) as asked:
            quiet = new
            while True:
                found = asked.get("/events", after=after)
                for event in [] if quiet else found["events"]:
                    print(json.dumps(event, ensure_ascii=False, separators=(",", ":")))
                sys.stdout.flush()
                if found["next"] != after:
                    after = found["next"]
                    continue
                quiet = False
                if not follow:
                    return
                time.sleep(_PAUSE)
    except KeyboardInterrupt:
        return


@events.command()
def replay(
    to: Annotated[str, typer.Option(help="A subscriber's queue of intake.yaml.")],
    after: Annotated[int, typer.Option(help="Only those after this position; 0 is the beginning.")] = 0,
    config: Config = None,
    *,
    demo: Demo = False,
) -> None:
    """Publish events again, to one queue, with their first ids and sequences."""
    from intake_daemon.command.asking import asking
    from intake_daemon.command.progress import counting

    published = 0
    with asking(config, demo=demo, changes=True) as asked, counting("events") as count:
        done = False
        while not done:
            piece = asked.post("/events/replay", {"queue": to, "after": after})
            published, after, done = published + piece["published"], piece["next"], piece["done"]
            count(piece["published"])
    print(f"{published} events to {to}; the last position is {after}")
