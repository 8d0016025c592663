"""Tokens: how a principal of handlers.yaml is known over the network (`/api`), one row each.

    intake_3f9c01d2a4b7_<43 symbols>      `intake`, the token's id, 256 random bits

Rules
-----
1. A token is shown once, when it is made. Kept is the SHA-256 of its secret: 256 random bits need no slower hash.
2. A row is found by the token's id, which is no secret and stands in every list; the secret is compared in constant
   time, also where there is no such row.
3. Every token expires. Revoking holds from the next request on, in every process: nothing of it is cached.
4. What a token may do is what its principal may do, today.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from intake_daemon.message import utc
from router.ledger.tables import metadata

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Column("revoked_at", sa.Float),
    sa.Column("revoked_by", sa.Text),
)
MOST_DAYS = 366
"""A token that lives longer than a year is one that everybody has forgotten."""
_FORM = re.compile(r"intake_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_SECRET_BYTES = 32
_ID_BYTES = 6
_NOBODY = hashlib.sha256(b"").hexdigest()


class Shown(NamedTuple):
    """A token at the only moment at which it is whole."""

    id: str
    token: str
    expires_at: datetime


def create(connection: sa.Connection, principal: str, by: str, now: datetime, days: int) -> Shown:
    """A new token of a principal. `days` from now until it expires."""
    identity, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    expires = now + timedelta(days=days)
    row = {
        "id": identity,
        "digest": _digest(secret),
        "principal": principal,
        "created_at": now.timestamp(),
        "created_by": by,
        "expires_at": expires.timestamp(),
    }
    connection.execute(sa.insert(tokens), [row])
    return Shown(identity, f"intake_{identity}_{secret}", expires)


def principal_of(connection: sa.Connection, token: str, now: datetime) -> str | None:
    """Whose token this is; None for a wrong, an expired or a revoked one."""
    match = _FORM.fullmatch(token)
    if match is None:
        return None
    row = connection.execute(sa.select(tokens).where(tokens.c.id == match[1])).one_or_none()
    right = hmac.compare_digest(_digest(match[2]), row.digest if row else _NOBODY)
    if row is None or not right or row.revoked_at is not None or row.expires_at <= now.timestamp():
        return None
    return str(row.principal)


def listing(connection: sa.Connection, now: datetime) -> list[dict[str, Any]]:
    """Every token without its secret, the newest first; `state` is `valid`, `expired` or `revoked`."""
    rows = connection.execute(sa.select(tokens).order_by(tokens.c.created_at.desc(), tokens.c.id))
    return [_plain(row, now) for row in rows]


def revoke(connection: sa.Connection, identity: str, by: str, now: datetime) -> bool:
    """From now on it is nobody's; False where there is no such token. A second time changes nothing."""
    here = tokens.c.id == identity
    if connection.execute(sa.select(tokens.c.id).where(here)).one_or_none() is None:
        return False
    values = {"revoked_at": now.timestamp(), "revoked_by": by}
    connection.execute(sa.update(tokens).where(here, tokens.c.revoked_at.is_(None)).values(values))
    return True


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def _when(seconds: float) -> str:
    return utc(datetime.fromtimestamp(seconds, UTC))


def _plain(row: sa.Row[Any], now: datetime) -> dict[str, Any]:
    expired = row.expires_at <= now.timestamp()
    return {
        "id": row.id,
        "principal": row.principal,
        "state": "revoked" if row.revoked_at is not None else "expired" if expired else "valid",
        "created_at": _when(row.created_at),
        "created_by": row.created_by,
        "expires_at": _when(row.expires_at),
        "revoked_at": _when(row.revoked_at) if row.revoked_at is not None else None,
        "revoked_by": row.revoked_by,
    }
