"""Tasks, letters that go by post, and notices that wait for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from pydantic import AwareDatetime

from intake_daemon import events
from router.case import Task
from router.commands.data import Comment, Data, Name, Text
from router.commands.doing import Doing, Refused, together
from router.turn import BY_POST, Decided, Effects, NoticeRow

_NOBODY = frozenset({"no_address", "no_way_to_send"})


class Done(Data):
    """A task is done."""

    task: Name
    """Its number."""
    text: Text | None = None
    """What came of it, as a note."""


def task_done(doing: Doing, data: Done) -> Effects:
    """Says that a task is done. A letter is not done but dispatched; the way to a customer that was not found is given
    up."""
    found = _task(doing, data.task)
    if found.kind == "letter" and found.notice:
        raise Refused("letter_waits", instead=["dispatch_letter"])
    given_up = tuple(row.id for row in doing.waiting if row.id == found.notice and row.state == "held")
    done = doing.done(events.TaskDone(task=found.id, by=doing.actor), dropped=given_up)
    return together(done, doing.note(data.text))


def _task(doing: Doing, wanted: str) -> Task:
    found = next((each for each in doing.case.tasks if each.id == wanted), None)
    if found is None:
        raise Refused("not_known", "task", instead=[each.id for each in doing.case.tasks])
    return found


class Dispatch(Data):
    """A letter was posted: what it says counts as sent from then (W-13 C-W6 C-A3)."""

    task: Name
    """Number of the task."""
    dispatched_on: date | None = None
    """The day, where the company is; it counts to its end, today until now."""
    dispatched_at: AwareDatetime | None = None
    """The moment, where it is known: a term in hours asks for it."""


def dispatch_letter(doing: Doing, data: Dispatch) -> Effects:
    """Says when a letter was posted: what it says counts as sent from then (W-13 C-W6 C-A3)."""
    found = _task(doing, data.task)
    row = next((each for each in doing.waiting if each.id == found.notice and each.connector == BY_POST), None)
    if row is None or row.intent is None:
        raise Refused("no_letter", "task", instead=[each.id for each in doing.case.tasks if each.notice])
    if data.dispatched_on is None and data.dispatched_at is None:
        raise Refused("missing", "dispatched_on")
    at = _posted(doing, data)
    if at > doing.now:
        raise Refused("not_yet", "dispatched_on")
    decided = [Decided(fact, at, doing.actor) for fact in _sent(row)]
    done = doing.done(events.TaskDone(task=found.id, by=doing.actor))
    return replace(done, decided=(*decided, *done.decided), notice=(row.id, "sent"))


def _sent(row: NoticeRow) -> list[events.Fact]:
    """The event that its sending is, as a connector's receipt would make it."""
    if row.intent is None or not row.sends:
        return []
    named = {"notice": row.id, "connector": BY_POST, "language": row.language, "printed": row.intent.printed}
    return [events.TYPES[row.sends].model_validate({**row.intent.data, **named})]


def _posted(doing: Doing, data: Dispatch) -> datetime:
    """When it left; of a day its end, of today now. Never before the complaint came."""
    if data.dispatched_at is not None:
        at = data.dispatched_at
    else:
        zone = doing.zone
        on = data.dispatched_on or doing.now.date()
        end = datetime.combine(on, time(0), zone) + timedelta(days=1) - timedelta(seconds=1)
        at = min(end, doing.now) if on <= doing.now.astimezone(zone).date() else end
    if at < (doing.case.received_at or doing.case.opened_at):
        raise Refused("bad_value", "dispatched_on")
    return at


def confirmed(doing: Doing, held: tuple[str, ...]) -> list[events.Fact]:
    """The tasks of letters that waited for a person, and leave now."""
    return [events.TaskDone(task=each.id, by=doing.actor) for each in doing.case.tasks if each.notice in held]


def release(doing: Doing, data: Comment) -> Effects:
    """Lets a withheld acknowledgement, or another notice that waits for a person, leave."""
    held = tuple(row.id for row in doing.waiting if row.state == "held" and row.connector != BY_POST)
    note = doing.note(data.text)
    if held:
        return together(doing.done(*confirmed(doing, held), let_go=held), note)
    if doing.case.withheld in _NOBODY and doing.case.acknowledged_at is None:
        sends = "acknowledgement.sent"
        found = tuple(doing.owing.customer("acknowledgement", cause=doing.key, sends=sends))
        if not found:
            raise Refused("no_address")
        letters = {row.id for row in doing.waiting if row.purpose == "acknowledgement" and row.connector == BY_POST}
        needless = [each for each in doing.case.tasks if each.notice in letters]
        done = [events.TaskDone(task=each.id, by=doing.actor) for each in needless]
        return together(doing.done(*done, intents=found, dropped=tuple(sorted(letters))), note)
    raise Refused("nothing_held")
