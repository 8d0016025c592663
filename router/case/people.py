"""What contacts and assignments change of a case: who wrote, who deals with it."""

from __future__ import annotations

from typing import Any

from intake_daemon import events
from intake_daemon.events import Event
from router.case.case import Case


def stored(_case: Case, event: Event) -> dict[str, Any]:
    """Its first contact is kept."""
    fact = events.ContactStored.model_validate(event.data)
    return {"channel": fact.channel, "connector": fact.connector, "attachments": fact.attachments}


def received(case: Case, event: Event) -> dict[str, Any]:
    """It is a complaint."""
    fact = events.ComplaintReceived.model_validate(event.data)
    return {
        "state": "investigating" if case.handler else "received",
        "contact": fact.message,
        "answers_to": fact.message,
        "channel": fact.channel,
        "received_at": fact.contact_at,
        "policy": fact.policy,
        "topic": fact.topic,
        "language": fact.language,
        "missing": fact.missing,
        "danger": fact.danger,
        "staff_named": fact.staff_named,
        "traits": {**case.traits, **fact.traits},
        "special": fact.special,
    }


def joined(case: Case, event: Event) -> dict[str, Any]:
    """Its customer, or a colleague, wrote again."""
    fact = events.ContactJoined.model_validate(event.data)
    answers_to = fact.message if fact.verified and not fact.staff else case.answers_to
    attachments = case.attachments + fact.attachments
    contacts = case.contacts + (not fact.part) - fact.merges
    return {"contacts": contacts, "attachments": attachments, "answers_to": answers_to}


def continued(case: Case, event: Event) -> dict[str, Any]:
    """What was heard over all that was said in one go."""
    fact = events.ComplaintContinued.model_validate(event.data)
    return {
        "received_at": min(case.received_at or fact.contact_at, fact.contact_at),
        "language": fact.language,
        "missing": fact.missing,
        "asked": tuple(each for each in case.asked if each in fact.missing or each not in case.missing),
        "danger": fact.danger,
        "staff_named": fact.staff_named,
    }


def moved(case: Case, event: Event) -> dict[str, Any]:
    """A contact went to another case, or came from there."""
    fact = events.ContactMoved.model_validate(event.data)
    return _less(case, fact) if fact.away else _more(case, fact)


def _more(case: Case, fact: events.ContactMoved) -> dict[str, Any]:
    return {"contacts": case.contacts + 1, "attachments": case.attachments + fact.attachments}


def _less(case: Case, fact: events.ContactMoved | events.ContactParted) -> dict[str, Any]:
    """Without it; who is written to is who the case began with, where it was the latest."""
    gone = {fact.message, *fact.parts}
    answers_to = case.contact if case.answers_to in gone else case.answers_to
    attachments = max(0, case.attachments - fact.attachments)
    return {"contacts": case.contacts - 1, "attachments": attachments, "answers_to": answers_to}


def parted(case: Case, event: Event) -> dict[str, Any]:
    """A contact has a case of its own now."""
    fact = events.ContactParted.model_validate(event.data)
    return {
        **(_less(case, fact) if fact.contact == fact.message else {}),
        "parted": (*case.parted, fact.contact),
        "links": tuple(dict.fromkeys((*case.links, fact.other))),
    }


def asked_how(case: Case, _event: Event) -> dict[str, Any]:
    """Somebody asked how it stands, and there is no complaint yet."""
    return {"state": "enquiry"} if case.state == "contact" else {}


def owner(case: Case, handler: str, team: str) -> dict[str, Any]:
    """Whose it is now; who had it before is remembered."""
    before = tuple(each for each in case.handlers if each != handler)
    return {"handler": handler, "team": team, "handlers": (*before, handler)}


def assigned(case: Case, event: Event) -> dict[str, Any]:
    """It has a handler."""
    fact = events.HandlerAssigned.model_validate(event.data)
    state = "investigating" if case.state == "received" else case.state
    return {**owner(case, fact.handler, fact.team), "assigned_for": fact.reason, "state": state}


def reviewer(case: Case, event: Event) -> dict[str, Any]:
    """Somebody else looks at it anew."""
    fact = events.ReviewerAssigned.model_validate(event.data)
    state = "reviewing" if case.state == "escalated" else case.state
    return {**owner(case, fact.handler, fact.team), "assigned_for": "escalation", "state": state}
