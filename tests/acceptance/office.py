"""An office for the acceptance rows: the whole house on the embedded broker and SQLite, its doors, and a movable clock.

    mail        a mail through the SMTP door, as a mail server brings it
    form        the hosted form, posted as a browser does
    page        a page of the public listener, by a link
    holds_back  the brand's brake is on, so that an acknowledgement waits for a person
    do          a command by the HTTP interface, as a handler's tool gives it
    at          the clock is moved; everything that the time brings has been brought when it returns
    told        the letters that somebody got, oldest first

Everything is waited for by condition: the queues are empty, nothing is owed that may leave, nothing is on its way.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import smtplib
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from intake_daemon.command.building import build
from intake_daemon.command.configuration import Configuration
from intake_daemon.command.office import routes
from intake_daemon.contract import Input, Outcome
from intake_daemon.events import Event
from intake_daemon.message import Command
from router.case import Case, fold
from router.ledger import tokens
from tests.acceptance.passing import PATIENCE, Clock, Timed
from tests.record.doing import history

__all__ = ["PATIENCE", "Clock", "Office", "office_of"]


@dataclass
class Office(Timed):
    """One running house, from outside."""

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
        await self.mails((sender, to or "", raw if raw is not None else mail.as_bytes()), brand=brand)
        return await self._touched(before)

    async def mails(self, *letters: tuple[str, str, bytes], brand: str = "welzo") -> None:
        """Any mails, one after another over one line: return path, recipient (or the brand's address), content."""
        host, port = self._bound()
        brands = self.house.configuration.brands[brand].addresses[0]

        def hand_over() -> None:
            with smtplib.SMTP(host, port, timeout=PATIENCE) as server:
                for sender, recipient, content in letters:
                    server.sendmail(sender, [recipient or brands], content)

        await asyncio.to_thread(hand_over)
        await self.settled()

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
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        status, page = await self.request(method, path, body.encode() or None, kind)
        await self.settled()
        return status, page.decode()

    async def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        door: str = "public",
    ) -> tuple[int, bytes]:
        """One request to a listener: status and body."""
        place = urlsplit(self.url(door))

        def ask() -> tuple[int, bytes]:
            line = http.client.HTTPConnection(str(place.hostname), place.port, timeout=PATIENCE)
            with contextlib.closing(line):
                line.request(method, path, body, headers or {})
                answer = line.getresponse()
                return answer.status, answer.read()

        return await asyncio.to_thread(ask)

    def url(self, door: str = "public") -> str:
        """Where a listener is."""
        assert self.house.web is not None
        return self.house.web.url(door)

    async def do(self, case: Case, command: str, who: str, **data: Any) -> Outcome:  # noqa: ANN401 -- a command's data
        """A command of somebody, through the HTTP interface with a token of theirs; what became of it."""
        asked = json.dumps({"command": command, "data": data}, default=str).encode()
        told = {"Authorization": f"Bearer {await self._token(who)}", "Content-Type": "application/json"}
        path = f"/api/v1/cases/{case.reference}/commands"
        status, answer = await self.request("POST", path, asked, told, "internal")
        await self.settled()
        said = json.loads(answer)
        if status == http.HTTPStatus.OK:
            lists = {name: tuple(said[name]) for name in ("missing", "instead")}
            return Outcome(**{**said, **lists})
        assert status < http.HTTPStatus.INTERNAL_SERVER_ERROR, said
        return Outcome(
            "refused",
            case.reference,
            reason=said.get("reason", said["code"]),
            missing=tuple(said.get("missing", ())),
            instead=tuple(said.get("instead", ())),
            clause=said.get("clause", ""),
        )

    async def handed(self, case: Case, command: str, who: str, **data: Any) -> Outcome:  # noqa: ANN401 -- a command's data
        """A command of somebody that no door has looked at: to the ledger."""
        value = Command(id=str(uuid.uuid4()), reference=case.reference, command=command, actor=who, data=data)
        (outcome,) = await self.house.ledger.decide([Input(value, self.clock.now)], self.clock.now)
        await self.settled()
        return outcome

    async def _token(self, who: str) -> str:
        made = await self.house.store.write(
            lambda connection: tokens.create(connection, who, "test", self.clock.now, 1)
        )
        return made.token

    async def imported(self, text: str, *, brand: str, contact_at: datetime) -> None:
        """A mail of an old mailbox, as `intake import` brings it."""
        mail = EmailMessage()
        mail["From"], mail["To"] = "Ann <ann@customer.example>", self.house.configuration.brands[brand].addresses[0]
        mail["Subject"], mail["Message-ID"] = "Complaint", f"<{uuid.uuid4()}@customer.example>"
        mail.set_content(text)
        told = {"Authorization": f"Bearer {await self._token('ops')}", "Intake-Brand": brand}
        told["Intake-Contact-At"] = contact_at.isoformat()
        status, answer = await self.request("POST", "/api/v1/contacts", mail.as_bytes(), told, "internal")
        assert status == 201, answer
        await self.settled()

    async def holds_back(self, brand: str) -> None:
        """From now on what the brand's machine would write waits for a person: one letter an hour may leave by itself,
        and that one has."""
        assert await self.mail(
            "It came broken.", brand=brand, sender="first@elsewhere.example", name="Zoe Quick Petrova"
        )
        rules = self.house.desk.rules
        self.house.desk.rules = replace(rules, brakes={**rules.brakes, brand: 1})

    async def held_back(self) -> Case:
        """The one case whose acknowledgement waits for a person."""
        (found,) = [each for each in await self.cases() if each.withheld]
        return found

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


@asynccontextmanager
async def office_of(configured: Configuration, clock: Clock | None = None) -> AsyncIterator[Office]:
    """A house of this configuration, with its doors open, for the length of the block."""
    clock = clock or Clock()
    house = await build(configured, routes=routes, now=clock)
    await house.run()
    try:
        yield Office(house, clock, configured.settings.var / "outbox")
    finally:
        await house.close()
