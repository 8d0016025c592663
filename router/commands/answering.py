"""The answer: what the policy wants it to state, in writing or by word of mouth; and what was solved at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import AwareDatetime

from intake_daemon import events
from router.commands.data import Data, Name, Text
from router.commands.doing import Doing, Refused, together
from router.news import automatic
from router.turn import BY_POST, Effects, NoticeRow

_SENT = "result.sent"


class Oral(Data):
    """The customer was told in person or by telephone; a written copy follows where they can be reached (W-13 K-18)."""

    agreed_with: Name | None = None
    """With whom it was agreed to answer so."""
    agreed_at: AwareDatetime | None = None
    """When it was agreed."""
    told_at: AwareDatetime | None = None
    """When they were told; now, by default."""


class Answer(Data):
    """The answer (L-12 W-12 W-15 A-15 K-17). What must not lack is the policy's to say."""

    decision: Text | None = None
    """What was decided."""
    reasons: Text | None = None
    """Why: what was found."""
    actions_taken: Text | None = None
    """What was done about it."""
    next_step: Text | None = None
    """What comes next."""
    outcome: Literal["upheld", "partly_upheld", "not_upheld"] | None = None
    """Whether the complaint was right."""
    oral: Oral | None = None
    """Where it was not given in writing."""


def answer(doing: Doing, data: Answer) -> Effects:
    """Answers the complaint, in the stage that it is in (L-12 W-12 W-15 A-15 K-17). What it must state, and whether it
    may be given orally, is the policy's to say (W-13 K-18)."""
    _complete(doing, data)
    unsent = _before(doing)
    words = data.model_dump(include={"decision", "reasons", "actions_taken", "next_step"})
    agreed = data.oral.agreed_with if data.oral else None
    content = doing.content("answer", {**{name: text or "" for name, text in words.items()}, "agreed_with": agreed})
    named: dict[str, object] = {"stage": doing.case.stage, "outcome": data.outcome or ""}
    if data.oral is None:
        told = doing.tell("result", sends=_SENT, data=named, said=content.id)
    else:
        told = _spoken(doing, data.oral, named, content.id)
    news = tuple(row.id for row in automatic(doing.case, doing.knows))
    return replace(told, contents=(content,), dropped=(*unsent, *news))


def _complete(doing: Doing, data: Answer) -> None:
    """What the policy wants stated, and recorded before (L-12 W-12 W-15 K-17 A-01)."""
    rule, clause = doing.policy.result, doing.clause("result")
    if "cause" in rule.needs and not doing.case.causes:
        raise Refused("missing", "cause", clause=clause)
    missing = [part for part in (*rule.must_state, "outcome") if getattr(data, part, None) is None]
    if missing:
        raise Refused("missing", *missing, clause=clause)


def _before(doing: Doing) -> tuple[str, ...]:
    """An answer that has not left is replaced; one on its way cannot be called back."""
    earlier = [row for row in doing.waiting if row.purpose == "result"]
    if any(row.state not in {"owed", "held"} for row in earlier):
        raise Refused("on_its_way")
    if any(row.connector == BY_POST for row in earlier):
        raise Refused("letter_waits", instead=["dispatch_letter"])
    return tuple(row.id for row in earlier)


def _spoken(doing: Doing, oral: Oral, named: dict[str, object], content: str) -> Effects:
    """Given by word of mouth; the written copy says so, and is no second answer."""
    tell = doing.policy.tell
    clause = doing.clause("tell")
    if tell.oral_if is not None and (oral.agreed_with is None or oral.agreed_at is None):
        raise Refused("no_agreement", "agreement", clause=clause)
    if tell.oral_if is None and (isinstance(tell.result, str) or "phone" not in (tell.result or ())):
        raise Refused("written_only", clause=clause or doing.clause("result"))
    at = oral.told_at or doing.at
    if at > doing.now or (oral.agreed_at is not None and oral.agreed_at > doing.now):
        raise Refused("not_yet", "agreement", clause=clause)
    copy = tuple(
        doing.owing.customer("result", cause=doing.key, automatic="no", data={**named, "oral": True}, said=content)
    )
    written = copy[0].id if copy else content
    fact = events.ResultSent.model_validate(
        {**named, "notice": written, "connector": "oral", "language": doing.case.language, "oral": True}
    )
    done = doing.done(fact, intents=copy)
    return replace(done, decided=tuple(replace(each, time=max(at, doing.case.opened_at)) for each in done.decided))


class AtOnce(Data):
    """Solved in the first contact (K-11)."""

    parts: ClassVar[Mapping[str, str]] = {"agreed_at": "agreement"}
    text: Text
    """What was done."""
    agreed_at: AwareDatetime
    """When the customer agreed that it is solved."""


def resolve_at_once(doing: Doing, data: AtOnce) -> Effects:
    """Records that it was solved in the first contact and the customer agrees; acknowledged and reported all the same
    (K-11)."""
    if data.agreed_at > doing.now:
        raise Refused("not_yet", "agreement")
    content = doing.content("action", {"text": data.text})
    fact = events.ComplaintResolvedAtOnce(by=doing.actor, content=content.id, agreed_at=data.agreed_at)
    return together(doing.done(fact, contents=(content,)), doing.news("answer"))


def unsent(rows: tuple[NoticeRow, ...], *purposes: str) -> tuple[str, ...]:
    """Notices of these purposes that have not left."""
    return tuple(row.id for row in rows if row.purpose in purposes and row.state in {"owed", "held"})
