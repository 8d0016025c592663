"""Keeping: what is parked, pieces of the feed again, projections anew, and tokens. For operators."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from intake_daemon import journal
from intake_daemon.contract import Letter
from intake_daemon.message import utc
from router.api.answers import Refusal, body_of, day_of, said
from router.api.routes.room import Room
from router.case import Case
from router.ledger import tokens
from router.ledger.lookup import feed, parking
from router.ledger.outgoing import LETTERS, unpark, written_again
from router.ledger.rebuild import rebuild
from router.turn import ClockRow

_FEED = 1000
_DAYS = 90
_NOT_PARKED = "Nothing is parked under this id. See: intake parked list"


class Keeping(Room):
    """Each asks for an operator first."""

    async def parked(self, request: Request) -> Response:
        """What waits for a person, and by reason why, and how it is put right."""
        await self.operator(request)
        asked = request.query_params
        which = parking.Which(asked.get("reason"), asked.get("door"), day_of(request, "day"), _row(asked.get("after")))
        listed, last = await self.read(lambda connection: parking.listing(connection, which, parking.LISTED))
        more = f"{last[0]!r} {last[1]}" if last else None
        return said({"parked": listed, "next": more, "reasons": await self.read(parking.groups)})

    async def parked_one(self, request: Request) -> Response:
        """One letter, whole: words of people."""
        who = await self.operator(request)
        wanted = request.path_params["parked"]
        shown = await self.read(lambda connection: parking.shown(connection, wanted))
        if shown is None:
            raise Refusal(404, "not_parked", _NOT_PARKED)
        await self.audit(who, "", f"parked {wanted}")
        return said(shown)

    async def retry(self, request: Request) -> Response:
        """The letter goes straight to the queue that it was taken from; the row goes after the confirm."""
        await self.operator(request)
        wanted = request.path_params["parked"]
        found = await self.read(lambda connection: parking.letter(connection, wanted))
        if found is None:
            raise Refusal(404, "not_parked", _NOT_PARKED)
        queue, since, letter = found
        if queue == LETTERS:  # no queue: its notice waits in the ledger
            now = self.office.now()
            await self.office.store.write(lambda connection: written_again(connection, letter.message_id, now))
        elif not queue.startswith("intake."):  # a door's own: an original that could not be read
            await self.office.read_again(json.loads(letter.body))
        elif queue == letter.exchange:  # it never left for one queue
            await self.office.broker.publish([replace(letter, mandatory=False)])
        else:
            again = Letter("", queue, letter.body, letter.message_id, letter.content_type, headers=letter.headers)
            await self.office.broker.publish([again])
        await self.office.store.write(lambda connection: unpark(connection, wanted, since))
        return said({"id": wanted, "to": queue})

    async def replay(self, request: Request) -> Response:
        """One piece; `next` is where the following one begins, until `done`."""
        await self.operator(request)
        asked = await body_of(request)
        queue = str(asked.get("queue", ""))
        if queue not in self.office.subscribers:
            known = ", ".join(sorted(self.office.subscribers)) or "none"
            raise Refusal(404, "no_such_queue", f"intake.yaml has no subscriber {queue!r}. It has: {known}.")
        bind = self.office.subscribers[queue]
        installation = self.office.installation
        after = _whole(asked, "after", 0, lowest=0, highest=2**62)
        letters, last, done = await self.read(
            lambda connection: feed.letters(connection, after, _FEED, installation, queue=queue, bind=bind)
        )
        await self.office.broker.publish(letters)
        return said({"published": len(letters), "next": last, "done": done})

    async def rebuild(self, request: Request) -> Response:
        """A piece of the projections, made anew."""
        await self.operator(request)
        after = request.query_params.get("after", "")
        sqlite, now = self.office.store.sqlite, self.office.now()

        def clocks(case: Case) -> Sequence[ClockRow]:
            return self.office.desk.clocks(case, now)

        piece = await self.office.store.write(
            lambda connection: rebuild(connection, after, sqlite=sqlite, clocks=clocks)
        )
        return said(asdict(piece))

    async def tokens(self, request: Request) -> Response:
        """Every token, without its secret."""
        await self.operator(request)
        now = self.office.now()
        return said({"tokens": await self.read(lambda connection: tokens.listing(connection, now))})

    async def new_token(self, request: Request) -> Response:
        """Made on this machine only: a token that was stolen makes no others."""
        who = await self.operator(request)
        if not who.here:
            raise Refusal(403, "not_here", "Tokens are made on the daemon's own machine: intake token create WHO")
        asked = await body_of(request)
        principal = self.rules.staff.principal(str(asked.get("principal", "")))
        if principal is None:
            known = ", ".join(sorted({*self.rules.staff.handlers, *self.rules.staff.principals}))
            raise Refusal(422, "unknown_principal", f"handlers.yaml has nobody of this id. It has: {known}.")
        days = _whole(asked, "days", _DAYS, lowest=1, highest=tokens.MOST_DAYS)
        now = self.office.now()
        made = await self.office.store.write(
            lambda connection: tokens.create(connection, principal.id, who.id, now, days)
        )
        journal.token("created", made.id)
        shown = {"id": made.id, "principal": principal.id, "token": made.token, "expires_at": utc(made.expires_at)}
        return said(shown, 201)

    async def revoke(self, request: Request) -> Response:
        """At once, in every process."""
        who = await self.operator(request)
        wanted, now = request.path_params["token"], self.office.now()
        known = await self.office.store.write(lambda connection: tokens.revoke(connection, wanted, who.id, now))
        if not known:
            raise Refusal(404, "no_such_token", "There is no token of this id. See: intake token list")
        journal.token("revoked", wanted)
        return said({"id": wanted, "state": "revoked"})


def _row(after: str | None) -> tuple[float, str] | None:
    """Behind which row of what is parked an answer begins; `next` of the answer before."""
    if not after:
        return None
    since, _, parked = after.partition(" ")
    try:
        return float(since), parked
    except ValueError as error:
        raise Refusal(422, "bad_number", "after should be the `next` of the answer before.") from error


def _whole(asked: dict[str, Any], name: str, default: int, *, lowest: int, highest: int) -> int:
    given = asked.get(name)
    if given is None:
        return default
    if not isinstance(given, int) or isinstance(given, bool) or not lowest <= given <= highest:
        raise Refusal(422, "bad_number", f"{name} should be a whole number from {lowest} to {highest}.")
    return given
