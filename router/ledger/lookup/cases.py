"""Cases: the list, one case with its timeline, the content that one event names."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from intake_daemon.events import Event
from intake_daemon.memory.tables import sends
from intake_daemon.message import utc
from intake_daemon.reference import read_reference
from router.case import Case
from router.ledger import tables


def moment(seconds: float) -> str:
    """A time of the tables as it is written everywhere else."""
    return utc(datetime.fromtimestamp(seconds, UTC))


def find(connection: sa.Connection, typed: str, prefixes: Collection[str]) -> str | None:
    """The id of the case that a reference means, as somebody typed it; also a contact's own, which stays an alias."""
    wanted = [read for prefix in prefixes if (read := read_reference(prefix, typed))]
    query = sa.select(tables.aliases.c.case_id).where(tables.aliases.c.reference.in_(wanted))
    first: str | None = connection.execute(query).scalars().first()
    return first


def case(connection: sa.Connection, case_id: str) -> Case | None:
    """The folded state of one case."""
    query = sa.select(tables.cases.c.body).where(tables.cases.c.id == case_id)
    body = connection.execute(query).scalar_one_or_none()
    return None if body is None else Case.model_validate_json(body)


def found(
    connection: sa.Connection,
    *,
    brands: Collection[str],
    handler: str | None = None,
    state: str | None = None,
    is_open: bool | None = None,
    limit: int = 50,
) -> list[Case]:
    """Cases of these brands, the newest first."""
    cases = tables.cases
    query = sa.select(cases.c.body).where(cases.c.brand.in_(list(brands)))
    if handler is not None:
        query = query.where(cases.c.handler == handler)
    if state is not None:
        query = query.where(cases.c.state == state)
    if is_open is not None:
        query = query.where(cases.c.open == is_open)
    rows = connection.execute(query.order_by(cases.c.opened_at.desc(), cases.c.id).limit(limit)).scalars()
    return [Case.model_validate_json(body) for body in rows]


def listing(connection: sa.Connection, *, brands: Collection[str], **asked: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- as `found`
    """The same as JSON."""
    return [plain(each) for each in found(connection, brands=brands, **asked)]


def plain(each: Case) -> dict[str, Any]:
    """A case as JSON."""
    return {**each.model_dump(mode="json"), "open": each.open}


def history(connection: sa.Connection, case_id: str) -> list[Event]:
    """Every event of a case, in order."""
    query = sa.select(tables.events.c.body).where(tables.events.c.case_id == case_id)
    bodies = connection.execute(query.order_by(tables.events.c.sequence)).scalars()
    return [Event.model_validate_json(body) for body in bodies]


def whole(connection: sa.Connection, case_id: str, *, words: bool, reader: str = "") -> dict[str, Any] | None:
    """A case with its references, timeline and notices; with `words` also what the timeline's events name. `reader`:
    who looks; an earlier complaint about them is not there for them."""
    here = case(connection, case_id)
    if here is None:
        return None
    events = history(connection, case_id)
    named = {key: value for event in events for key, value in content(connection, event).items()} if words else {}
    query = sa.select(tables.aliases.c.reference).where(tables.aliases.c.case_id == case_id)
    aliases = sorted(set(connection.execute(query).scalars()) - {here.reference})
    return {
        **plain(here),
        "aliases": aliases,
        "earlier": earlier(connection, here, reader),
        "timeline": [event.model_dump(mode="json", exclude={"case", "reference", "brand"}) for event in events],
        "notices": notices(connection, [case_id]),
        "contents": named,
    }


_EARLIER = 20


def earlier(connection: sa.Connection, here: Case, reader: str) -> list[dict[str, Any]]:
    """What the same person wrote to the brand before, the latest first: what everybody of it may know (W-10)."""
    mine, theirs = tables.correspondents.alias(), tables.correspondents.alias()
    t = tables.cases
    query = (
        sa.select(t.c.body)
        .where(
            t.c.brand == here.brand,
            t.c.opened_at < here.opened_at.timestamp(),
            t.c.id.in_(
                sa.select(theirs.c.case_id)
                .join(mine, mine.c.correspondent == theirs.c.correspondent)
                .where(mine.c.case_id == here.id, theirs.c.case_id != here.id)
            ),
        )
        .order_by(t.c.opened_at.desc(), t.c.id)
        .limit(_EARLIER)
    )
    found = (Case.model_validate_json(body) for body in connection.execute(query).scalars())
    return [
        {"reference": each.reference, "topic": each.topic, "state": each.state, "opened_at": utc(each.opened_at)}
        for each in found
        if reader not in each.staff_named
    ]


def event(connection: sa.Connection, case_id: str, sequence: int) -> Event | None:
    """The n-th event of a case."""
    here = (tables.events.c.case_id == case_id) & (tables.events.c.sequence == sequence)
    body = connection.execute(sa.select(tables.events.c.body).where(here)).scalar_one_or_none()
    return None if body is None else Event.model_validate_json(body)


def named_by(happened: Event) -> list[str]:
    """Ids of the content that an event names."""
    return [str(happened.data[key]) for key in ("message", "notice", "content") if happened.data.get(key)]


def content(connection: sa.Connection, happened: Event) -> dict[str, dict[str, Any]]:
    """What an event names, by id: `kind` (`message`, `notice`, `note`) and `body`. Words of people."""
    stored = tables.content
    query = sa.select(stored.c.id, stored.c.kind, stored.c.body).where(stored.c.id.in_(named_by(happened)))
    rows = connection.execute(query.where(stored.c.case_id == happened.case))
    return {row.id: {"kind": row.kind, "body": _readable(row.kind, row.body)} for row in rows}


def _readable(kind: str, body: str) -> object:
    return {"text": body} if kind == "note" else json.loads(body)


def notices(connection: sa.Connection, cases: Sequence[str]) -> list[dict[str, Any]]:
    """The notices of these cases, oldest first, with the last receipt and how often each was begun."""
    query = sa.select(tables.notices).where(tables.notices.c.case_id.in_(list(cases)))
    rows = connection.execute(query.order_by(tables.notices.c.created_at, tables.notices.c.id)).all()
    begun = sa.select(sends).where(sends.c.notice.in_([row.id for row in rows]))
    sent = {row.notice: row for row in connection.execute(begun)}
    return [_notice(row, sent.get(row.id)) for row in rows]


def _notice(row: sa.Row[Any], begun: sa.Row[Any] | None) -> dict[str, Any]:
    receipt = json.loads(begun.receipt) if begun is not None and begun.receipt else None
    return {
        "id": row.id,
        "purpose": row.purpose,
        "to": row.staff or "customer",
        "connector": row.connector,
        "language": row.language,
        "state": row.state,
        "created_at": moment(row.created_at),
        "not_before": moment(row.not_before),
        "attempts": begun.attempts if begun is not None else 0,
        "receipt": {key: receipt[key] for key in ("outcome", "at", "code", "provider_id")} if receipt else None,
    }
