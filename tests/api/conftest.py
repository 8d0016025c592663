"""The API over a ledger with a few complaints, asked as the network asks it and as this machine does."""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.routing import Router

from intake_daemon.contract import Input, Outcome
from intake_daemon.message import Command, Message
from intake_daemon.store import Store
from intake_daemon.vault import FolderVault
from router import api
from router.api.strangers import Strangers
from router.case import Case
from router.desk import ComplaintsDesk
from router.ledger import tables, tokens
from router.ledger.lookup import cases
from router.ledger.record import StoredLedger
from router.rules import Rules
from router.staff import Staff
from tests.desk.letters import KEY, NOON, letter, rules

ANN = letter()
"""To Welzo."""
OTHER = letter("Kredit kartımdan iki dəfə pul çıxılıb.", brand="kontakt", sender="d@d.example", message="d-1@d.example")
PLANTED = ("charged my card twice", "ann@customer.example")


@dataclass(frozen=True)
class Answer:
    """Status, headers, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 -- JSON
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Of a problem."""
        assert self.headers["content-type"] == "application/problem+json"
        assert self.json["status"] == self.status
        return str(self.json["code"])


@dataclass
class Company:
    """The ledger, its office, and two ways to ask."""

    store: Store
    ledger: StoredLedger
    office: api.Office
    outcomes: list[Outcome] = field(default_factory=list)
    now: datetime = NOON
    ticks: float = 0.0
    """The clock of wrong tokens."""

    async def meet(self, *values: Message | Command) -> list[Outcome]:
        """Let inputs meet their cases."""
        return await self.ledger.decide([Input(value, NOON) for value in values], NOON)

    @property
    def ann(self) -> str:
        """The path of Ann's case."""
        return f"/api/v1/cases/{self.outcomes[0].reference}"

    @property
    def other(self) -> str:
        """The path of the case of another brand."""
        return f"/api/v1/cases/{self.outcomes[1].reference}"

    async def case(self, number: int = 0) -> Case:
        """A case as it is now."""
        found = await self.store.read(lambda connection: cases.case(connection, self.outcomes[number].case or ""))
        assert found is not None
        return found

    async def token(self, who: str, days: int = 90) -> str:
        """A token of a principal."""
        made = await self.store.write(lambda connection: tokens.create(connection, who, "test", self.now, days))
        return made.token

    async def as_(self, who: str) -> Callable[..., Any]:
        """Ask over the network as a principal: `await ask(method, path, body)`."""
        token = await self.token(who)

        async def ask(method: str, path: str, body: object = None, **headers: str) -> Answer:
            return await self.net(method, path, body, authorization=f"Bearer {token}", **headers)

        return ask

    async def net(
        self, method: str, path: str, body: object = None, *, peer: str = "10.0.0.9", **headers: str
    ) -> Answer:
        """Over the network."""
        return await self._ask(("10.0.0.1", 8081), (peer, 5000), method, path, body, headers)

    async def here(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Over the unix socket of this machine."""
        return await self._ask(("/var/intake.sock", None), None, method, path, body, headers)

    async def reads(self) -> list[tuple[str, str]]:
        """Who read, or was refused, what."""
        query = sa.select(tables.reads.c.who, tables.reads.c.what).order_by(tables.reads.c.id)
        return await self.store.read(lambda connection: [(row.who, row.what) for row in connection.execute(query)])

    async def _ask(
        self,
        server: tuple[str, int | None],
        client: tuple[str, int] | None,
        method: str,
        path: str,
        body: object,
        headers: Mapping[str, str],
    ) -> Answer:
        bare, _, query = path.partition("?")
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        named = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http", "method": method, "path": bare, "raw_path": bare.encode(), "root_path": "",
            "query_string": query.encode(), "headers": named, "client": client, "server": server,
            "scheme": "http", "http_version": "1.1",
        }  # fmt: skip
        status, answered, said = 0, {}, bytearray()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status = message["status"]
                answered = {name.decode(): value.decode() for name, value in message["headers"]}
            said.extend(message.get("body", b""))

        await Router(api.routes(self.office))(scope, receive, send)
        return Answer(status, answered, bytes(said))


@functools.cache
def team() -> Rules:
    """The shipped rules with a token of each kind of principal: a reader of content, one without, a second operator."""
    plain = rules()
    people = plain.staff.model_dump(by_alias=True)
    people["principals"] = {
        "ops": {"brands": ["welzo", "kontakt"], "roles": ["operator"]},
        "desk": {"brands": ["welzo"], "roles": ["case_system"], "content": True},
        "crm": {"brands": ["welzo"], "roles": ["case_system"]},
        "shop": {"brands": ["kontakt"], "roles": ["case_system"], "content": True},
    }
    people["handlers"] = dict(plain.staff.handlers)
    return replace(plain, staff=Staff.model_validate(people))


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    """Ann's complaint to Welzo, and one to Kontakt."""
    store = Store(f"sqlite:///{tmp_path / 'ledger.db'}")
    await store.migrate()
    known = team()
    desk = ComplaintsDesk(known)
    ledger = StoredLedger(store, desk, key=KEY, installation="test")
    nobody: Any = None

    async def condition() -> dict[str, Any]:
        return {"running": True}

    found = Company(store, ledger, nobody)
    found.office = api.Office(
        store=store,
        ledger=ledger,
        desk=desk,
        broker=nobody,
        vault=FolderVault(tmp_path / "vault"),
        rules=lambda: known,
        installation="test",
        now=lambda: found.now,
        subscribers={},
        condition=condition,
        take=nobody,
        read=nobody,
        read_again=nobody,
        reconcile=nobody,
        bring=nobody,
        strangers=Strangers(clock=lambda: found.ticks),
    )
    found.outcomes = await found.meet(ANN, OTHER)
    yield found
    await store.close()


LATER = timedelta(days=91)
