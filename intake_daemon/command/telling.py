"""How the command says things to a person: times, spans, and a sentence for every type of event.

An event that this file does not know is told by its type and its data; nothing is left out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STAMP = "%Y-%m-%d %H:%M:%S"


def safe(words: str) -> str:
    """What strangers wrote, without anything that a terminal would obey: controls, and marks that turn text around."""
    return "".join(
        letter if unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co"} or letter in "\n\t\u200c\u200d" else "·"
        for letter in words.replace("\r\n", "\n")
    )


def counted(number: int, word: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def when(moment: str | None) -> str:
    """A time in the reader's own zone, to the second."""
    if not moment:
        return "-"
    return datetime.fromisoformat(moment).astimezone().strftime(_STAMP)


def age(moment: str | None, now: datetime | None = None) -> str:
    """How long ago: `40 s`, `12 min`, `3 h`, `2 d`."""
    if not moment:
        return "-"
    seconds = max(0, ((now or datetime.now(UTC)) - datetime.fromisoformat(moment)).total_seconds())
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"


_SAID = {
    "contact.stored": "contact by {channel} at {connector}",
    "complaint.received": "complaint received, about {topic}, in {language}",
    "contact.joined": "further contact by {channel}, tied by {by}",
    "contact.revised": "the sender changed an earlier message",
    "topic.set": "topic {topic} (rule {rule})",
    "handler.assigned": "assigned to {handler} of {team} ({reason})",
    "notice.released": "{purpose} handed to {connector}, in {language}",
    "acknowledgement.sent": "acknowledgement sent by {connector}, in {language}",
    "notice.delivered": "{purpose} delivered",
    "notice.failed": "{purpose} not delivered ({code})",
    "notice.unknown": "{purpose} perhaps sent, nobody knows ({code})",
    "acknowledgement.withheld": "acknowledgement withheld ({reason})",
    "case.linked": "perhaps the same matter as {reference} ({reason})",
    "note.added": "note by {by}",
    "contact.moved": "a contact moved, the other case is {other}",
    "contact.redirected": "complaints are not taken by {channel}: told where",
    "contact.set_aside": "set aside by {by}: no complaint ({reason})",
    "staff.first_contact": "an employee heard of it first",
    "sender.verified": "the sender is known ({by})",
    "status.asked": "asked how it stands",
    "status.told": "told how it stands, by {connector}",
    "complaint.accepted": "accepted by {by}",
    "complaint.resolved_at_once": "resolved at once by {by}, the customer agrees",
    "complaint.withdrawn": "withdrawn, recorded by {by}",
    "triage.recorded": "triage: severity {severity}, urgency {urgency}, by {by}",
    "reviewer.assigned": "to be looked at again by {handler} of {team} ({role})",
    "consultation.opened": "{whom} asked for advice",
    "consultation.closed": "the advice is closed",
    "information.requested": "the customer is asked for {asked}, by {by}",
    "information.received": "the customer answered",
    "cause.recorded": "cause: {cause}, by {by}",
    "action.recorded": "something was done, recorded by {by}",
    "review.completed": "review completed by {by}",
    "step.done": "step {step} done by {by}",
    "escalation.requested": "stage {stage} asked for",
    "escalation.noted": "escalation heard ({elements}), not yet open: {why}",
    "deadlock.declared": "deadlock declared by {by}",
    "external.referred": "referred to {body} by {by}",
    "external.decided": "{body} has decided, recorded by {by}",
    "rights_request.found": "also a rights request ({kind})",
    "rights_request.answered": "rights request answered by {by}",
    "conduct.flagged": "conduct flagged for the manager by {by}",
    "help.declined": "further help declined by {by}",
    "outcome.deemed": "{outcome} under {law}, for want of an answer",
    "result.accepted": "the answer is accepted ({by})",
    "improvement.recorded": "improvement {improvement} by {by}",
    "task.opened": "task {kind} for {owner}",
    "task.done": "task done by {by}",
    "case.closed": "closed as {outcome} by {by}",
    "case.reopened": "opened again by {by}",
    "case.erased": "contents erased by {by}",
    "survey.due": "asked how it was",
    "survey.answered": "survey answered: {score} of 5",
    "notice.held": "{purpose} waits for a person ({reason})",
    "progress.sent": "news sent by {connector}, in {language}",
    "extension.told": "told of a new date, {due} (clock {clock}, {reason})",
    "holding.sent": "told that we are late (clock {clock})",
    "result.sent": "answer of stage {stage} sent by {connector}: {outcome}",
    "escalation_acknowledgement.sent": "the request to look again acknowledged by {connector}",
    "adr_letter.sent": "told of the outside body, by {connector}",
    "clock.started": "clock {clock} ({basis}) runs until {due}",
    "clock.moved": "clock {clock} now until {due}, before {before}",
    "clock.stopped": "clock {clock} stopped by {by}",
    "clock.warned": "clock {clock} is to be warned of, due {due}",
    "clock.breached": "clock {clock} ({basis}) ran out, due {due}",
    "clock.breach_withdrawn": "clock {clock} was met in time after all, due {due}",
}


def happened(event: Mapping[str, Any]) -> str:
    """What an event says, in a few words."""
    data = event["data"]
    try:
        told = _SAID[event["type"]].format_map(data)
    except KeyError:
        return f"{event['type']} {' '.join(f'{name}={value}' for name, value in data.items())}".rstrip()
    extra = {
        "danger": data.get("danger") and "somebody may be in danger",
        "missing": data.get("missing") and f"missing: {', '.join(data['missing'])}",
        "forwarded": data.get("forwarded") and "passed on by staff",
        "attachments": data.get("attachments") and counted(data["attachments"], "file"),
        "verified": data.get("verified") is False and "from an unknown address",
        "staff": data.get("staff") and "staff",
        "withdraws": data.get("withdraws") and "what was sent is taken back",
    }
    told_too = [str(sentence) for sentence in extra.values() if sentence]
    return f"{told}; {'; '.join(told_too)}" if told_too else told


def notice(each: Mapping[str, Any]) -> str:
    """A notice with what became of it."""
    receipt = each.get("receipt") or {}
    code = f" ({receipt['code']})" if receipt.get("code") else ""
    tried = f", tried {each['attempts']} times" if each.get("attempts", 0) > 1 else ""
    later = f", not before {when(each['not_before'])}" if each["state"] == "deferred" else ""
    return f"{each['purpose']} to {each['to']} by {each['connector']}: {each['state']}{code}{tried}{later}"
