"""Cases with a past: events as the router numbers them, folded by the real fold, so none is one that cannot be."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from intake_daemon import events
from intake_daemon.events import Event, Fact, event_id
from intake_daemon.message import message_id
from router.case import Case, fold
from router.ledger import tables
from router.ledger.rows import case_row
from router.reports import Asked, Month, Report, report, tell

LONDON = ZoneInfo("Europe/London")
BAKU = ZoneInfo("Asia/Baku")
NOVEMBER = Month(2026, 11)
ASKED = Asked("welzo", "Welzo Limited", NOVEMBER, LONDON)


def on(day: int, hour: int = 12, minute: int = 0, *, month: int = 11, zone: ZoneInfo = LONDON) -> datetime:
    """A moment of 2026 at the brand's place."""
    return datetime(2026, month, day, hour, minute, tzinfo=zone)


DECEMBER = on(3, month=12)
"""When the report of November is made."""


@dataclass
class History:
    """One case; each method adds what happened."""

    number: int
    brand: str = "welzo"
    people: tuple[str, ...] = ()
    """Hashes of its correspondents."""
    events: list[Event] = field(default_factory=list)

    @property
    def case(self) -> str:
        """Its id."""
        return message_id(f"history {self.brand} {self.number}")

    @property
    def reference(self) -> str:
        """Its reference."""
        return f"{self.brand[:3].upper()}-{self.number:04}"

    @property
    def folded(self) -> Case:
        """The case as the real fold has it."""
        return fold(self.events)

    def add(self, when: datetime, fact: Fact, actor: str = "daemon") -> Event:
        """One more event."""
        sequence = len(self.events) + 1
        event = Event(
            id=event_id(self.case, sequence),
            case=self.case,
            reference=self.reference,
            brand=self.brand,
            sequence=sequence,
            type=fact.type_,
            time=when,
            recorded_at=when,
            actor=actor,
            data=fact.model_dump(mode="json"),
        )
        self.events.append(event)
        return event

    def received(self, when: datetime, topic: str = "billing", channel: str = "web_form") -> History:
        """It begins as a complaint."""
        self.add(
            when,
            events.ContactStored(
                message=self.case, channel=channel, connector="form", received_at=when, contact_at=when
            ),
        )
        self.add(
            when,
            events.ComplaintReceived(
                message=self.case,
                channel=channel,
                topic=topic,
                language="en",
                received_at=when,
                contact_at=when,
                policy="hash",
            ),
        )
        return self

    def acknowledged(self, when: datetime) -> Event:
        """The acknowledgement left."""
        return self.add(when, events.AcknowledgementSent(notice=f"ack {self.number}", connector="mail", language="en"))

    def answered(self, when: datetime, outcome: str = "upheld", stage: int = 1) -> Event:
        """The answer left."""
        fact = events.ResultSent(
            notice=f"result {stage}", connector="mail", language="en", outcome=outcome, stage=stage
        )
        return self.add(when, fact)

    def closed(self, when: datetime, outcome: str = "upheld") -> Event:
        """A person closed it."""
        return self.add(when, events.CaseClosed(outcome=outcome, by="ann"))

    def bounced(self, when: datetime, sent: Event) -> Event:
        """A letter came back."""
        fact = events.NoticeFailed(notice=sent.data["notice"], purpose="any", code="5.1.1", withdraws=sent.id)
        return self.add(when, fact)

    def clock(
        self,
        name: str,
        start: datetime,
        due: datetime,
        *,
        met: datetime | None = None,
        basis: str = "policy",
        law: str = "",
        stage: int = 1,
        ran_out: bool = False,
    ) -> History:
        """A clock ran; and was met, or ran out, or both."""
        self.add(start, events.ClockStarted(clock=name, law=law, start=start, due=due, basis=basis, stage=stage))
        if ran_out:
            self.add(due, events.ClockBreached(clock=name, law=law, due=due, basis=basis))
        if met is not None:
            self.add(met, events.ClockStopped(clock=name, law=law, at=met, by="any.sent", met=True, late=met > due))
        return self


def made(
    histories: Iterable[History],
    *,
    month: Month = NOVEMBER,
    now: datetime = DECEMBER,
    zone: ZoneInfo = LONDON,
    show: tuple[str, ...] = (),
) -> Report:
    """The report of a month from these histories alone."""
    asked = Asked("welzo", "Welzo Limited", month, zone, show)
    return report(asked, [(tell(each.events), each.people) for each in histories], now)


def keep(connection: sa.Connection, histories: Collection[History]) -> None:
    """Put them into a ledger, as the record writes them."""
    rows = [
        {
            "case_id": event.case,
            "sequence": event.sequence,
            "id": event.id,
            "brand": event.brand,
            "type": event.type,
            "time": event.time.timestamp(),
            "body": event.model_dump_json(),
        }
        for history in histories
        for event in history.events
    ]
    known = [
        {"correspondent": person, "case_id": history.case, "since": history.events[0].time.timestamp()}
        for history in histories
        for person in history.people
    ]
    connection.execute(sa.insert(tables.cases), [case_row(history.folded) for history in histories])
    connection.execute(sa.insert(tables.events), rows)
    if known:
        connection.execute(sa.insert(tables.correspondents), known)
