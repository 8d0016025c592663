"""An office for the acceptance rows: the whole house on the embedded broker and SQLite, its doors, and a movable clock.

    mail        a mail through the SMTP door, as a mail server brings it
    form        the hosted form, posted as a browser does
    contact     a common message, for channels whose connector is not configured here: the row then runs at that level
    do          a command, as a handler's tool gives it
    at          the clock is moved; everything that the time brings has been brought when it returns
    told        the letters that somebody got, oldest first

Everything is waited for by condition: the queues are empty, nothing is owed that may leave, nothing is on its way.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import smtplib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from intake_daemon.command.house import House
from intake_daemon.contract import COMMANDS, RECEIPTS, ROUTER_QUEUE, Input, Outcome
from intake_daemon.events import Event
from intake_daemon.message import Command, Message
from router.case import Case, fold
from router.ledger import gauges
from tests.desk.letters import letter
from tests.record.doing import history

PATIENCE = 60.0


@dataclass
class Clock:
    """The one injected clock."""

    now: datetime = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.now


@dataclass
class Office:
    """One running house."""

    house: House
    clock: Clock
    outbox: Path

    # --- what comes in ----------------------------------------------------------------------------------------------

    async def mail(
        self,
        text: str,
        *,
        brand: str = "welzo",
        sender: str = "ann@customer.example",
        name: str = "Ann",
        subject: str = "Complaint",
        headers: Mapping[str, str] | None = None,
        files: Sequence[tuple[str, str, bytes]] = (),
        to: str | None = None,
        raw: bytes | None = None,
    ) -> Case | None:
        """A mail through the SMTP door; the case that it belongs to now, if any."""
        before = await self._events()
        mail = EmailMessage()
        mail["From"] = f"{name} <{sender}>"
        mail["To"] = to or self.house.configuration.brands[brand].addresses[0]
        mail["Subject"] = subject
        mail["Message-ID"] = f"<{uuid.uuid4()}@{sender.partition('@')[2]}>"
        for header, value in (headers or {}).items():
            del mail[header]
            mail[header] = value
        mail.set_content(text)
        for file, kind, content in files:
            main, _, sub = kind.partition("/")
            mail.add_attachment(content, maintype=main, subtype=sub, filename=file)
        content = raw if raw is not None else mail.as_bytes()
        host, port = self._bound()
        recipient = to or self.house.configuration.brands[brand].addresses[0]

        def hand_over() -> None:
            with smtplib.SMTP(host, port, timeout=PATIENCE) as server:
                server.sendmail(sender, [recipient], content)

        await asyncio.to_thread(hand_over)
        await self.settled()
        return await self._touched(before)

    async def form(self, brand: str = "welzo", **fields: str) -> tuple[int, str]:
        """The hosted form, as a browser posts it: status and page. `customer_name` and `customer_contact` are the names
        of the policies for what the page calls `name` and `email`."""
        page = {"customer_name": "name", "customer_contact": "email"}
        return await self.posted(f"/forms/{brand}", **{page.get(name, name): value for name, value in fields.items()})

    async def page(self, url: str) -> tuple[int, str]:
        """A page of the public door, by a link in a letter: status and page."""
        return await self._asked("GET", urlsplit(url)._replace(scheme="", netloc="").geturl())

    async def posted(self, path: str, **fields: str) -> tuple[int, str]:
        """A page's form, as a browser posts it: status and page."""
        return await self._asked("POST", path, urlencode(fields))

    async def _asked(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        assert self.house.web is not None
        address = self.house.web.address("public")

        def ask() -> tuple[int, str]:
            line = http.client.HTTPConnection(*address, timeout=PATIENCE)
            with contextlib.closing(line):
                line.request(method, path, body or None, {"Content-Type": "application/x-www-form-urlencoded"})
                answer = line.getresponse()
                return answer.status, answer.read().decode()

        found = await asyncio.to_thread(ask)
        await self.settled()
        return found

    async def contact(self, text: str, *, brand: str = "kontakt", **changes: Any) -> Outcome:  # noqa: ANN401 -- fields of Message
        """A common message as a connector of another issue would bring it, now unless it says otherwise."""
        times = {"received_at": self.clock.now, "contact_at": self.clock.now, "message": f"{uuid.uuid4()}@x.example"}
        value = letter(text, brand=brand, **{**times, **changes})
        (outcome,) = await self.house.ledger.decide([Input(value, self.clock.now)], self.clock.now)
        await self.settled()
        return outcome

    async def given(self, value: Message) -> Outcome:
        """A common message that is already made."""
        (outcome,) = await self.house.ledger.decide([Input(value, self.clock.now)], self.clock.now)
        await self.settled()
        return outcome

    async def do(self, case: Case, command: str, who: str, **data: Any) -> Outcome:  # noqa: ANN401 -- a command's data
        """A command of somebody; what became of it."""
        value = Command(id=str(uuid.uuid4()), reference=case.reference, command=command, actor=who, data=data)
        (outcome,) = await self.house.ledger.decide([Input(value, self.clock.now)], self.clock.now)
        await self.settled()
        return outcome

    # --- the time ---------------------------------------------------------------------------------------------------

    async def at(self, moment: datetime) -> None:
        """The clock is moved, and what the time brings has been brought."""
        self.clock.now = moment.astimezone(UTC)
        await self.settled()
        while await self.house.ledger.tick(self.clock.now, self.clock.now, 100):
            await self.settled()

    async def pause(self) -> None:
        """Who writes line by line has finished."""
        await self.at(self.clock.now + timedelta(seconds=20))

    async def settled(self) -> None:
        """Until the queues are empty, nothing that may leave is owed, and nothing is on its way."""
        async with asyncio.timeout(PATIENCE):
            calm = 0
            while calm < 2:
                depths = [await self.house.broker.depth(queue) for queue in (ROUTER_QUEUE, RECEIPTS, COMMANDS)]
                steps = await self.house.store.read(gauges.waiting)
                busy = sum(depth.ready + depth.unsettled for depth in depths)
                busy += sum(steps[step].many for step in ("outbox", "notices_released", "notices_deferred"))
                busy += await self.house.ledger.due(self.clock.now, 100)
                calm = 0 if busy else calm + 1
                await asyncio.sleep(0.01)

    # --- what can be seen from outside ------------------------------------------------------------------------------

    def told(self, address: str = "ann@customer.example") -> list[EmailMessage]:
        """The letters that somebody got, oldest first."""
        return [each for each in self._letters() if each["To"] == address]

    def to_staff(self) -> list[EmailMessage]:
        """The letters that our own people got, oldest first."""
        ours = {each.address for each in self.house.desk.rules.staff.handlers.values()}
        return [each for each in self._letters() if each["To"] in ours]

    def _letters(self) -> list[EmailMessage]:
        folder = self.outbox / "new"
        paths = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns) if folder.exists() else []
        parser = BytesParser(policy=default)
        found: list[EmailMessage] = [parser.parsebytes(path.read_bytes()) for path in paths]
        return found

    async def events(self, case: Case) -> list[Event]:
        """What happened to a case, in order."""
        return (await history(self.house.store))[case.id]

    async def types(self, case: Case) -> list[str]:
        """The types of what happened, in order."""
        return [event.type for event in await self.events(case)]

    async def case(self, found: Case | Outcome) -> Case:
        """The case as it now is."""
        name = found.id if isinstance(found, Case) else found.case
        assert name is not None
        return fold((await history(self.house.store))[name])

    async def cases(self) -> list[Case]:
        """Every case, in the order in which they began."""
        return sorted(map(fold, (await history(self.house.store)).values()), key=lambda case: case.opened_at)

    async def clocks(self, case: Case, *kinds: str) -> dict[str, list[str]]:
        """Per clock the local times (to the second) of its events of these kinds: `started`, `warned`, `breached` …;
        of `due`: when it is due by its latest word."""
        zone = self.house.desk.rules.brands[case.brand].tz
        found: dict[str, list[str]] = {}
        for event in await self.events(case):
            kind = event.type.removeprefix("clock.")
            if event.type.startswith("clock.") and kind in kinds:
                local = event.time.astimezone(ZoneInfo(zone))
                found.setdefault(event.data["clock"], []).append(f"{local:%Y-%m-%d %H:%M:%S}")
        return found

    async def due(self, case: Case) -> dict[str, str]:
        """Per running clock the local time at which it is due."""
        zone = ZoneInfo(self.house.desk.rules.brands[case.brand].tz)
        now = await self.case(case)
        return {
            mark.clock: f"{mark.due.astimezone(zone):%Y-%m-%d %H:%M:%S}"
            for mark in now.clocks
            if mark.due is not None and not mark.stopped
        }

    async def _events(self) -> dict[str, int]:
        return {case: len(events) for case, events in (await history(self.house.store)).items()}

    async def _touched(self, before: Mapping[str, int]) -> Case | None:
        """The case that a contact has come to since."""
        for case, events in (await history(self.house.store)).items():
            fresh = events[before.get(case, 0) :]
            if any(event.type in {"contact.stored", "contact.joined"} for event in fresh):
                return fold(events)
        return None

    def _bound(self) -> tuple[str, int]:
        connector: Any = self.house.connectors["smtp-in"]
        host, port = connector.bound[:2]
        return str(host), int(port)
