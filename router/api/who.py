"""Who asks: the operator on the unix socket, as whom, and what that principal may see.

Rules
-----
1. Whoever reaches the unix socket runs as the daemon's own user: the operator. `Intake-As` names as which principal of
   handlers.yaml they act; without it they see everything but words of people.
2. On the TCP listener nobody is known until tokens come: 401.
3. A case of another brand does not exist (404); one's own without the right to read its words is 403.
4. Words are read by whom the policy's `privacy.readers` names: `handler` is everybody who works on cases of the brand,
   `assigned` the case's own handler; and by the brand's case systems, which read for them (`dataref`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from starlette.requests import Request

from router.api.answers import Refusal
from router.case import Case
from router.rules import Rules

_WORKING = frozenset({"handler", "manager", "customer_service_manager", "department_head", "legal"})
LOCAL = "operator"
"""What the operator without a name is called in the audit."""


@dataclass(frozen=True)
class Caller:
    """A principal; `brands`: whose cases exist for them."""

    id: str
    brands: Collection[str]
    roles: Collection[str]
    named: bool


def caller(request: Request, rules: Rules) -> Caller:
    """Raises Refusal 401 for a stranger, 403 for a name that handlers.yaml does not have."""
    server = request.scope.get("server")
    if not server or server[1] is not None:  # a port: somebody from the network
        raise Refusal(401, "no_token", "Tokens come with a later version. Use the `intake` command on this machine.")
    name = request.headers.get("intake-as", "")
    if not name:
        return Caller(LOCAL, tuple(rules.brands), ("operator",), named=False)
    principal = rules.staff.principal(name)
    if principal is None:
        known = ", ".join(sorted({*rules.staff.handlers, *rules.staff.principals}))
        raise Refusal(403, "unknown_principal", f"handlers.yaml has no {name!r}. It has: {known}.")
    return Caller(principal.id, principal.brands, principal.roles, named=True)


def may_read(who: Caller, case: Case, rules: Rules) -> bool:
    """Whether the policy lets them read this case's words."""
    if case.brand not in who.brands:
        return False
    policy = rules.policies.brand(case.brand)
    readers = policy.privacy.readers
    roles = set(who.roles)
    return (
        ("handler" in readers and bool(roles & _WORKING))
        or ("assigned" in readers and case.handler == who.id)
        or "case_system" in roles
    )
