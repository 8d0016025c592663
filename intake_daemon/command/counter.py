"""The desk's own counter: what a connector for staff may ask and do (contract.StaffDesk), over the house's own record.

It decides nothing: commands go to the ledger as those of the API do, and what is shown is what its line shows. Whom a
complaint names is told nothing of it (A-07).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from intake_daemon.contract import CaseLine, Colleague, Input, News, Now, Outcome
from intake_daemon.events import ClockBreached, ClockWarned, Event, HandlerAssigned
from intake_daemon.message import Command
from intake_daemon.store import Store
from router.case import Case
from router.ledger import tables, tokens
from router.ledger.lookup import cases
from router.ledger.record import StoredLedger
from router.rules import Rules

_TOLD = (HandlerAssigned.type_, ClockWarned.type_, ClockBreached.type_)
_TOKEN_ID = re.compile(r"intake_([0-9a-f]{12})_")


class Counter:
    """See the manual above."""

    def __init__(self, store: Store, ledger: StoredLedger, rules: Callable[[], Rules], now: Now) -> None:
        self._store = store
        self._ledger = ledger
        self._rules = rules
        self._now = now

    async def redeem(self, code: str) -> str | None:
        """A token is used up by its first showing."""
        now, named = self._now(), _TOKEN_ID.match(code)

        def work(connection: sa.Connection) -> str | None:
            who = tokens.principal_of(connection, code, now)
            if who is not None and named:
                tokens.revoke(connection, named[1], who, now)
            return who

        who = await self._store.write(work)
        return who if who and self._rules().staff.principal(who) else None

    async def known(self, token: str) -> Colleague | None:
        """A token that stays theirs."""
        now = self._now()
        who = await self._store.read(lambda connection: tokens.principal_of(connection, token, now))
        rules = self._rules()
        principal = rules.staff.principal(who) if who else None
        return (
            Colleague(principal.id, tuple(principal.brands), rules.staff_language(principal.id)) if principal else None
        )

    async def language(self, who: str) -> str | None:
        """Today's handlers.yaml says who works here."""
        rules = self._rules()
        return rules.staff_language(who) if rules.staff.principal(who) else None

    async def mine(self, who: str) -> Sequence[CaseLine]:
        """Their open cases."""
        principal = self._rules().staff.principal(who)
        if principal is None:
            return ()

        def work(connection: sa.Connection) -> list[CaseLine]:
            found = cases.found(connection, brands=principal.brands, handler=who, is_open=True)
            return [_line(connection, each) for each in found if who not in each.staff_named]

        lines = await self._store.read(work)
        return sorted(lines, key=lambda line: (line.due is None, line.due or datetime.now(UTC), line.reference))

    async def case(self, who: str, reference: str) -> CaseLine | None:
        """One of their brands."""
        rules = self._rules()
        principal = rules.staff.principal(who)
        if principal is None:
            return None
        prefixes = [facts.prefix for name, facts in rules.brands.items() if name in principal.brands]

        def work(connection: sa.Connection) -> CaseLine | None:
            known = cases.find(connection, reference, prefixes)
            found = cases.case(connection, known) if known else None
            if found is None or found.brand not in principal.brands or who in found.staff_named:
                return None
            return _line(connection, found)

        return await self._store.read(work)

    async def act(self, command: Command) -> Outcome:
        """As the API does it."""
        if await self.case(command.actor, command.reference) is None:
            return Outcome("refused", reason="no_such_case")
        now = self._now()
        return (await self._ledger.decide([Input(command, now)], now))[0]

    async def place(self) -> int:
        """The last position that was given."""
        query = sa.select(sa.func.coalesce(sa.func.max(tables.events.c.position), 0))
        return int(await self._store.read(lambda connection: connection.execute(query).scalar_one()))

    async def news(self, after: int, limit: int = 50) -> Sequence[News]:
        """Assignments, warnings and breaches."""
        events = tables.events
        query = (
            sa.select(events.c.position, events.c.body, tables.cases.c.handler)
            .join(tables.cases, tables.cases.c.id == events.c.case_id)
            .where(events.c.position > after, events.c.type.in_(_TOLD))
            .order_by(events.c.position)
            .limit(limit)
        )
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [_news(row.position, Event.model_validate_json(row.body), row.handler or "") for row in rows]


def _news(position: int, event: Event, handler: str) -> News:
    fact = event.fact
    due = fact.due if isinstance(fact, (ClockWarned, ClockBreached)) else None
    who = fact.handler if isinstance(fact, HandlerAssigned) else handler
    return News(position, event.type, event.reference, who, due)


def _line(connection: sa.Connection, found: Case) -> CaseLine:
    clocks = tables.clocks
    running = clocks.c.due.is_not(None) & (clocks.c.state == "running") & (clocks.c.case_id == found.id)
    due = connection.execute(sa.select(sa.func.min(clocks.c.due)).where(running)).scalar_one_or_none()
    return CaseLine(
        reference=found.reference,
        brand=found.brand,
        state=str(found.state),
        topic=found.topic or "",
        handler=found.handler or "",
        due=None if due is None else datetime.fromtimestamp(due, UTC),
    )
