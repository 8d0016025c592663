"""Looking: how it stands, the cases, one case with its course, the content of an event, the feed, a trace."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from intake_daemon.message import utc
from router.api.answers import Refusal, number, said
from router.api.due import due
from router.api.reports import monthly_report
from router.api.routes.room import Room, summary
from router.api.who import Caller, may_look, may_read
from router.case import Case
from router.ledger.lookup import cases, feed, standing, tracing

_FEED = 1000
_LISTED = 10_000
_DIGITS = 10
_FEEDERS = frozenset({"operator", "case_system"})


class Looking(Room):
    """Nothing here changes anything but the audit."""

    async def status(self, request: Request) -> Response:
        """How it stands."""
        await self.who(request)
        now = self.office.now()
        found = await self.read(lambda connection: standing.standing(connection, now))
        return said({"installation": self.office.installation, **found, **await self.office.condition()})

    async def cases(self, request: Request) -> Response:
        """Those of the caller's brands; of what is not theirs to read only reference, topic and dates."""
        who = await self.who(request)
        asked = request.query_params
        is_open = {"": None, "true": True, "false": False}.get(asked.get("open", ""))
        limit = number(request, "limit", 50, highest=_LISTED)
        found = await self.read(
            lambda connection: cases.found(
                connection,
                brands=who.brands,
                handler=asked.get("handler"),
                state=asked.get("state"),
                is_open=is_open,
                limit=limit,
            )
        )
        rules = self.rules
        return said({"cases": [cases.plain(each) if may_look(who, each, rules) else summary(each) for each in found]})

    async def case(self, request: Request) -> Response:
        """Course and notices; the words for who may read them."""
        who = await self.who(request)
        found = await self.case_of(request, who)
        if not may_look(who, found, self.rules):
            raise await self.refuse(who, found, "case")
        words = may_read(who, found, self.rules) and not found.erased
        whole = await self.read(lambda connection: cases.whole(connection, found.id, words=words, reader=who.id))
        if words:
            await self.audit(who, found.id, "case")
        now, tz = self.office.now(), self.rules.brands[found.brand].tz
        sequence = (whole or {}).get("sequence", found.sequence)
        more = {"due": due(found, self.rules, now), "now": utc(now), "tz": tz, "words": words}
        return said({**(whole or {}), **more}, headers={"etag": f'"{sequence}"'})

    async def event(self, request: Request) -> Response:
        """One event and the content that it names (`dataref`)."""
        who = await self.who(request)
        found = await self.case_of(request, who)
        written = request.path_params["sequence"]
        if not may_read(who, found, self.rules):
            raise await self.refuse(who, found, f"event {written[:_DIGITS]}" if written.isdecimal() else "event")
        sequence = int(written) if written.isascii() and written.isdecimal() and len(written) <= _DIGITS else 0
        happened = await self.read(lambda connection: cases.event(connection, found.id, sequence))
        if happened is None:
            raise Refusal(404, "no_such_event", f"The case has {found.sequence} events.")
        named = await self.read(lambda connection: cases.content(connection, happened))
        if cases.named_by(happened) and not named:
            code = "erased" if found.erased else "gone"
            raise Refusal(410, code, "The content of this event is gone; the event itself stays.")
        await self.audit(who, found.id, f"event {sequence}")
        return said({"event": happened.model_dump(mode="json"), "contents": named})

    async def events(self, request: Request) -> Response:
        """The feed tells the course of every case of a brand: it is for case systems and operators."""
        who = await self.who(request)
        if not _FEEDERS & set(who.roles):
            raise Refusal(403, "not_allowed", "The feed is for case systems and operators.")
        after = number(request, "after", 0, highest=2**62)
        limit = number(request, "limit", _FEED, highest=_FEED)
        found, last = await self.read(
            lambda connection: feed.after(connection, after, limit, self.office.installation, tuple(who.brands))
        )
        return said({"events": found, "next": last})

    async def trace(self, request: Request) -> Response:
        """Each step of a contact. Whoever is no operator finds what is theirs to read."""
        who = await self.who(request)
        query = request.query_params.get("query", "").strip()
        if not query:
            raise Refusal(422, "query_missing", "Say what to look for: an address, a Message-ID, a reference, a day.")
        brands = {name: facts for name, facts in self.rules.brands.items() if name in who.brands}
        try:
            found = await self.read(
                lambda connection: tracing.trace(connection, query, key=self.rules.key, brands=brands)
            )
        except ValueError:
            raise Refusal(422, "no_such_day", "There is no such day.") from None
        await self.audit(who, "", "trace")
        return said({"found": found if who.operator else await self._theirs(who, found)})

    async def report(self, request: Request) -> Response:
        """A brand's month in counts."""
        return await monthly_report(self.office, await self.who(request), request)

    async def _theirs(self, who: Caller, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        known: dict[str, Case | None] = {}
        for each in found:
            reference = str(each.get("case") or "")
            if reference and reference not in known:
                known[reference] = await self.find(reference, who)
        may = {name for name, case in known.items() if case is not None and may_read(who, case, self.rules)}
        return [each for each in found if each.get("case") in may]
