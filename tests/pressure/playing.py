"""An installation under pressure: a subscriber that nobody reads, a mail server that is away, a record that is held.

What must hold meanwhile and afterwards is the same on one machine and on several; it stands here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from router.ledger import tables
from tests.faults.receivers import Receiver
from tests.pressure.pouring import pour, visit
from tests.pressure.seeing import memory, needs, said, scrape, series
from tests.services.place import until
from tests.walk.account import letters_in, maildir, read_ledger, reckon, until_settled
from tests.walk.complaints import Complaint
from tests.walk.daemon import Daemon, Installation
from tests.walk.doors import Told, by_smtp

DEAF = "deaf"
"""A subscriber that reads nothing, beside the case system's queue."""
POST = "post"
"""The way out for Kontakt's letters, into a Maildir; every other brand's go to the next mail server."""
KEEPS, FEW = 60, 500
MORE = 40.0
"""Megabytes by which a process may grow, however much waits: batches, caches, the allocator's own."""


@dataclass
class Stage:
    """One installation: the process with the doors, the one that routes (the same on one machine), the mail server that
    is away until it is started."""

    place: Installation
    receiver: Receiver
    doors: Daemon
    routing: Daemon
    told: Told = field(default_factory=Told)
    waiting: list[Complaint] = field(default_factory=list)
    """Those that no door has taken."""
    measured: dict[str, float] = field(default_factory=dict)

    def seen(self) -> dict[str, float]:
        """What its processes say that were begun."""
        found: dict[str, float] = {}
        for each in {self.routing.internal: self.routing, self.doors.internal: self.doors}.values():
            found |= scrape(each) if each.life is not None else {}
        return found

    def until(self, found: Callable[[], bool], what: str, seconds: float) -> None:
        """See `until`."""
        until(found, what, seconds, self.routing.log)

    def answered(self, coming: Sequence[Complaint]) -> list[Complaint]:
        """Those that are ours."""
        return [each for each in coming if each.number in self.told.references]


def arrange(daemon: Daemon, outbox: str, **settings: Any) -> None:  # noqa: ANN401 -- as intake.yaml has them
    """Before its start."""
    written = daemon.folder / "intake.yaml"
    configured: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    configured["subscribers"][DEAF] = {"bind": ["#"], "max_length": KEEPS}
    configured["connectors"][POST] = {"kind": "mail", "maildir": outbox}
    configured["brands"]["kontakt"]["outgoing"] = {"email": POST}
    written.write_text(json.dumps({**configured, **settings}), encoding="utf-8")


@contextmanager
def locked(place: Installation) -> Iterator[None]:
    """Somebody holds the record: what comes in is held by the broker, and nothing is decided."""
    with_lock = sqlite3.connect(place.var / "ledger.db", isolation_level=None, timeout=60)
    try:
        with_lock.execute("BEGIN IMMEDIATE")
        yield
    finally:
        with_lock.close()


def pour_in(stage: Stage, coming: Sequence[Complaint], size: int = 0) -> dict[str, float]:
    """All at once, until somebody is refused; what was seen when a tenth was in."""
    tenth = len(coming) // 10
    assert pour(stage.doors.smtp, coming[:tenth], stage.told, size=size) == []
    stage.measured["MB at a tenth"], before = memory(stage.doors), scrape(stage.doors)
    stage.waiting = pour(stage.doors.smtp, coming[tenth:], stage.told, size=size)
    stage.measured["MB at the end"] = memory(stage.doors)
    stage.measured["taken"] = len(stage.told.references)
    assert stage.measured["MB at the end"] < stage.measured["MB at a tenth"] + MORE
    return before


def refused_everywhere(stage: Stage, complaint: Complaint) -> None:
    """A mail server is asked to come again; a form says when, what to do, and loses nothing that was typed."""
    assert not by_smtp(stage.doors.smtp, complaint, stage.told)
    assert set(stage.told.answers) <= {"smtp 451", "form 503"}
    for program in (True, False):
        shown = visit(stage.doors.public, complaint, program=program)
        assert (shown.status, shown.retry_after) == (503, "30")
        assert '"reference"' not in shown.said
        assert WHAT_TO_DO[complaint.language] in shown.said
        if not program:
            assert complaint.text.splitlines()[0].split("'")[0] in shown.said


WHAT_TO_DO = {
    "en": "please try again in a moment",
    "pt": "tente de novo dentro de instantes",
    "lv": "lūdzu, pēc brīža mēģiniet vēlreiz",
    "pl": "prosimy za chwilę spróbować ponownie",
    "ru": "попробуйте ещё раз через минуту",
    "az": "bir azdan yenidən cəhd edin",
}


