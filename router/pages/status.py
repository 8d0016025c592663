"""/status: the reference, then a code that we send to an address of the case, then how it stands."""

from __future__ import annotations

import asyncio
import unicodedata
import uuid
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from intake_daemon import journal
from intake_daemon.contract import Input, Now
from intake_daemon.errors import Temporary
from intake_daemon.message import Command, Message
from intake_daemon.reference import read_reference
from intake_daemon.store import Store
from router.case import Case
from router.commands.customers import CUSTOMER
from router.ledger import codes, tables
from router.ledger.lookup import cases
from router.ledger.record import StoredLedger
from router.letters import values
from router.letters.shared import Letter
from router.pages.drawing import Drawing, peer, posted
from router.pages.limits import Limits
from router.rules import Rules
from router.turn import Intent

_T = TypeVar("_T")
FLOOR = 0.5
"""Seconds after which every answer to a post leaves, whatever was found; longer than any of them takes to be found."""


class Status:
    """The page. It knows nothing of a browser between two posts: the reference is posted again with the code."""

    def __init__(
        self,
        store: Store,
        ledger: StoredLedger,
        rules: Callable[[], Rules],
        now: Now,
        drawing: Drawing,
        limits: Limits,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._rules = rules
        self._now = now
        self._drawing = drawing
        self._limits = limits
        self._under_way: set[asyncio.Task[Any]] = set()

    async def answer(self, request: Request) -> Response:
        """The page, or what it says to a post."""
        said = await posted(request) if request.method == "POST" else {}
        offered = self._drawing.languages()
        language = self._drawing.language(request, offered, said.get("lang", ""))
        typed = said.get("reference", "")

        def page(step: str, status: HTTPStatus = HTTPStatus.OK, **more: object) -> Response:
            plain = {
                "step": step,
                "reference": typed,
                "problem": "",
                "missing": "",
                "told": {},
                "minutes": codes.MINUTES,
            }
            languages = () if request.method == "POST" else offered
            values = {"minutes": codes.MINUTES, **plain, **more}
            return self._drawing.page("status.html", language, values, status=status, languages=languages)

        if request.method != "POST":
            return page("reference")
        step = "code" if "code" in said else "reference"
        if self._limits.too_many(peer(request)):
            return page(step, HTTPStatus.TOO_MANY_REQUESTS, problem="page_slow")
        if not typed or (step == "code" and not said["code"]):
            missing = "status_code" if typed else "status_reference"
            return page(step if typed else "reference", HTTPStatus.BAD_REQUEST, missing=missing)
        try:
            if step == "reference":
                await self._evenly(self._send(typed), wait=False)
                return page("code")
            told = await self._evenly(self._told(typed, _digits(said["code"]), language))
        except Temporary:
            return page(step, HTTPStatus.SERVICE_UNAVAILABLE, problem="page_away")
        return page("told", told=told) if told else page("code", HTTPStatus.FORBIDDEN, problem="status_wrong")

    async def _evenly(self, work: Coroutine[Any, Any, _T], *, wait: bool = True) -> _T | None:
        """What came of it, after a time that says nothing of it. What takes longer goes on behind; `wait` for it."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        await asyncio.sleep(FLOOR)
        return task.result() if task.done() else await asyncio.shield(task) if wait else None

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, Temporary):
            journal.failed("status page", error)

    async def _send(self, typed: str) -> None:
        """A code to the customer, where there is a case and few were sent."""
        rules, now = self._rules(), self._now()

        def work(connection: sa.Connection) -> tuple[Case | None, str | None]:
            found = self._find(connection, typed)
            return found, codes.make(connection, rules.key, found.id if found else "", now)

        case, code = await self._store.write(work)
        if case is not None and code is not None:
            half = len(code) // 2
            data = {"code": f"{code[:half]} {code[half:]}", "minutes": codes.MINUTES}
            await self._command(case, "send_code", data)

    async def _told(self, typed: str, code: str, language: str) -> Mapping[str, Any] | None:
        """How it stands; None for whatever is wrong."""
        rules, now = self._rules(), self._now()

        def work(connection: sa.Connection) -> tuple[Case, Message] | None:
            case = self._find(connection, typed)
            right = codes.spend(connection, rules.key, case.id if case else "", code, now)
            message = _contact(connection, case.answers_to if case else "")
            return (case, message) if right and case and message else None

        found = await self._store.write(work)
        if found is None:
            return None
        case, message = found
        await self._command(case, "status_shown", {"language": language})
        intent = Intent(
            id=str(uuid.uuid4()),
            purpose="status_answer",
            cause=case.id,
            contact=message.id,
            connector="status_page",
            recipient="",
            language=language,
            data={"verified": True},
        )
        letter = Letter(case, intent, message, {}, rules, now)
        return {**values.values(letter)[0], "brand_id": case.brand, "asked": values.wanted(letter, case.asked)}

    def _find(self, connection: sa.Connection, typed: str) -> Case | None:
        """The complaint of a reference as somebody typed it. As many statements whatever it is."""
        brands = self._rules().brands.values()
        wanted = next((read for each in brands if (read := read_reference(each.prefix, typed))), "")
        query = sa.select(tables.aliases.c.case_id).where(tables.aliases.c.reference == wanted)
        found = cases.case(connection, connection.execute(query).scalars().first() or "")
        return found if found and found.complaint and not found.erased else None

    async def _command(self, case: Case, command: str, data: Mapping[str, Any]) -> None:
        now = self._now()
        value = Command(
            id=str(uuid.uuid4()), reference=case.reference, command=command, actor=CUSTOMER, data=dict(data), at=now
        )
        await self._ledger.decide([Input(value, now)], now)


def _contact(connection: sa.Connection, message: str) -> Message | None:
    query = sa.select(tables.content.c.body).where(tables.content.c.id == message)
    body = connection.execute(query).scalar_one_or_none()
    return None if body is None else Message.model_validate_json(body)


def _digits(typed: str) -> str:
    """A code as people type it: with blanks, in other digits."""
    return "".join(str(unicodedata.digit(each)) for each in unicodedata.normalize("NFKC", typed) if each.isdigit())
