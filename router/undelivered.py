"""A letter did not reach the customer: what follows (R-8). Pure.

Rules
-----
1. The same letter goes to the next address of the same contact, each once; none is guessed, none is of another case.
   Where the provider says afterwards that its time for words of ours was over (`window_closed`), it goes to the same
   address once more before that, as an approved template; a connector that has none refuses it at once.
2. The handler hears of it. Where no address is left they get a task to find a way to the customer; one is enough until
   it is done.
3. Clocks are nothing of ours here: that the letter was sent is taken back by `notice.failed`.
"""

from __future__ import annotations

from datetime import datetime

from intake_daemon.message import Address, Message
from router import paper
from router.case import Case
from router.contact import correspondent
from router.owing import Owing, notice_id
from router.rules import Rules
from router.turn import CLOSED, WINDOW, Decided, Intent, NoticeRow


def undelivered(
    case: Case,
    row: NoticeRow,
    contact: Message | None,
    rules: Rules,
    at: datetime,
    *,
    code: str = "",
    taken: bool = False,
) -> tuple[tuple[Decided, ...], tuple[Intent, ...]]:
    """Events and notices; nothing for a letter to staff, and of an erased case. A question to
    somebody outside the company becomes a task. `taken`: the provider had taken it, and says so afterwards."""
    if row.intent is not None and row.intent.data.get("outside") and not case.erased:
        owing = Owing(rules, case.brand, contact, case.language)
        owner = next(iter(rules.in_role("handler", case)), case.handler or "")
        return paper.task(owing, "consult", owner=owner, cause=row.intent.cause, now=at, content=row.intent.said)
    if row.staff is not None or row.intent is None or contact is None or case.erased:
        return (), ()
    if template := _by_template(row.intent, code, taken=taken or row.state in {"sent", "unknown"}):
        return (), (template,)
    owing = Owing(rules, case.brand, contact, case.language)
    owner = next(iter(rules.in_role("handler", case)), case.handler or "")
    again = _again(case, row.intent, contact, rules)
    if again is not None:
        told = owing.staff("addition", [owner], cause=f"{row.id}/undelivered", data={"remarks": ["undelivered"]})
        return (), (again, *told)
    if any(task.kind == "unreachable" for task in case.tasks):
        return (), ()
    return paper.task(owing, "unreachable", owner=owner, cause=row.id, now=at)


def _by_template(intent: Intent, code: str, *, taken: bool) -> Intent | None:
    """The same letter to the same address, where only now is known that its words could not go. What is refused at once
    was tried so by its connector."""
    if not taken or code != "window_closed" or intent.data.get(WINDOW) == CLOSED:
        return None
    update = {
        "id": notice_id(intent.purpose, f"{intent.id}/template"),
        "data": {**intent.data, WINDOW: CLOSED},
        "printed": {},
        "held": "",
        "wait": 1.0,  # rendered by who releases it, from the record
    }
    return intent.model_copy(update=update)


def _again(case: Case, intent: Intent, contact: Message, rules: Rules) -> Intent | None:
    """The same letter to the address after the one that failed."""
    ways = rules.outgoing[case.brand]
    known = {
        correspondent(rules.key, case.brand, each.kind, each.value): each
        for each in addresses(contact)
        if each.kind in ways
    }
    order = [*known]
    left = order[order.index(intent.recipient) + 1 :] if intent.recipient in order else order
    if not left:
        return None
    key = left[0]
    update = {
        "id": notice_id(intent.purpose, f"{intent.id}/{key}"),
        "contact": contact.id,
        "recipient": key,
        "connector": ways[known[key].kind],
        "data": {name: value for name, value in intent.data.items() if name != WINDOW},
        "printed": {},
        "held": "",
        "wait": 0,
    }
    return intent.model_copy(update=update)


def addresses(contact: Message) -> tuple[Address, ...]:
    """Where who wrote it can be reached: where they want the answer first."""
    first = contact.reply_to.address if contact.reply_to else None
    return tuple(dict.fromkeys((*([first] if first else []), *contact.sender.addresses)))
