"""Rows as the tables keep them, and how they are inserted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from intake_daemon import events as facts
from intake_daemon.contract import EVENTS
from intake_daemon.message import Address, Message, Notice
from intake_daemon.reference import token
from router.case import Case
from router.turn import CLOSED, WINDOW, ClockRow, Effects, Intent, NoticeRow, Words


def case_row(case: Case) -> dict[str, Any]:
    """A case as its projection row."""
    return {
        "id": case.id,
        "reference": case.reference,
        "brand": case.brand,
        "sequence": case.sequence,
        "state": case.state,
        "handler": case.handler,
        "open": case.open,
        "opened_at": case.opened_at.timestamp(),
        "body": case.model_dump_json(),
    }


def insert_new(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert, leaving alone what is there: the first that had the key keeps it."""
    if not rows:
        return
    columns = ", ".join(rows[0])
    marks = ", ".join(f":{name}" for name in rows[0])
    connection.execute(
        sa.text(f"INSERT INTO {table.name} ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING"),  # noqa: S608 -- our own names
        list(rows),
    )


def notice_row(row: sa.Row[Any]) -> NoticeRow:
    """A notice from its row."""
    plain = row._mapping  # noqa: SLF001 -- SQLAlchemy's public name begins so
    intent = Intent.model_validate_json(plain["intent"])
    return NoticeRow.model_validate({**plain, "case": plain["case_id"], "intent": intent})


def notice_of(case: Case, intent: Intent, words: Words, key: bytes, now: datetime) -> Notice:
    """A rendered notice as it travels to its connector."""
    return Notice(
        id=intent.id,
        case=case.id,
        reference=case.reference,
        brand=case.brand,
        purpose=intent.purpose,
        connector=intent.connector,
        to=Address(kind=words.to_kind, value=words.to_value),
        sender_name=words.sender_name,
        sender_address=words.sender_address,
        subject=words.subject,
        text=words.text,
        language=intent.language,
        token=token(key, intent.id),
        automatic=intent.automatic,
        in_reply_to=words.in_reply_to,
        references=words.references,
        thread=words.thread,
        window_closed=intent.data.get(WINDOW) == CLOSED,
        created_at=now,
    )


def contact_row(message: Message, external: str, effects: Effects, now: datetime, *, erased: bool) -> dict[str, Any]:
    """A contact as its row: what came in, and what became of it."""
    return {
        "id": message.id,
        "brand": message.brand,
        "connector": message.connector,
        "channel": message.channel,
        "external": external,
        "reference": message.reference,
        "received_at": message.received_at.timestamp(),
        "contact_at": message.contact_at.timestamp(),
        "decided_at": now.timestamp(),
        "disposition": effects.disposition,
        "reason": effects.reason,
        "case_id": effects.case,
        "part_of": effects.part_of,
        "seen": 1,
        "raw": message.raw,
        "findings": json.dumps(effects.findings),
        "erased": erased,
    }


def clock_row(case: Case, row: ClockRow) -> dict[str, Any]:
    """A clock as its row."""
    return {
        "case_id": case.id,
        "law": row.law,
        "clock": row.clock,
        "cycle": row.cycle,
        "brand": case.brand,
        "state": row.state,
        "basis": row.basis,
        "due": row.due.timestamp() if row.due else None,
        "wakes": row.wakes.timestamp(),
    }


def unique(values: Iterable[str]) -> list[str]:
    """Each once, sorted: the one order in which everybody locks."""
    return sorted(set(values))


def outgoing(
    case_id: str, message_id: str, exchange: str, key: str, body: bytes, sequence: int | None
) -> dict[str, object]:
    """Of the outbox: one letter to the broker. Who has no queue for an event need not have one."""
    return {
        "case_id": case_id,
        "sequence": sequence,
        "message_id": message_id,
        "exchange": exchange,
        "key": key,
        "content_type": facts.CONTENT_TYPE if exchange == EVENTS else "application/json",
        "mandatory": exchange != EVENTS,
        "body": body.decode(),
    }
