"""What waits in the embedded broker's queues and in the spool, as lines of a file; and out of it again.

A line is one letter in one queue: `{"queue", "published_at", "again", "letter"}`, the letter as the spool writes it
(spool/letters.py). Only the process that has the embedded broker can read its file, so beside a running daemon they are
asked of it (`routes`), a page at a time, on the unix socket only: they are customers' words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from intake_daemon.broker.embedded import Embedded
from intake_daemon.contract import COMMANDS, PARKED, RECEIPTS, ROUTER_QUEUE, Delivery, Letter
from intake_daemon.message import utc
from intake_daemon.spool import letters as form
from router.api import Office, Refusal
from router.api.answers import answering, number, said
from router.api.table import PREFIX
from router.api.who import caller

UPSTREAM = frozenset({ROUTER_QUEUE, RECEIPTS, COMMANDS, PARKED})
"""Queues out of which letters go into the ledger; out of all others they leave the house."""
PAGE = 4 * 1024 * 1024
"""Bytes of a page, about."""
PATH = "/backup/letters"


def line(each: Delivery) -> bytes:
    """One letter as a line."""
    told = {"queue": each.queue, "published_at": utc(each.published_at), "again": each.redelivered}
    return json.dumps({**told, "letter": form.as_json(each.letter)}, ensure_ascii=False).encode() + b"\n"


def delivery(read: dict[str, Any], number: int = 0) -> Delivery:
    """The letter of a line."""
    published = datetime.fromisoformat(read["published_at"])
    return Delivery(read["queue"], number, form.from_json(read["letter"]), bool(read["again"]), published)


def lines(path: Path, size: int = PAGE) -> Iterator[list[Delivery]]:
    """The letters of a file, in pieces of about that many bytes."""
    piece: list[Delivery] = []
    length = 0
    with path.open("rb") as file:
        for number, each in enumerate(file, 1):
            piece.append(delivery(json.loads(each), number))
            length += len(each)
            if length >= size:
                yield piece
                piece, length = [], 0
    if piece:
        yield piece


def spooled(folder: Path) -> Iterator[tuple[Path, list[Letter]]]:
    """The spool's files, the oldest first, with their letters. One that goes meanwhile was published; one that cannot
    be read stays for a person where it is."""
    files = sorted(folder.glob("*/*.letters"), key=lambda path: path.name)
    for path in files:
        try:
            yield path, form.read(path.read_bytes())
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            continue


def as_deliveries(path: Path, held: Sequence[Letter]) -> list[Delivery]:
    """Spooled letters, as they would lie in the router's queue since they came."""
    nanoseconds = int(path.name.partition("-")[0])
    since = datetime.fromtimestamp(nanoseconds / 1e9).astimezone()
    return [Delivery(ROUTER_QUEUE, 0, each, redelivered=False, published_at=since) for each in held]


def routes(office: Office) -> Sequence[BaseRoute]:
    """For a copy beside the daemon: the embedded broker's letters, on the unix socket."""
    broker = office.broker
    if not isinstance(broker, Embedded):
        return ()

    async def page(request: Request) -> Response:
        who = await caller(request, office)
        if not (who.here and who.operator):
            raise Refusal(403, "not_here", "Letters are copied on the daemon's own machine: intake backup --to DIR")
        found = await broker.page(number(request, "after", 0, highest=1 << 62), PAGE)
        return said({"letters": [_shown(each) for each in found]})

    return [Route(PREFIX + PATH, answering(page), methods=["GET"])]


def _shown(each: Delivery) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(line(each))
    return {**shown, "number": each.tag}


def counted(found: Iterable[Delivery]) -> dict[str, int]:
    """How many, by queue."""
    counts: dict[str, int] = {}
    for each in found:
        counts[each.queue] = counts.get(each.queue, 0) + 1
    return counts
