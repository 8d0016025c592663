"""/survey/<link>: one question with five answers, for whom a letter of ours has asked; the last answer counts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from intake_daemon.contract import Input, Now
from intake_daemon.errors import Temporary
from intake_daemon.events import Event, SurveyAnswered
from intake_daemon.message import Command
from intake_daemon.reference import read_link
from intake_daemon.store import Store
from router.case import Case
from router.commands.customers import CUSTOMER
from router.ledger import tables
from router.ledger.record import StoredLedger
from router.letters.links import SURVEY
from router.pages.drawing import Drawing, peer, posted
from router.pages.limits import Limits
from router.rules import Rules

_MARKS = ("5", "4", "3", "2", "1")


class _Asked(NamedTuple):
    """Whom the link asks, and what they have said so far ("" nothing)."""

    case: Case
    mark: str


class Survey:
    """The page."""

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

    async def answer(self, request: Request) -> Response:
        """The question, or thanks for the answer."""
        said = await posted(request) if request.method == "POST" else {}
        if self._limits.too_many(peer(request)):
            return self._nothing(request, "page_slow", HTTPStatus.TOO_MANY_REQUESTS)
        try:
            asked = await self._asked(request.path_params["link"])
            if asked is None:
                return self._nothing(request, "survey_gone", HTTPStatus.NOT_FOUND)
            mark = said.get("mark", "")
            if mark in _MARKS and mark != asked.mark and not await self._mark(asked.case, int(mark)):
                return self._nothing(request, "survey_gone", HTTPStatus.NOT_FOUND)
        except Temporary:
            return self._nothing(request, "page_away", HTTPStatus.SERVICE_UNAVAILABLE)
        brand = asked.case.brand
        offered = self._drawing.languages(brand)
        chosen = said.get("lang", "") or request.query_params.get("lang", "") or asked.case.language
        language = self._drawing.language(request, offered, chosen)
        values = {
            "reference": asked.case.reference,
            "marks": _MARKS,
            "mark": mark if mark in _MARKS else asked.mark,
            "thanks": mark in _MARKS,
            "problem": "",
        }
        return self._drawing.page("survey.html", language, values, brand=brand, languages=offered)

    def _nothing(self, request: Request, problem: str, status: HTTPStatus) -> Response:
        offered = self._drawing.languages()
        language = self._drawing.language(request, offered)
        nothing = {"reference": "", "marks": (), "mark": "", "thanks": False, "problem": problem}
        return self._drawing.page("survey.html", language, nothing, status=status)

    async def _asked(self, link: str) -> _Asked | None:
        """Whom the link asks; None for one that is not ours, has ended, or whose case is erased."""
        notice = read_link(self._rules().key, SURVEY, link, self._now())

        def work(connection: sa.Connection) -> _Asked | None:
            notices, found, events = tables.notices, tables.cases, tables.events
            query = sa.select(found.c.body).join(notices, notices.c.case_id == found.c.id)
            body = connection.execute(query.where(notices.c.id == notice)).scalar_one_or_none()
            case = Case.model_validate_json(body) if body else None
            if case is None or case.erased:
                return None
            answers = sa.select(events.c.body).where(events.c.case_id == case.id, events.c.type == SurveyAnswered.type_)
            last = connection.execute(answers.order_by(events.c.sequence.desc()).limit(1)).scalar_one_or_none()
            return _Asked(case, str(Event.model_validate_json(last).data["score"]) if last else "")

        return await self._store.read(work) if notice else None

    async def _mark(self, case: Case, score: int) -> bool:
        """Whether it was taken: the case may have been erased meanwhile."""
        now = self._now()
        data = {"score": score}
        value = Command(
            id=str(uuid.uuid4()), reference=case.reference, command="survey", actor=CUSTOMER, data=data, at=now
        )
        (outcome,) = await self._ledger.decide([Input(value, now)], now)
        return outcome.disposition == "done"
