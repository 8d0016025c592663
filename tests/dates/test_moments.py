"""What the clocks look at of a case's events: when the customer did it, and nothing that was taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime

from intake_daemon.events import Event, event_id
from router.clocks import Moment, moments

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def event(sequence: int, type_: str, hour: int = 12, **data: object) -> Event:
    """An event of a case, recorded in the evening."""
    return Event(
        id=event_id("c1", sequence),
        case="c1",
        reference="W-1",
        brand="welzo",
        sequence=sequence,
        type=type_,
        time=NOON.replace(hour=hour),
        recorded_at=NOON.replace(hour=20),
        actor="daemon",
        data=data,
    )


def types(*events: Event) -> list[str]:
    """What is left of events."""
    return [moment.type for moment in moments(events)]


def test_the_customers_time_counts_and_the_receipt_is_kept() -> None:
    """L-07: the complaint happened when the customer wrote; when it reached us is known beside it."""
    received = event(
        1, "complaint.received", contact_at="2026-11-16T10:00:00Z", received_at="2026-11-19T15:00:00Z", channel="staff"
    )
    [moment] = moments([received])
    assert moment.at == datetime(2026, 11, 16, 10, tzinfo=UTC)
    assert moment.received_at == datetime(2026, 11, 19, 15, tzinfo=UTC)


def test_a_bounced_notice_was_not_sent() -> None:
    """R-8: the event that a failure withdraws is left out, with the dates that it printed; another one stays."""
    sent = event(2, "acknowledgement.sent", 13, printed={"result": "2026-12-04"})
    failed = event(3, "notice.failed", 15, withdraws=sent.id)
    again = event(4, "acknowledgement.sent", 16, printed={"result": "2026-12-03"})
    found = moments([event(1, "complaint.received"), sent, failed, again])
    assert [(moment.type, moment.printed) for moment in found if moment.type == "acknowledgement.sent"] == [
        ("acknowledgement.sent", (("result", date(2026, 12, 3)),))
    ]


def test_what_was_set_aside_and_turned_back_was_never_aside() -> None:
    """AT-X22: the clocks run from the first receipt; set aside again, they end."""
    received, aside = event(1, "complaint.received"), event(2, "contact.set_aside", 13)
    assert types(received, aside) == ["complaint.received", "contact.set_aside"]
    back = event(3, "complaint.received")
    assert types(received, aside, back) == ["complaint.received", "complaint.received"]
    once_more = event(4, "contact.set_aside", 14)
    assert types(received, aside, back, once_more)[-1] == "contact.set_aside"


def test_clocks_are_no_facts_for_clocks() -> None:
    """What was recorded of them does not come back into them; nor does a note."""
    assert types(event(1, "clock.breached", clock="ack"), event(2, "handler.assigned")) == ["handler.assigned"]


def test_an_extension_names_a_day_or_a_time() -> None:
    """Both are read as they are written; the order is that of time."""
    day = event(1, "extension.told", 14, clock="result", due="2026-12-20")
    time = event(2, "extension.told", 13, clock="result", due="2026-12-18T12:00:00Z")
    assert moments([day, time]) == (
        Moment("extension.told", NOON.replace(hour=13), clock="result", until=datetime(2026, 12, 18, 12, tzinfo=UTC)),
        Moment("extension.told", NOON.replace(hour=14), clock="result", until=date(2026, 12, 20)),
    )
