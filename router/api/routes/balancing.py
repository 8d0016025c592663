"""The balance by door and day, its numbers as lists, and what is missing. For operators, but for the counts."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from starlette.requests import Request
from starlette.responses import Response

from router.api.answers import Refusal, body_of, day_of, number, said
from router.api.routes.room import Room
from router.ledger import balance

_LISTED = 10_000
_BACK = timedelta(days=7)


class Balancing(Room):
    """Counts and codes; nothing of what anybody wrote."""

    async def balance(self, request: Request) -> Response:
        """A line for each door and day on which something came in or was refused."""
        await self.who(request)
        today = self.office.now().date()
        until = day_of(request, "until") or today
        since = day_of(request, "since") or until
        door = request.query_params.get("door")
        wanted = tuple(balance.days(since, until))
        lines = await self.read(lambda connection: balance.lines(connection, wanted, door))
        return said({"since": since.isoformat(), "until": until.isoformat(), "lines": lines})

    async def balance_list(self, request: Request) -> Response:
        """One number of a day, as a list."""
        await self.operator(request)
        end = request.path_params["end"]
        if end not in balance.LISTS:
            raise Refusal(404, "no_such_list", f"The balance has no {end[:40]!r}. It has: {', '.join(balance.LISTS)}.")
        day = day_of(request, "day") or self.office.now().date()
        door, limit = request.query_params.get("door"), number(request, "limit", 1000, highest=_LISTED)
        listed = await self.read(lambda connection: balance.listed(connection, day, end, door, limit))
        return said({"day": day.isoformat(), "list": end, "listed": listed})

    async def reconcile(self, request: Request) -> Response:
        """What the sources have and we do not hold, and the other way round. It only looks."""
        await self.operator(request)
        now = self.office.now()
        since = datetime.combine(day_of(request, "since") or now.date() - _BACK, time.min, UTC)
        return said(await self.office.reconcile(request.query_params.get("door"), since))

    async def bring(self, request: Request) -> Response:
        """A mail of the vault that belongs to nobody becomes a contact, as an import."""
        await self.operator(request)
        asked = await body_of(request)
        held = await self.office.bring(str(asked.get("vault", "")), str(asked.get("brand", "")))
        return said({"held": [{"id": each.id, "reference": each.reference} for each in held]}, 201)
