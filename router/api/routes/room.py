"""What every route needs: who asks, the case that is meant, and the audit of what was read or refused."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from starlette.requests import Request

from intake_daemon.message import utc
from router.api.answers import Refusal
from router.api.office import Office
from router.api.who import Caller, caller
from router.case import Case
from router.ledger import tables
from router.ledger.lookup import cases
from router.rules import Rules

NO_SUCH_CASE = "There is no case of this reference. Look it up with: intake cases"
_NOT_A_READER = "Only who works on this case reads it; you may know its reference, its topic and its dates."


class Room:
    """A few routes over one office."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.read = office.store.read

    @property
    def rules(self) -> Rules:
        """Those of today."""
        return self.office.rules()

    async def who(self, request: Request) -> Caller:
        """Raises Refusal 401, 403, 429."""
        return await caller(request, self.office)

    async def operator(self, request: Request) -> Caller:
        """Raises Refusal 403 for anybody else."""
        who = await self.who(request)
        if not who.operator:
            raise Refusal(403, "not_allowed", "Only an operator may do this.")
        return who

    async def case_of(self, request: Request, who: Caller) -> Case:
        """The case of the path's reference. One of another brand does not exist."""
        found = await self.find(request.path_params["reference"], who)
        if found is None:
            raise Refusal(404, "no_such_case", NO_SUCH_CASE)
        return found

    async def find(self, typed: str, who: Caller) -> Case | None:
        """A case of the caller's brands by its reference, as somebody typed it."""
        prefixes = [facts.prefix for name, facts in self.rules.brands.items() if name in who.brands]

        def work(connection: sa.Connection) -> Case | None:
            found = cases.find(connection, typed, prefixes)
            return None if found is None else cases.case(connection, found)

        found = await self.read(work)
        return found if found is not None and found.brand in who.brands else None

    async def refuse(self, who: Caller, case: Case, what: str) -> Refusal:
        """The refusal of somebody who is no reader of a case: written down, with what they may know of it."""
        await self.audit(who, case.id, f"refused {what}")
        return Refusal(403, "not_a_reader", _NOT_A_READER, more={"case": summary(case)})

    async def audit(self, who: Caller, case: str, what: str) -> None:
        """Written before the answer leaves."""
        row = {"at": self.office.now().timestamp(), "who": who.id, "case_id": case, "what": what}
        await self.office.store.write(lambda connection: connection.execute(sa.insert(tables.reads), [row]).close())


def summary(case: Case) -> dict[str, Any]:
    """Reference, topic and dates: what everybody of the brand may know (L-17 W-30)."""
    dates = {name: getattr(case, name) for name in ("opened_at", "received_at", "acknowledged_at", "closed_at")}
    return {
        "reference": case.reference,
        "brand": case.brand,
        "topic": case.topic,
        "open": case.open,
        **{name: utc(moment) if moment else None for name, moment in dates.items()},
    }
