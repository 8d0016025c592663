"""What each event says to a person, in plain words: a sentence per type, filled with the event's own data.

Rules
-----
1. Every type of intake_daemon.events.TYPES has its sentence (a test counts them). A type of a newer version is told by
   its name and its data, so nothing is left out.
2. Only what an event holds is said: ids, codes, times. Words of people are shown by who asked for them and may read.
3. A field that is not there, or empty, is `-`: an event of an older version has fewer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

SAID = {
    # the doors
    "contact.stored": "contact by {channel} at {connector}",
    "contact.joined": "further contact by {channel}, tied by {by}",
    "contact.revised": "the sender changed an earlier message",
    "contact.parted": "a complaint in it began a case of its own: {other}",
    "contact.moved": "a contact changed cases; the other case is {other}",
    "contact.redirected": "came by {channel}, where complaints are not taken: told where",
    "contact.set_aside": "set aside by {by}: no complaint ({reason})",
    "staff.first_contact": "a colleague had heard of it first",
    "sender.verified": "the address is the customer's (known by {by})",
    "status.asked": "the customer asked how it stands",
    "status.told": "told how it stands by {connector}, in {language}",
    "file.released": "a file was let out of quarantine by {by}",
    "case.linked": "perhaps the same matter as {reference} ({reason})",
    # the course
    "complaint.received": "complaint received, about {topic}, in {language}",
    "complaint.continued": "more of the same contact came; in {language}",
    "complaint.accepted": "accepted for review by {by}",
    "complaint.resolved_at_once": "solved at once by {by}, and the customer agrees",
    "complaint.withdrawn": "taken back by the customer, recorded by {by}",
    "triage.recorded": "first look by {by}: severity {severity}, urgency {urgency}",
    "topic.set": "topic {topic} (rule {rule})",
    "handler.assigned": "assigned to {handler} of {team} ({reason})",
    "reviewer.assigned": "{handler} of {team} looks at it again, as {role}",
    "consultation.opened": "{whom} was asked for advice",
    "consultation.closed": "the advice is in",
    "information.requested": "{by} asked the customer for: {asked}",
    "information.received": "the customer answered what was asked",
    "cause.recorded": "cause recorded by {by}: {cause}",
    "action.recorded": "what was done about it, recorded by {by}",
    "review.completed": "review completed by {by}",
    "step.done": "step done by {by}: {step}",
    "note.added": "note by {by}",
    # what comes after an answer, and the end
    "escalation.requested": "the customer asks for stage {stage}",
    "escalation.noted": "the customer is not content: {elements} ({why}); no further stage yet",
    "deadlock.declared": "{by} declares that we can go no further",
    "external.referred": "given to {body} by {by}",
    "external.decided": "{body} has decided, recorded by {by}",
    "rights_request.found": "the customer also asks for their data right: {kind}",
    "rights_request.answered": "the request about their data was answered by {by}",
    "conduct.flagged": "abusive words, flagged by {by} for a manager",
    "help.declined": "further help declined by {by}, with reasons",
    "outcome.deemed": "by law our silence means: {outcome} ({law})",
    "result.accepted": "the answer is accepted ({by})",
    "improvement.recorded": "what we change because of it, recorded by {by}: {improvement}",
    "task.opened": "task for {owner}: {kind}",
    "task.done": "task done by {by}",
    "case.closed": "closed by {by}: {outcome}",
    "case.reopened": "opened again by {by}",
    "case.erased": "contents erased by {by}",
    "survey.due": "the customer is asked how it was",
    "survey.answered": "the customer's mark: {score} of 5",
    # letters
    "notice.released": "{purpose} handed to {connector}, in {language}",
    "notice.held": "{purpose} waits for a person ({reason})",
    "notice.delivered": "{purpose} delivered",
    "notice.failed": "{purpose} not delivered ({code})",
    "notice.unknown": "{purpose} perhaps sent, nobody knows ({code})",
    "acknowledgement.sent": "acknowledgement sent by {connector}, in {language}",
    "acknowledgement.withheld": "acknowledgement withheld ({reason})",
    "progress.sent": "news of the progress sent by {connector}, in {language}",
    "extension.told": "the customer was told of a later date for {clock}: {due}",
    "holding.sent": "a promise was missed, and the customer told how it stands, by {connector}",
    "result.sent": "the answer of stage {stage} sent by {connector}, in {language}: {outcome}",
    "escalation_acknowledgement.sent": "acknowledged that it goes to the next stage, by {connector}, in {language}",
    "adr_letter.sent": "told which outside body decides, by {connector}, in {language}",
    # clocks
    "clock.started": "clock {clock} runs, due {due}",
    "clock.moved": "clock {clock} is now due {due}",
    "clock.stopped": "clock {clock} stopped by {by}",
    "clock.warned": "clock {clock} is running out, due {due}",
    "clock.breached": "clock {clock} ran out: due {due}",
    "clock.breach_withdrawn": "clock {clock} had been met in time after all",
}

_TIMES = frozenset({"due", "before", "start", "at"})


def sentence(type_: str, data: Mapping[str, Any], *, when: Callable[[str | None], str]) -> str:
    """What an event says, with what is worth knowing besides. `when`: how a time is written."""
    if type_ not in SAID:
        return f"{type_} {' '.join(f'{name}={value}' for name, value in data.items())}".rstrip()
    plain: dict[str, str] = defaultdict(lambda: "-", {name: _plain(name, value, when) for name, value in data.items()})
    besides = [said for said in _besides(type_, data, when) if said]
    return "; ".join((SAID[type_].format_map(plain), *besides))


def _plain(name: str, value: Any, when: Callable[[str | None], str]) -> str:  # noqa: ANN401 -- whatever JSON holds
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "-"
    if value is None or value == "":
        return "-"
    return when(str(value)) if name in _TIMES and "T" in str(value) else str(value)


def _besides(type_: str, data: Mapping[str, Any], when: Callable[[str | None], str]) -> list[Any]:
    files = data.get("attachments")
    clocks = type_.startswith("clock.")
    return [
        data.get("danger") and "somebody may be in danger",
        data.get("missing") and f"missing: {', '.join(data['missing'])}",
        data.get("staff_named") and f"about: {', '.join(data['staff_named'])}",
        data.get("special") and f"special category: {data['special']}",
        data.get("forwarded") and "passed on by staff",
        files and (f"{files} file" if files == 1 else f"{files} files"),
        data.get("verified") is False and "from an unknown address",
        data.get("staff") is True and "staff",
        data.get("withdraws") and "what was said to be sent is taken back",
        data.get("answered") is False and "without an answer",
        data.get("oral") and "given orally, as agreed",
        data.get("corrects") and "it corrects an earlier entry",
        data.get("printed") and f"promised: {', '.join(f'{clock} {day}' for clock, day in data['printed'].items())}",
        clocks and data.get("law") and f"by law ({data['law']})",
        clocks and data.get("before") and f"before: {when(data['before'])}",
        type_ == "clock.stopped" and not data.get("met") and "no longer owed",
        type_ == "clock.stopped" and data.get("late") and "late",
        type_ == "extension.told" and data.get("reason") and f"because: {data['reason']}",
        type_ == "case.reopened" and data.get("reason") and f"because: {data['reason']}",
    ]