def unread_and_unsent(stage: Stage, contacts: int, seconds: float) -> None:
    """While nobody reads and the mail server is away: both are told of, and neither holds up anybody."""
    stage.until(lambda: decided(stage.place) == contacts, "they are decided", seconds)
    kontakts = [each for each in stage.told.references.values() if each.startswith("KON")]

    def quiet() -> bool:
        if len(list((stage.place.outbox / "new").glob("*"))) < len(kontakts):
            return False
        seen = stage.seen()
        return (
            series(seen, "intake_queue_letters", queue=DEAF, state="ready") == KEEPS
            and series(seen, "intake_queue_limit", queue=DEAF) == KEEPS
            and series(seen, "intake_waiting", step="notices_deferred") > 0
            and series(seen, "intake_waiting", step="outbox") < FEW  # those that are tried again
            and series(seen, "intake_ill", part="sending mail", code="not_connected") == 1
        )

    stage.until(quiet, "the others have their letters, and it is told who reads and takes nothing", seconds)
    stage.measured["put off"], stage.measured["tasks"] = put_off(stage.place), series(stage.seen(), "intake_tasks")
    assert stage.measured["tasks"] < 150, "one for each letter that waits?"
    status, sentences = needs(stage.doors)
    assert status == 1
    assert any(each.startswith(f"{DEAF} is full and drops its oldest events") for each in sentences)
    assert "sending mail is down (not_connected)" in sentences


def over(stage: Stage, contacts: int, seconds: float) -> None:
    """The mail server is back, and all that waited leaves."""
    stage.receiver.start()
    stage.until(lambda: hastened(stage.place), "what was put off has left", seconds)
    until_settled(stage.place, contacts, seconds)
    stage.measured["MB after it"] = memory(stage.doors)


def spoken(daemon: Daemon, *once: str) -> None:
    """These were said once, and no attempt to send has a line of its own."""
    heard = said(daemon)
    assert {each: heard[each] for each in once} == dict.fromkeys(once, 1)
    lines = [each for each in daemon.entries() if each.get("outcome") == "deferred" and each["level"] != "debug"]
    assert len(lines) < 30


Events = list[dict[str, Any]]


def everything(stage: Stage, coming: Sequence[Complaint], all_: Events, last: Events) -> None:
    """Each complaint that was confirmed has one case and one letter; the case system has `all_` events, in order; who
    reads nothing has the `last` of them. Everything is stopped."""
    assert (len(last), the_last(last, all_)) == (KEEPS, True)
    letters = letters_in([*stage.receiver.mails, *maildir(stage.place.outbox)])
    answered = stage.answered(coming)
    counts = reckon(answered, stage.told, read_ledger(stage.place), all_, letters)
    assert (counts.cases, counts.copies, counts.unacknowledged) == (len(answered), 0, {})


def decided(place: Installation) -> int:
    """How many contacts are."""
    with place.reading().connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(tables.contacts)).scalar_one())


def put_off(place: Installation) -> int:
    """How many letters wait for their next attempt."""
    with place.reading().connect() as connection:
        notices = sa.select(sa.func.count()).select_from(tables.notices)
        return int(connection.execute(notices.where(tables.notices.c.state == "deferred")).scalar_one())


def hastened(place: Installation) -> bool:
    """Nobody waits until the next attempt is due; whether no letter waits for one."""
    t = tables.notices
    with place.reading().begin() as connection:
        later = sa.select(t.c.id).where(t.c.state == "deferred", t.c.not_before > 0)
        found = connection.execute(later if place.store == "sqlite" else later.with_for_update(skip_locked=True))
        connection.execute(sa.update(t).where(t.c.id.in_(list(found.scalars()))).values(not_before=0))
    return not put_off(place)


def the_last(events: Sequence[Mapping[str, Any]], all_events: Sequence[Mapping[str, Any]]) -> bool:
    """Whether these are the end of all of them, in order."""
    names = [each["id"] for each in all_events]
    return [each["id"] for each in events] == names[len(names) - len(events) :]


def lying(place: Installation, queue: str) -> list[dict[str, Any]]:
    """What lies in a queue of the embedded broker, in order. The daemon must be stopped."""
    with sqlite3.connect(place.var / "broker.db") as file:
        rows = file.execute("SELECT body FROM letters WHERE queue = ? ORDER BY id", (queue,)).fetchall()
    file.close()
    return [json.loads(body) for (body,) in rows]
