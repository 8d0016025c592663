"""What the tests of commands do: complaints come in, people act, time passes, letters leave; all through the ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from intake_daemon.contract import Input, Outcome
from intake_daemon.events import Event
from intake_daemon.message import Address, Command, Message, Notice, Person, Receipt, ReplyTo
from intake_daemon.store import Store
from router import deadlines
from router.case import Case, fold
from router.desk import ComplaintsDesk
from router.ledger import tables
from router.ledger.record import StoredLedger
from tests.desk.letters import KEY, letter, rules
from tests.record.doing import leave, notices

MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""A Friday; all four companies are at work."""
HANDLERS = {"logoscon": "duarte", "welzo": "oliver", "ask4": "callum", "kontakt": "aysel"}
LEADERS = {"logoscon": "teresa", "welzo": "margaret", "ask4": "hannah", "kontakt": "elnur"}
ANSWER = {
    "decision": "We were wrong.",
    "reasons": "The card was charged twice.",
    "actions_taken": "We have paid it back.",
    "next_step": "You need do nothing.",
    "outcome": "upheld",
}


@dataclass
class Office:
    """One company's desk over a real ledger. `now` is moved by `later`."""

    store: Store
    now: datetime = MORNING
    number: int = 0
    left: list[Notice] = field(default_factory=list)
    """Letters that left, in their order."""
    case: str = ""
    """Id of the case that was opened last."""
    reference: str = ""
    brand: str = ""

    def __post_init__(self) -> None:
        self.ledger = StoredLedger(self.store, ComplaintsDesk(rules()), key=KEY, installation="test")

    async def take(self, value: Message | Receipt | Command) -> Outcome:
        """An input, decided now."""
        return (await self.ledger.decide([Input(value, self.now)], self.now))[0]

    async def open(self, brand: str, *, acknowledged: bool = True, **changes: Any) -> Outcome:  # noqa: ANN401
        """A complaint comes; unless said otherwise its acknowledgement leaves."""
        self.number += 1
        words = f"You charged my card twice, complaint {self.number}."
        said = letter(words, brand=brand, message=f"{self.number}@customer.example", fields={"language": "en"})
        came = {"received_at": self.now, "contact_at": self.now, **changes}
        outcome = await self.take(said.model_copy(update=came))
        self.case, self.reference, self.brand = outcome.case or "", outcome.reference or "", brand
        if acknowledged:
            await self.post()
        return outcome

    async def do(self, name: str, who: str = "", /, **data: Any) -> Outcome:  # noqa: ANN401 -- a command's data
        """Somebody acts on the case: the brand's handler, unless said."""
        self.number += 1
        actor = who or HANDLERS[self.brand]
        value = Command(
            id=str(self.number), reference=self.reference, command=name, actor=actor, data=data, at=self.now
        )
        return await self.take(value)

    async def ok(self, name: str, who: str = "", /, **data: Any) -> Outcome:  # noqa: ANN401 -- a command's data
        """The same, and it is done."""
        outcome = await self.do(name, who, **data)
        assert outcome.disposition == "done", outcome
        return outcome

    async def post(self, *, sent: bool = True) -> list[Notice]:
        """Whatever may leave now leaves, and its connector says so."""
        fresh: list[Notice] = []
        while True:
            await self.ledger.due(self.now, 100)
            some = notices(await leave(self.ledger))
            if not some:
                self.left += fresh
                return fresh
            fresh += some
            for each in some if sent else ():
                await self.take(Receipt(notice=each.id, connector=each.connector, outcome="sent", at=self.now))

    async def later(self, **span: float) -> list[Notice]:
        """Time passes, with everything before known; what leaves meanwhile."""
        self.now += timedelta(**span)
        while await self.ledger.tick(self.now, self.now, 100):
            pass
        return await self.post()

    async def history(self, case: str = "") -> list[Event]:
        """The events of a case, in order."""
        events = tables.events
        query = sa.select(events.c.body).where(events.c.case_id == (case or self.case)).order_by(events.c.sequence)
        bodies = await self.store.read(lambda connection: list(connection.execute(query).scalars()))
        return [Event.model_validate_json(body) for body in bodies]

    async def types(self, case: str = "") -> list[str]:
        """Their types, without those of clocks."""
        return [event.type for event in await self.history(case) if not event.type.startswith(("clock.", "notice."))]

    async def last(self, type_: str) -> Event:
        """The last event of a type."""
        return [event for event in await self.history() if event.type == type_][-1]

    async def folded(self, case: str = "") -> Case:
        """The case as its events make it."""
        return fold(await self.history(case))

    async def every(self) -> list[Case]:
        """Every case, as it is kept."""
        query = sa.select(tables.cases.c.body)
        bodies = await self.store.read(lambda connection: list(connection.execute(query).scalars()))
        return [Case.model_validate_json(body) for body in bodies]

    async def contents(self, kind: str) -> list[Any]:
        """What is kept of one kind; JSON where it is."""
        table = tables.content
        query = sa.select(table.c.body).where(table.c.case_id == self.case, table.c.kind == kind)
        bodies = await self.store.read(lambda connection: list(connection.execute(query).scalars()))
        return [json.loads(body) if body.startswith("{") else body for body in bodies]

    async def due(self, clock: str) -> datetime | None:
        """When a clock is due."""
        found = deadlines.states(await self.folded(), rules(), self.now)
        return next((state.latest.at for state in found if state.clock.id == clock and state.latest), None)

    def to_customer(self) -> list[str]:
        """Purposes of the letters that left for customers."""
        return [each.purpose for each in self.left if each.to.value.endswith("customer.example")]

    async def sound(self) -> None:
        """What holds always: no gap, the stored case is the fold, the clocks' rows are the fold's."""
        query = sa.select(tables.cases.c.body)
        for body in await self.store.read(lambda connection: list(connection.execute(query).scalars())):
            stored = Case.model_validate_json(body)
            assert fold(await self.history(stored.id)) == stored
            wanted = {(row.law, row.clock, row.cycle) for row in deadlines.rows(stored, rules(), self.now)}
            assert await self._clocks(stored.id) == wanted

    async def _clocks(self, case: str) -> set[tuple[Any, ...]]:
        """The clocks' rows of a case."""
        t = tables.clocks
        query = sa.select(t.c.law, t.c.clock, t.c.cycle).where(t.c.case_id == case)
        return {tuple(row) for row in await self.store.read(lambda connection: connection.execute(query).all())}


def postal(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 -- fields of Message
    """Of a letter on paper: nobody to answer but by post."""
    address = Address(kind="postal", value="Ann Smith\n1 High Street\nLondon")
    return {
        "sender": Person(name="Ann Smith", addresses=(address,)),
        "reply_to": None,
        "channel": "letter",
        "kind": "paper",
        **changes,
    }


def nobody(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 -- fields of Message
    """Of a call without a number: nobody to answer at all (K-04)."""
    return {"sender": Person(), "reply_to": ReplyTo(connector="smtp-in", address=None), "channel": "phone", **changes}
