"""A case as a person reads it: what happened, day by day; what is due, why, and under which clause.

All times are those of the brand's place (its policy's calendar), since that is where its promises are counted; the zone
stands at the top. Clauses are explained in docs/policies/clauses.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from intake_daemon.command.sentences import sentence

_DAY = "%a %Y-%m-%d"
_WEEKDAYS = frozenset({"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"})
_OWED = {
    "acknowledgement.sent": "the acknowledgement",
    "result.sent": "the answer",
    "progress.sent": "news of the progress",
    "complaint.accepted": "acceptance for review",
    "review.completed": "the review",
    "escalation_acknowledgement.sent": "the acknowledgement of the next stage",
    "adr_letter.sent": "the letter about the outside body",
    "rights_request.answered": "the answer about their data",
    "staff.first_contact": "passing it on",
    "complaint.received": "the complaint's arrival",
    "escalation.requested": "the wish for the next stage",
    "rights_request.found": "the request about their data",
    "case.closed": "closing",
    "contact.set_aside": "setting it aside",
    "complaint.withdrawn": "the withdrawal",
    "complaint.resolved_at_once": "solving it at once",
}
"""What a clock waits for, or runs from, as a thing."""


class Place:
    """How times are written: by the clocks of one zone."""

    def __init__(self, tz: str) -> None:
        self.zone = ZoneInfo(tz)

    def local(self, moment: str) -> datetime:
        """RFC 3339 to local time."""
        return datetime.fromisoformat(moment).astimezone(self.zone)

    def when(self, moment: str | None) -> str:
        """`Fri 2026-12-04 23:59`; the last second of a minute is that minute."""
        return f"{self.local(moment):{_DAY} %H:%M}" if moment else "-"


def happened(found: Mapping[str, Any], place: Place) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """Lines of what happened, each with its event; a day's heading has none."""
    clauses = {(each["law"] or "", each["clock"]): each["clause"] for each in found.get("due", ())}
    day = ""
    for event in found["timeline"]:
        local = place.local(event["time"])
        if (today := f"{local:{_DAY}}") != day:
            day = today
            yield day, None
        data = event["data"]
        clause = clauses.get((data.get("law") or "", data["clock"])) if "clock" in data else ""
        said = sentence(str(event["type"]), data, when=place.when) + (f" ({clause})" if clause else "")
        yield f"{event['sequence']:>4}  {local:%H:%M:%S}  {event['actor']:<12} {said}", event


def due(found: Mapping[str, Any], place: Place) -> Iterator[str]:
    """Lines of what is due and what was: open clocks first, each with its reason below."""
    now = datetime.fromisoformat(found["now"])
    for each in found.get("due", ()):
        yield f"  {_heading(each, place, now)}"
        yield from (f"      {line}" for line in _reasons(each, place))


def _heading(each: Mapping[str, Any], place: Place, now: datetime) -> str:
    owed = _OWED.get(each["until"], each["until"])
    again = f" (time {each['cycle']})" if each["cycle"] > 1 else ""
    return f"{owed}{again}: {_stands(each, place, now)}"


def _stands(each: Mapping[str, Any], place: Place, now: datetime) -> str:
    by = each["due"] or each["latest"]
    when = place.when(by["at"]) if by else ""
    if each["state"] == "stopped":
        at = place.when(each["stopped"])
        if not each["met"]:
            return f"no longer owed since {at}, after {_OWED.get(each['stopped_by'], each['stopped_by'])}"
        return f"done {at}, LATE (was due {place.when(each['breaches'][0])})" if each["late"] else f"done in time, {at}"
    if each["state"] == "waiting":
        return f"not yet begun; at the latest {when}" if when else "not yet begun"
    if not by:
        return "as soon as possible"
    far = _far(datetime.fromisoformat(by["at"]), now)
    if each["state"] == "breached":
        return f"LATE, was due {when} ({far} ago)"
    return f"due {when} (in {far})" + (", running out" if each["state"] == "warned" else "")


def _far(moment: datetime, now: datetime) -> str:
    hours = abs((moment - now).total_seconds()) / 3600
    if hours < 1:
        return "less than an hour"
    if hours < 48:  # noqa: PLR2004 -- two days are still counted in hours
        return f"{hours:.0f} h"
    return f"{hours / 24:.0f} days"


def _reasons(each: Mapping[str, Any], place: Place) -> Iterator[str]:
    begins = _OWED.get(each["from"], each["from"])
    term = f"{each['within']} from {begins}" if each["within"] else f"no term is named, from {begins}"
    words = f" (“{each['text']}”)" if each["text"] else ""
    basis = {"law": f"by law, {each['law']}", "target": "our own target, promised to nobody"}.get(each["basis"])
    stage = f"stage {each['stage']}" if each["stage"] > 1 else ""
    yield "; ".join(part for part in (term + words, basis, stage, each["clause"]) if part)
    if each["state"] in {"running", "warned"} and each["warn"]:
        yield f"warned {place.when(each['warn']['at'])}"
    by = each["due"] or each["latest"]
    if by is None or each["state"] == "stopped":
        return
    holidays = [f"{day['date']} {day['why']}" for day in by["skipped"] if day["why"] not in _WEEKDAYS]
    if holidays:
        yield f"not counted: {', '.join(holidays)}"
    if by["provisional"]:
        days: Sequence[Mapping[str, str]] = by["provisional"]
        yield f"may move: {', '.join('{} {}'.format(day['date'], day['why']) for day in days)} is only estimated"
