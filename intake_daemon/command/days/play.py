"""The play: every step at its moment, between them what the time brings, a line for each; at the end how all stand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from intake_daemon.command import demo, timeline
from intake_daemon.command.asking import asking
from intake_daemon.command.days import said
from intake_daemon.command.days.calm import Clock, brought, next_moment
from intake_daemon.command.days.doors import Doors
from intake_daemon.command.days.lives import Life, Step
from intake_daemon.command.house import House
from intake_daemon.events import Event
from router.case import Case
from router.ledger import tables
from router.ledger.lookup import cases

_LEFT = frozenset({"sent", "delivered"})


@dataclass
class Play:
    """One play of some lives, each of another company, in a fresh house."""

    house: House
    clock: Clock
    mail: tuple[str, int]
    web: str
    lives: Sequence[Life]
    until: datetime
    pace: float
    _seen: dict[str, int] = field(default_factory=dict)
    _letters: set[str] = field(default_factory=set)
    _refusals: set[str] = field(default_factory=set)

    async def whole(self) -> bool:
        """Play until the last day; whether every life went through. Every case is told of at the end."""
        steps = [(moment, life, step) for life in self.lives for moment, step in life.moments(self._zone(life.brand))]
        for moment, life, step in sorted(steps, key=lambda each: each[0]):
            if moment >= self.until:
                break
            await self._let_pass(moment)
            await self._take(life, step)
        await self._let_pass(self.until)
        return await self._told_how_all_stand()

    async def _let_pass(self, to: datetime) -> None:
        """The clock jumps from one thing that the time brings to the next."""
        while (moment := await next_moment(self.house, self.clock)) is not None and moment < to:
            self.clock.move(moment)
            await brought(self.house)
            for life in self.lives:
                await self._tell(life, "")
        self.clock.move(to)
        await brought(self.house)

    async def _take(self, life: Life, step: Step) -> None:
        case = await self._case(life.brand)
        who = (case.handler or "") if step.who == "handler" and case else step.who
        doors = Doors(
            self.house.configuration.folder,
            self.house.configuration.settings,
            self.house.desk.rules,
            self.clock,
            self.mail,
            self.web,
        )
        refused = await asyncio.to_thread(doors.bring, life, step, who, case.reference if case else "")
        await brought(self.house)
        name = life.customer.name if who == "customer" else self._names()[who]
        await self._tell(life, f"{name} {step.does}" + (f": REFUSED: {refused}" if refused else ""))

    async def _tell(self, life: Life, what: str) -> None:
        """One line of what is new with the company's case; none where nothing is that a person would want to know."""
        case = await self._case(life.brand)
        if case is None:
            return
        zone = self._zone(life.brand)
        events, notices = await self._new(case)
        policy = self.house.desk.rules.policies.brands[life.brand]
        owed = {clock.id: clock.until for clock in policy.clocks}
        brought_by_time = said.happened(events, owed, zone)
        if what and (refusal := await self.house.store.read(lambda connection: self._refusal(connection, case.id))):
            what = f"{what}: REFUSED: {refusal}"
        told = said.told(notices, self._names(), said.promises(events))
        happened = "; ".join(part for part in (what, brought_by_time) if part)
        if not happened and not told:
            return
        company = self.house.configuration.settings.brands[life.brand].name
        print(
            said.line(self.clock().astimezone(zone), company, happened or "what was decided is told", told), flush=True
        )
        await asyncio.sleep(self.pace)

    async def _new(self, case: Case) -> tuple[list[Event], list[Mapping[str, Any]]]:
        """Events and letters since the last look."""
        history = await self.house.store.read(lambda connection: cases.history(connection, case.id))
        letters = await self.house.store.read(lambda connection: cases.notices(connection, [case.id]))
        events = [event for event in history if event.sequence > self._seen.get(case.id, 0)]
        notices = [each for each in letters if each["state"] in _LEFT and each["id"] not in self._letters]
        self._seen[case.id] = len(history)
        self._letters |= {each["id"] for each in notices}
        return events, list(notices)

    def _refusal(self, connection: sa.Connection, case: str) -> str:
        """Why a mail of staff was refused, where one was since the last look."""
        contacts = tables.contacts
        query = sa.select(contacts.c.id, contacts.c.reason).where(contacts.c.case_id == case)
        fresh = [row for row in connection.execute(query) if str(row.reason).startswith("refused")]
        new = [str(row.reason) for row in fresh if row.id not in self._refusals]
        self._refusals |= {row.id for row in fresh}
        say = self.house.desk.rules.notices.say("en")
        return " ".join(say("refusals", reason.removeprefix("refused ")) for reason in new)

    async def _told_how_all_stand(self) -> bool:
        found = await asyncio.to_thread(self._asked)
        print("\nHow they stand now:")
        for each in found:
            print(f"  {each['reference']}  {each['brand']:<8}  {_stands(each)}")
        if found:
            config = self.house.configuration.folder
            print("\nRead one whole: what happened, what was due, why, and under which clause:")
            for each in found:
                print(f"  {demo.called()} case {each['reference']} -c {config} --as {each['handler']}")
            print(f"The letters lie in {self.house.configuration.settings.var}/outbox/new.", flush=True)
        return len(found) == len(self.lives)

    def _asked(self) -> list[Mapping[str, Any]]:
        with asking(self.house.configuration.folder, only_running=True) as asked:
            listed = asked.get("/cases")["cases"]
            return [asked.get(f"/cases/{each['reference']}") for each in reversed(listed)]

    async def _case(self, brand: str) -> Case | None:
        found = await self.house.store.read(lambda connection: cases.found(connection, brands=[brand]))
        return found[-1] if found else None

    def _names(self) -> dict[str, str]:
        return {key: person.name for key, person in self.house.desk.rules.staff.handlers.items()}

    def _zone(self, brand: str) -> ZoneInfo:
        return ZoneInfo(self.house.desk.rules.brands[brand].tz)


def _stands(found: Mapping[str, Any]) -> str:
    """Closed, with its outcome; or what it waits for, and until when."""
    if found["state"] == "closed":
        return f"closed: {str(found['outcome']).replace('_', ' ')}"
    if found["state"] == "answered":
        return "answered; waits for the handler to close it"
    heads = [each.strip() for each in timeline.due(found, timeline.Place(found["tz"])) if " due " in each]
    return f"{found['state']}; waits for {heads[0] if heads else 'a person'}"
