"""A case's events, in order of their sequence, told as its story.

`TOLD` are the types that matter here; whoever reads events for a report need read no others. Like the case's fold this
never raises over a history that the router wrote; what a newer version writes, and this one does not know, is passed
over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from intake_daemon import events
from intake_daemon.events import Event
from intake_daemon.events.clocks import Clock
from router.reports.story import UNLISTED, ClockStory, Sent, Story, code


def tell(history: Iterable[Event]) -> Story:
    """The story of one case, from its events in order; those that are not in TOLD change nothing."""
    story = Story()
    for event in history:
        if not story.case:
            story.case, story.reference = event.case, event.reference
        note = _NOTES.get(event.type)
        if note is not None:
            note(story, event)
    return story


# --- the complaint ----------------------------------------------------------------------------------------------------


def _stored(story: Story, event: Event) -> None:
    story.channel = story.channel or code(events.ContactStored.model_validate(event.data).channel)


def _received(story: Story, event: Event) -> None:
    fact = events.ComplaintReceived.model_validate(event.data)
    story.received, story.aside = fact.contact_at, False
    story.topic = code(fact.topic)
    story.channel = code(fact.channel, story.channel)


def _aside(story: Story, _event: Event) -> None:
    story.aside = True


def _topic(story: Story, event: Event) -> None:
    story.topic = code(events.TopicSet.model_validate(event.data).topic)


def _cause(story: Story, event: Event) -> None:
    story.cause = code(events.CauseRecorded.model_validate(event.data).cause)


def _closed(story: Story, event: Event) -> None:
    story.ended(event.time, code(events.CaseClosed.model_validate(event.data).outcome))


def _reopened(story: Story, event: Event) -> None:
    if story.endings and story.endings[-1][1]:
        story.endings.append((event.time, False, ""))


def _withdrawn(story: Story, event: Event) -> None:
    story.ended(event.time, "withdrawn")


def _at_once(story: Story, event: Event) -> None:
    story.at_once = events.ComplaintResolvedAtOnce.model_validate(event.data).agreed_at


def _forwarded(story: Story, event: Event) -> None:
    fact = events.StaffFirstContact.model_validate(event.data)
    story.forwards.append((fact.contact_at, fact.received_at))


def _linked(story: Story, _event: Event) -> None:
    story.linked = True


# --- letters ----------------------------------------------------------------------------------------------------------


def _sent(story: Story, event: Event) -> None:
    story.sent.append(Sent(event.id, event.type, event.time))


def _answered(story: Story, event: Event) -> None:
    fact = events.ResultSent.model_validate(event.data)
    story.sent.append(Sent(event.id, event.type, event.time, code(fact.outcome), stage=fact.stage))


def _extended(story: Story, event: Event) -> None:
    fact = events.ExtensionTold.model_validate(event.data)
    story.sent.append(Sent(event.id, event.type, event.time, code(fact.clock), code(fact.reason)))


def _failed(story: Story, event: Event) -> None:
    back = events.NoticeFailed.model_validate(event.data).withdraws
    if back:
        story.taken_back.add(back)


# --- clocks -----------------------------------------------------------------------------------------------------------


def _clock(story: Story, fact: Clock) -> ClockStory:
    key = (fact.clock, fact.law, fact.cycle)
    return story.clocks.setdefault(key, ClockStory(code(fact.clock, UNLISTED), code(fact.law), fact.cycle))


def _clock_started(story: Story, event: Event) -> None:
    fact = events.ClockStarted.model_validate(event.data)
    clock = _clock(story, fact)
    clock.basis, clock.stage, clock.due = code(fact.basis, UNLISTED), fact.stage, fact.due
    clock.stopped, clock.met, clock.late = None, False, False


def _clock_moved(story: Story, event: Event) -> None:
    fact = events.ClockMoved.model_validate(event.data)
    _clock(story, fact).due = fact.due


def _clock_stopped(story: Story, event: Event) -> None:
    fact = events.ClockStopped.model_validate(event.data)
    clock = _clock(story, fact)
    clock.stopped, clock.met, clock.late = fact.at, fact.met, fact.late


def _clock_breached(story: Story, event: Event) -> None:
    fact = events.ClockBreached.model_validate(event.data)
    clock = _clock(story, fact)
    clock.basis = code(fact.basis, UNLISTED)
    clock.breaches.append(fact.due)


def _breach_withdrawn(story: Story, event: Event) -> None:
    fact = events.ClockBreachWithdrawn.model_validate(event.data)
    clock = _clock(story, fact)
    clock.breaches = [due for due in clock.breaches if due != fact.due]
    clock.late = bool(clock.breaches)


# --- stages, outside bodies, afterwards -------------------------------------------------------------------------------


def _escalated(story: Story, event: Event) -> None:
    fact = events.EscalationRequested.model_validate(event.data)
    story.escalations.append((event.time, fact.contact_at, fact.stage))


def _escalation_noted(story: Story, event: Event) -> None:
    story.noted.append((event.time, code(events.EscalationNoted.model_validate(event.data).why, UNLISTED)))


def _referred(story: Story, event: Event) -> None:
    story.referred.append((event.time, code(events.ExternalReferred.model_validate(event.data).body, UNLISTED)))


def _external(story: Story, event: Event) -> None:
    story.decided.append((event.time, code(events.ExternalDecided.model_validate(event.data).body, UNLISTED)))


def _deemed(story: Story, event: Event) -> None:
    story.deemed.append((event.time, code(events.OutcomeDeemed.model_validate(event.data).outcome, UNLISTED)))


def _rights(story: Story, event: Event) -> None:
    story.rights.append((event.time, code(events.RightsRequestFound.model_validate(event.data).kind, UNLISTED)))


def _improved(story: Story, event: Event) -> None:
    fact = events.ImprovementRecorded.model_validate(event.data)
    story.improvements.append((event.time, code(fact.improvement, UNLISTED)))


def _scored(story: Story, event: Event) -> None:
    story.scores.append((event.time, events.SurveyAnswered.model_validate(event.data).score))


def _counted(story: Story, event: Event) -> None:
    story.plain.append((event.time, event.type))


_NOTES: dict[str, Callable[[Story, Event], None]] = {
    "contact.stored": _stored,
    "contact.set_aside": _aside,
    "contact.redirected": _counted,
    "staff.first_contact": _forwarded,
    "status.asked": _counted,
    "case.linked": _linked,
    "complaint.received": _received,
    "complaint.withdrawn": _withdrawn,
    "complaint.resolved_at_once": _at_once,
    "topic.set": _topic,
    "cause.recorded": _cause,
    "acknowledgement.sent": _sent,
    "progress.sent": _sent,
    "holding.sent": _sent,
    "result.sent": _answered,
    "extension.told": _extended,
    "notice.failed": _failed,
    "clock.started": _clock_started,
    "clock.moved": _clock_moved,
    "clock.stopped": _clock_stopped,
    "clock.breached": _clock_breached,
    "clock.breach_withdrawn": _breach_withdrawn,
    "escalation.requested": _escalated,
    "escalation.noted": _escalation_noted,
    "deadlock.declared": _counted,
    "external.referred": _referred,
    "external.decided": _external,
    "outcome.deemed": _deemed,
    "rights_request.found": _rights,
    "conduct.flagged": _counted,
    "help.declined": _counted,
    "improvement.recorded": _improved,
    "case.closed": _closed,
    "case.reopened": _reopened,
    "survey.due": _counted,
    "survey.answered": _scored,
}
TOLD = tuple(_NOTES)
"""The types of events that a report is made of."""
