"""The routes: each checks who asks, asks the ledger, writes down what was read, and answers."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from intake_daemon.contract import Input, Letter, Outcome
from intake_daemon.message import Command
from router.api.answers import Refusal, answering, number, said
from router.api.office import Office
from router.api.table import PREFIX, TABLE
from router.api.who import Caller, caller, may_read
from router.case import Case
from router.ledger import tables
from router.ledger.lookup import cases, feed, parking, standing, tracing, trying
from router.ledger.rebuild import rebuild
from router.rules import Rules

_STATUS = {
    "no_such_case": 404,
    "not_allowed": 403,
    "case_has_moved_on": 412,
    "erased": 410,
    "text_missing": 422,
    "unknown_command": 422,
}
SENTENCES = {
    "no_such_case": "There is no case of this reference. Look it up with: intake cases",
    "not_allowed": "This principal may not do this to a case of this brand. Roles and brands stand in handlers.yaml.",
    "case_has_moved_on": "Something happened to the case since it was read. Look at it again, then decide.",
    "erased": "The contents of this case were erased; nothing can be added to it.",
    "text_missing": "A note needs its words. Give them with --text, or on standard input.",
    "unknown_command": "There is no such command. There are: note, erase.",
}
"""What a refused command says to a person."""
_FEED = 1000
_DIGITS = 10
_LISTED = 10_000


def routes(office: Office) -> list[BaseRoute]:
    """Everything under /api/v1."""
    api = _Api(office)
    found: list[BaseRoute] = []
    for each in TABLE:
        answer: Callable[[Request], Awaitable[Response]] = getattr(api, each.name)
        found.append(Route(PREFIX + each.path, answering(answer), methods=[each.method]))
    return found


class _Api:
    def __init__(self, office: Office) -> None:
        self._office = office
        self._read = office.store.read

    # --- looking ------------------------------------------------------------------------------------------------------

    async def status(self, request: Request) -> Response:
        self._who(request)
        now = self._office.now()
        found = await self._read(lambda connection: standing.standing(connection, now))
        return said({"installation": self._office.installation, **found, **await self._office.condition()})

    async def cases(self, request: Request) -> Response:
        who = self._who(request)
        asked = request.query_params
        is_open = {"": None, "true": True, "false": False}.get(asked.get("open", ""))
        limit = number(request, "limit", 50, highest=_LISTED)
        listed = await self._read(
            lambda connection: cases.listing(
                connection,
                brands=who.brands,
                handler=asked.get("handler"),
                state=asked.get("state"),
                is_open=is_open,
                limit=limit,
            )
        )
        return said({"cases": listed})

    async def case(self, request: Request) -> Response:
        who = self._who(request)
        found = await self._case(request, who)
        words = may_read(who, found, self._rules) and not found.erased
        whole = await self._read(lambda connection: cases.whole(connection, found.id, words=words))
        if words:
            await self._audit(who, found.id, "case")
        return said({**(whole or {}), "words": words}, 200 if whole else 404)

    async def event(self, request: Request) -> Response:
        who = self._who(request)
        found = await self._case(request, who)
        written = request.path_params["sequence"]
        sequence = int(written) if written.isascii() and written.isdecimal() and len(written) < _DIGITS else 0
        happened = await self._read(lambda connection: cases.event(connection, found.id, sequence))
        if happened is None:
            raise Refusal(404, "no_such_event", f"The case has {found.sequence} events.")
        if not may_read(who, found, self._rules):
            raise Refusal(403, "not_a_reader", "The policy of this brand does not let this principal read words.")
        named = await self._read(lambda connection: cases.content(connection, happened))
        if cases.named_by(happened) and not named:
            code = "erased" if found.erased else "gone"
            raise Refusal(410, code, "The content of this event is gone; the event itself stays.")
        await self._audit(who, found.id, f"event {sequence}")
        return said({"event": happened.model_dump(mode="json"), "contents": named})

    async def events(self, request: Request) -> Response:
        who = self._who(request)
        after = number(request, "after", 0, highest=2**62)
        limit = number(request, "limit", _FEED, highest=_FEED)
        found, last = await self._read(
            lambda connection: feed.after(connection, after, limit, self._office.installation, tuple(who.brands))
        )
        return said({"events": found, "next": last})

    async def trace(self, request: Request) -> Response:
        who = self._who(request)
        query = request.query_params.get("query", "").strip()
        if not query:
            raise Refusal(422, "query_missing", "Say what to look for: an address, a Message-ID, a reference, a day.")
        brands = {name: facts for name, facts in self._rules.brands.items() if name in who.brands}
        try:
            found = await self._read(
                lambda connection: tracing.trace(connection, query, key=self._rules.key, brands=brands)
            )
        except ValueError:
            raise Refusal(422, "no_such_day", "There is no such day.") from None
        await self._audit(who, "", "trace")
        return said({"found": found})

    # --- acting -------------------------------------------------------------------------------------------------------

    async def command(self, request: Request) -> Response:
        who = self._who(request)
        if not who.named:
            raise Refusal(403, "actor_missing", "Say who acts: --as WHO, an id of handlers.yaml.")
        asked = await _body(request)
        found = await self._case(request, who)
        expects = asked.get("expects", request.headers.get("if-match", "").strip('"') or None)
        key = str(asked.get("id") or request.headers.get("idempotency-key") or uuid.uuid4())
        try:
            wanted = Command(
                id=key,
                reference=found.reference,
                command=str(asked.get("command", "")),
                actor=who.id,
                expects=expects,
                data=asked.get("data") or {},
                at=self._office.now(),
            )
        except ValueError:
            raise Refusal(422, "bad_command", "Send command, and perhaps data, expects and id.") from None
        outcome = (await self._office.ledger.decide([Input(wanted, self._office.now())], self._office.now()))[0]
        if outcome.disposition == "refused":
            raise Refusal(_STATUS.get(outcome.reason, 422), outcome.reason, _sentence(outcome))
        return said(asdict(outcome))

    async def contact(self, request: Request) -> Response:
        self._operator(request)
        came = request.headers.get("intake-contact-at")
        try:
            contact_at = datetime.fromisoformat(came) if came else None
        except ValueError:
            contact_at = None
        if contact_at is not None and contact_at.tzinfo is None:
            raise Refusal(422, "bad_time", "Intake-Contact-At needs its zone (RFC 3339).")
        held = await self._office.take(await request.body(), request.headers.get("intake-brand", ""), contact_at)
        return said({"held": [{"id": each.id, "reference": each.reference} for each in held]}, 201)

    async def explain(self, request: Request) -> Response:
        who = self._operator(request)
        message = await self._office.read(await request.body(), request.headers.get("intake-brand", ""))
        rules, now = self._rules, self._office.now()
        found = await self._read(
            lambda connection: trying.tried(
                connection, self._office.desk, message, now, key=rules.key, installation=self._office.installation
            )
        )
        await self._audit(who, "", "explain")
        about = message.model_dump(mode="json", include={"id", "brand", "channel", "contact_at", "remarks"})
        return said({"message": about, **found})

    # --- parked, feed, ledger -----------------------------------------------------------------------------------------

    async def parked(self, request: Request) -> Response:
        self._operator(request)
        reason = request.query_params.get("reason")
        listed = await self._read(lambda connection: parking.listing(connection, reason=reason))
        return said({"parked": listed})

    async def parked_one(self, request: Request) -> Response:
        who = self._operator(request)
        wanted = request.path_params["parked"]
        shown = await self._read(lambda connection: parking.shown(connection, wanted))
        if shown is None:
            raise Refusal(404, "not_parked", "Nothing is parked under this id. See: intake parked list")
        await self._audit(who, "", f"parked {wanted}")
        return said(shown)

    async def retry(self, request: Request) -> Response:
        """The letter goes straight to the queue that it was taken from; the row goes after the confirm."""
        self._operator(request)
        wanted = request.path_params["parked"]
        found = await self._read(lambda connection: parking.letter(connection, wanted))
        if found is None:
            raise Refusal(404, "not_parked", "Nothing is parked under this id. See: intake parked list")
        queue, _, letter = found
        if not queue.startswith("intake."):  # a door's own: an original that could not be read
            await self._office.read_again(json.loads(letter.body))
        else:
            again = Letter("", queue, letter.body, letter.message_id, letter.content_type, headers=letter.headers)
            await self._office.broker.publish([again])
        await self._office.store.write(lambda connection: parking.remove(connection, wanted))
        return said({"id": wanted, "to": queue})

    async def replay(self, request: Request) -> Response:
        """One piece; `next` is where the following one begins, until `done`."""
        self._operator(request)
        asked = await _body(request)
        queue = str(asked.get("queue", ""))
        if queue not in self._office.subscribers:
            known = ", ".join(sorted(self._office.subscribers)) or "none"
            raise Refusal(404, "no_such_queue", f"intake.yaml has no subscriber {queue!r}. It has: {known}.")
        bind = self._office.subscribers[queue]
        installation = self._office.installation
        after = int(asked.get("after") or 0)
        letters, last, done = await self._read(
            lambda connection: feed.letters(connection, after, _FEED, installation, queue=queue, bind=bind)
        )
        await self._office.broker.publish(letters)
        return said({"published": len(letters), "next": last, "done": done})

    async def rebuild(self, request: Request) -> Response:
        self._operator(request)
        after = request.query_params.get("after", "")
        sqlite = self._office.store.sqlite
        piece = await self._office.store.write(lambda connection: rebuild(connection, after, sqlite=sqlite))
        return said(asdict(piece))

    # --- who and what -------------------------------------------------------------------------------------------------

    @property
    def _rules(self) -> Rules:
        return self._office.rules()

    def _who(self, request: Request) -> Caller:
        return caller(request, self._rules)

    def _operator(self, request: Request) -> Caller:
        who = self._who(request)
        if "operator" not in who.roles:
            raise Refusal(403, "not_allowed", "Only an operator may do this.")
        return who

    async def _case(self, request: Request, who: Caller) -> Case:
        """A case of another brand does not exist."""
        typed = request.path_params["reference"]
        prefixes = [facts.prefix for name, facts in self._rules.brands.items() if name in who.brands]

        def work(connection: sa.Connection) -> Case | None:
            found = cases.find(connection, typed, prefixes)
            return None if found is None else cases.case(connection, found)

        found = await self._read(work)
        if found is None or found.brand not in who.brands:
            raise Refusal(404, "no_such_case", SENTENCES["no_such_case"])
        return found

    async def _audit(self, who: Caller, case: str, what: str) -> None:
        row = {"at": self._office.now().timestamp(), "who": who.id, "case_id": case, "what": what}
        await self._office.store.write(lambda connection: connection.execute(sa.insert(tables.reads), [row]).close())


def _sentence(outcome: Outcome) -> str:
    return SENTENCES.get(outcome.reason, f"It was refused: {outcome.reason}.")


async def _body(request: Request) -> dict[str, Any]:
    try:
        asked = json.loads(await request.body() or b"{}")
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise Refusal(422, "bad_json", "Send a JSON object.")
    return asked
