"""Who asks, and whose words they may read.

Rules
-----
1. Whoever reaches the unix socket runs as the daemon's own user: the operator. `Intake-As` names as which principal of
   handlers.yaml they act; without it they see everything but words of people.
2. From the network everybody shows a token of a principal (RFC 6750, `Authorization: Bearer …`): 401 without, or with
   a wrong one. Wrong ones are counted per address and soon answered 429; a right one always passes, so nobody can lock
   out anybody else.
3. A case of another brand does not exist (404); one's own without the right to read it is 403, and written down.
4. Need to know (L-17 W-30): of a case read the handler who has it, those who had it, the managers of its team up to the
   root, operators, and principals with `content: true`. `privacy.readers` of the policy may leave out the first two.
   Everybody else of the brand gets reference, topic and dates.
5. Whom the complaint names reads nothing of it, whatever else they are (A-07 L-09 K-22), and is not told why.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from starlette.requests import Request

from intake_daemon import journal
from router.api.answers import Refusal
from router.api.office import Office
from router.case import Case
from router.ledger import tokens
from router.rules import Rules
from router.staff import Principal

LOCAL = "operator"
"""What the operator without a name is called in the audit."""
_BEARER = "bearer "
_CHALLENGE = {"www-authenticate": 'Bearer realm="intake"'}
_WRONG = {"www-authenticate": 'Bearer realm="intake", error="invalid_token"'}


@dataclass(frozen=True)
class Caller:
    """A principal; `brands`: whose cases exist for them."""

    id: str
    brands: Collection[str]
    roles: Collection[str]
    named: bool
    content: bool = False
    """Reads the words of every case of these brands."""
    here: bool = False
    """On the unix socket of this machine."""

    @property
    def operator(self) -> bool:
        """Whether they keep the daemon."""
        return "operator" in self.roles


async def caller(request: Request, office: Office) -> Caller:
    """Raises Refusal: 401 for a stranger, 429 for one who tries too often, 403 for a name that nobody has."""
    server = request.scope.get("server")
    here = server is not None and server[1] is None
    if "authorization" in request.headers or not here:
        return await _by_token(request, office)
    rules = office.rules()
    name = request.headers.get("intake-as", "")
    if not name:
        return Caller(LOCAL, tuple(rules.brands), ("operator",), named=False, here=True)
    principal = rules.staff.principal(name)
    if principal is None:
        known = ", ".join(sorted({*rules.staff.handlers, *rules.staff.principals}))
        raise Refusal(403, "unknown_principal", f"handlers.yaml has no {name!r}. It has: {known}.")
    return _as(principal, here=True)


async def _by_token(request: Request, office: Office) -> Caller:
    shown = request.headers.get("authorization", "")
    if shown[: len(_BEARER)].lower() != _BEARER:
        detail = "Show a token: Authorization: Bearer intake_… (intake token create WHO makes one)."
        raise Refusal(401, "no_token", detail, headers=_CHALLENGE)
    now, token = office.now(), shown[len(_BEARER) :].strip()
    found = await office.store.read(lambda connection: tokens.principal_of(connection, token, now))
    principal = office.rules().staff.principal(found) if found else None
    if principal is not None:
        return _as(principal)
    wait = office.strangers.wrong(request.client.host if request.client else "")
    if wait:
        journal.refused("api", "wrong_tokens", quiet=wait.told)
        headers = {"retry-after": str(wait.seconds)}
        raise Refusal(429, "too_many_wrong_tokens", "Too many wrong tokens from this address.", headers=headers)
    journal.refused("api", "wrong_token")
    detail = "This token is wrong, has expired or was revoked. See: intake token list"
    raise Refusal(401, "wrong_token", detail, headers=_WRONG)


def _as(principal: Principal, *, here: bool = False) -> Caller:
    return Caller(principal.id, principal.brands, principal.roles, named=True, content=principal.content, here=here)


def may_read(who: Caller, case: Case, rules: Rules) -> bool:
    """Whether this case's words are theirs to read."""
    if case.brand not in who.brands or who.id in case.staff_named or not who.named:
        return False
    if who.operator or who.content:
        return True
    readers = rules.policies.brand(case.brand).privacy.readers
    had_it = "assigned" in readers and who.id in case.handlers
    has_it = "handler" in readers and who.id == case.handler
    return has_it or had_it or who.id in rules.staff.above(case.team or "")


def may_look(who: Caller, case: Case, rules: Rules) -> bool:
    """Whether they see its course: events, codes, who has it. The operator of this machine sees that of every case."""
    return may_read(who, case, rules) or (not who.named and case.brand in who.brands)
