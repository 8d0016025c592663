"""Acting: a command to a case, a mail as an import, and what would be done with a mail.

A command is the same, and decided by the same function, as over AMQP, by mail and on the command line. Its answers:

    200   done; with the same id or Idempotency-Key a second time, the first outcome again
    403   the principal may not do this          404   no such case of their brands
    409   the case has moved on (`expects`)      412   the same, asked with If-Match (RFC 9110)
    410   the case's contents were erased
    422   refused: `reason`, what is `missing`, and the `clause` of the policy that asks for it
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from intake_daemon.contract import Input, Outcome
from intake_daemon.message import Command
from router.api.answers import Refusal, body_of, said
from router.api.routes.room import NO_SUCH_CASE, Room
from router.ledger.lookup import trying
from router.rules import Rules

_STATUS = {"no_such_case": 404, "not_allowed": 403, "case_has_moved_on": 409, "erased": 410}
_SENTENCES = {
    "no_such_case": NO_SUCH_CASE,
    "not_allowed": "This principal may not do this to a case of this brand. Roles and brands stand in handlers.yaml.",
    "case_has_moved_on": "Something happened to the case since it was read. Look at it again, then decide.",
    "text_missing": "A note needs its words. Give them with --text, or on standard input.",
    "unknown_command": "There is no such command.",
}
"""What a refused command says to a person; any other reason is told as it is."""


class Acting(Room):
    """Everything that changes a case goes through `command`."""

    async def command(self, request: Request) -> Response:
        """See the manual above."""
        who = await self.who(request)
        if not who.named:
            raise Refusal(403, "actor_missing", "Say who acts: --as WHO, an id of handlers.yaml.")
        asked = await body_of(request)
        found = await self.case_of(request, who)
        if who.id in found.staff_named:  # a complaint never reaches whom it names
            raise await self.refuse(who, found, "command")
        wanted, matched = self._wanted(request, asked, who.id, found.reference)
        now = self.office.now()
        outcome = (await self.office.ledger.decide([Input(wanted, now)], now))[0]
        if outcome.reference not in {None, found.reference}:
            raise Refusal(422, "id_used_before", "This id was used for another case. Give every command its own.")
        if outcome.disposition == "refused":
            raise refused(outcome, self.rules, matched=matched)
        return said(asdict(outcome))

    def _wanted(self, request: Request, asked: Mapping[str, Any], actor: str, reference: str) -> tuple[Command, bool]:
        """The command, and whether the sequence that it expects came by If-Match."""
        matched = _sequence(request.headers.get("if-match", ""))
        expects = asked.get("expects")
        if matched is not None and expects not in {None, matched}:
            raise Refusal(422, "two_sequences", "If-Match and `expects` name different sequences.")
        key = asked.get("id") or request.headers.get("idempotency-key", "").strip('"') or str(uuid.uuid4())
        try:
            wanted = Command(
                id=str(key),
                reference=reference,
                command=str(asked.get("command", "")),
                actor=actor,
                expects=matched if expects is None else expects,
                data=asked.get("data") or {},
                at=self.office.now(),
            )
        except ValueError:
            raise Refusal(422, "bad_command", "Send command, and perhaps data, expects and id.") from None
        return wanted, matched is not None

    async def contact(self, request: Request) -> Response:
        """A mail as an import."""
        await self.operator(request)
        came = request.headers.get("intake-contact-at")
        try:
            contact_at = datetime.fromisoformat(came) if came else None
        except ValueError:
            contact_at = None
        if contact_at is not None and contact_at.tzinfo is None:
            raise Refusal(422, "bad_time", "Intake-Contact-At needs its zone (RFC 3339).")
        held = await self.office.take(await request.body(), request.headers.get("intake-brand", ""), contact_at)
        return said({"held": [{"id": each.id, "reference": each.reference} for each in held]}, 201)

    async def explain(self, request: Request) -> Response:
        """What would be done with a mail; nothing is."""
        who = await self.operator(request)
        message = await self.office.read(await request.body(), request.headers.get("intake-brand", ""))
        rules, now = self.rules, self.office.now()
        found = await self.read(
            lambda connection: trying.tried(
                connection, self.office.desk, message, now, key=rules.key, installation=self.office.installation
            )
        )
        await self.audit(who, "", "explain")
        about = message.model_dump(mode="json", include={"id", "brand", "channel", "contact_at", "remarks"})
        return said({"message": about, **found})


def _sequence(written: str) -> int | None:
    """The sequence of an entity tag; None for none and for `*`. A weak tag matches nothing (RFC 9110, 13.1.1)."""
    if written in {"", "*"}:
        return None
    inner = written.removeprefix('"').removesuffix('"')
    return int(inner) if inner.isascii() and inner.isdecimal() and len(inner) < 10 else -1  # noqa: PLR2004


def refused(outcome: Outcome, rules: Rules, *, matched: bool = False) -> Refusal:
    """What a refused command is answered with. `matched`: its sequence came by If-Match."""
    say = rules.notices.say("en")
    sentences = [_SENTENCES.get(outcome.reason) or say("refusals", outcome.reason)]
    if outcome.missing:
        missing = [f"{say('parts', each)} ({each})" for each in outcome.missing]
        sentences.append(f"Missing: {', '.join(missing)}.")
    if outcome.instead:
        sentences.append(f"There are: {', '.join(outcome.instead)}.")
    if outcome.clause:
        sentences.append(f"Clause: {outcome.clause}.")
    status = _STATUS.get(outcome.reason, 422)
    if matched and outcome.reason == "case_has_moved_on":
        status = 412
    more = {
        "reason": outcome.reason,
        "missing": list(outcome.missing),
        "instead": list(outcome.instead),
        "clause": outcome.clause,
        "reference": outcome.reference,
    }
    return Refusal(status, outcome.reason, " ".join(sentences), more=more)
