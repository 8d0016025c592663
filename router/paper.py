"""What a person must do outside, and what goes by post because nobody can be reached otherwise. Pure.

Rules
-----
1. A task has an owner in a role of the policy, and they hear of it by mail; a case cannot close over an open one.
2. Where nobody can be answered, the notice becomes a letter: it is held under the mark `letter`, its words are kept for
   printing, and a task says so. Its `….sent` is written when a person says on which day it was dispatched (W-13 C-W6
   C-A3). Where no postal address is known either, the task is to call back who called, else to find a way to the
   customer (K-04).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from intake_daemon import events
from router.contact import correspondent
from router.owing import Automatic, Owing, notice_id
from router.turn import BY_POST, Decided, Intent

_TASK = 12
"""Digits of a task's number: it is typed into a mail."""
Owed = tuple[tuple[Decided, ...], tuple[Intent, ...]]
"""Events and notices."""


def number(kind: str, cause: str) -> str:
    """What a task is called: the same for the same cause."""
    return notice_id(f"task.{kind}", cause).replace("-", "")[:_TASK]


def task(
    owing: Owing,
    kind: str,
    *,
    owner: str,
    cause: str,
    now: datetime,
    actor: str = "daemon",
    due: datetime | None = None,
    content: str | None = None,
    notice: str | None = None,
) -> Owed:
    """A task, and the mail to its owner. `content`: id of its words (JSON with `words`)."""
    called = number(kind, cause)
    fact = events.TaskOpened(task=called, kind=kind, owner=owner, due=due, content=content, notice=notice)
    data = {"task": called, "kind": kind, "due": due.isoformat() if due else None}
    told = owing.staff("task", [owner], cause=f"{cause}/{called}", data=data, said=content)
    return (Decided(fact, now, actor),), tuple(told)


def told(
    owing: Owing,
    purpose: str,
    *,
    owner: str,
    cause: str,
    now: datetime,
    sends: str = "",
    automatic: Automatic = "no",
    data: Mapping[str, Any] | None = None,
    said: str | None = None,
    due: datetime | None = None,
) -> Owed:
    """The notice; or, where nobody can be answered, a letter and the task to post it. `owner`: whose task that is."""
    found = tuple(
        owing.customer(purpose, cause=cause, sends=sends, automatic=automatic, data=data, said=said),
    )
    message = owing.contact
    if found or message is None:
        return (), found
    address = next((each for each in message.sender.addresses if each.kind == "postal"), None)
    known = correspondent(owing.rules.key, owing.brand, address.kind, address.value) if address else ""
    letter = Intent(
        id=notice_id(purpose, cause),
        purpose=purpose,
        cause=cause,
        contact=message.id,
        connector=BY_POST,
        recipient=known,
        language=owing.language,
        automatic=automatic,
        sends=sends,
        data=dict(data or {}),
        said=said,
        held=BY_POST,
    )
    called = any(each.kind == "phone" for each in message.sender.addresses)
    kind = "letter" if address else "call_back" if called else "unreachable"
    opened, mails = task(owing, kind, owner=owner, cause=cause, now=now, due=due, notice=letter.id)
    return opened, (letter, *mails)
