"""The answer to a letter of ours to staff: a command, the answer to a consultation, or a note of the case; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from intake_daemon import events
from intake_daemon.message import Command, Message
from router import commands, decide
from router.case import Case
from router.desk_mail.line import Written, written
from router.desk_mail.reporting import reported
from router.owing import Owing
from router.paper import number
from router.rules import Rules
from router.turn import Decided, Effects, Keys, NoticeRow, Turn

_PARTS = ("decision", "reasons", "actions_taken", "next_step")


def keys(message: Message, found: Keys, rules: Rules) -> Keys:
    """What a mail of staff needs besides: the contact that their command may answer, and what it names."""
    address = message.sender.address("email") or ""
    known = rules.staff.by_address(address) is not None
    if not known and address.rpartition("@")[2] not in rules.brands[message.brand].staff_domains:
        return found
    said = written(message.new_words, rules) if found.notices and message.automatic.kind == "no" else None
    named = str(said.data.get("message", "")) if said else ""
    return replace(
        found,
        acts=True,
        closes=said is not None and said.command in commands.ENDING,
        files=said is not None and said.command in commands.FILES,
        moves=said is not None and said.command in commands.MOVES,
        looked_up=(named,) if named else (),
    )


def from_staff(turn: Turn, rules: Rules) -> Turn:
    """The Turn decided whole where staff act; what an employee reports becomes a complaint of somebody else."""
    if turn.effects is not None or not turn.staff or turn.sort == "machine":
        return turn
    if turn.case is None:
        return _without_case(turn, rules)
    if turn.sort != "note":
        return turn
    kept = decide.decide(turn, rules).effects
    if kept is None or turn.case.erased:
        return turn
    effects = _meant(turn, turn.case, kept, rules)
    turn = turn.found(f"staff: {effects.reason}")
    return replace(turn, effects=replace(effects, findings=turn.findings))


def _without_case(turn: Turn, rules: Rules) -> Turn:
    """An answer to a list, or to a letter of a case that is not this brand's, lies aside for a person (AT-X27)."""
    if any(row.staff is not None for row in turn.knows.notices.values()):
        turn = turn.found("staff: an answer to a letter that belongs to no case")
        effects = Effects("aside", "staff", brand=turn.message.brand, findings=turn.findings)
        return replace(turn, effects=effects)
    return reported(turn, rules)


def _meant(turn: Turn, case: Case, kept: Effects, rules: Rules) -> Effects:
    """What a mail of staff means for its case. `kept`: as a note, which it is where it means nothing else."""
    if _to_the_customer(turn, case):
        return replace(kept, reason="correspondence")
    rows = [row for row in turn.knows.notices.values() if row.case == case.id and row.staff is not None]
    who = rules.staff.by_address(turn.message.sender.address("email") or "")
    for row in rows:
        if row.purpose == "consultation" and row.intent and (who is None or who in _got([row], case, rules)):
            return _consulted(turn, case, kept, row.intent.cause, rules)
    said = written(turn.message.new_words, rules)
    if who is None or said is None or not rows:
        return kept
    if who not in _got(rows, case, rules):
        return _refused(turn, case, kept, said, Effects("refused", "not_allowed"), who, rules)
    return _acted(turn, case, kept, said, who, rules)


def _got(rows: Iterable[NoticeRow], case: Case, rules: Rules) -> set[str]:
    """Who got these letters: whom they were meant for, or who was reached in their place."""
    meant = [row.staff for row in rows if row.staff]
    return {person for each in meant for person in (each, rules.reached(each, case.team or ""))}


def _to_the_customer(turn: Turn, case: Case) -> bool:
    """Whether it went to the customer, with us in copy."""
    contact = turn.knows.contacts.get(case.id)
    theirs = {(each.kind, each.value.casefold()) for each in contact.sender.addresses} if contact else set()
    return any((each.kind, each.value.casefold()) in theirs for each in turn.message.recipients)


def _acted(turn: Turn, case: Case, kept: Effects, said: Written, who: str, rules: Rules) -> Effects:
    """The command, as from every other door."""
    knows, message = turn.knows, turn.message
    if said.refused:
        early = Effects("refused", said.refused, missing=said.missing, instead=said.instead)
        return _refused(turn, case, kept, said, early, who, rules)
    mine = replace(
        knows, named={**knows.named, case.reference: case.id}, by_reference=(*knows.by_reference, case.id)
    )  # fmt: skip
    value = Command(
        id=message.id,
        reference=case.reference,
        command=said.command,
        actor=who,
        data=dict(said.data),
        at=message.received_at,
    )
    done = commands.command(value, mine, rules, turn.now)
    lacks = tuple(part for part in _PARTS if part not in said.data) if said.command == "answer" and said.left else ()
    if done.disposition != "refused" and lacks:  # words that would not be told
        done = Effects("refused", "missing", missing=lacks)
    if done.disposition == "refused":
        return _refused(turn, case, kept, said, done, who, rules)
    # its words are in the command; what it had no place for stays a note
    joined = kept.decided if said.left else tuple(d for d in kept.decided if d.fact.type_ != events.NoteAdded.type_)
    return replace(
        done,
        disposition="joined",
        reason=f"command {said.command}",
        decided=(*joined, *done.decided),
        threads=kept.threads,
        topic=kept.topic,
        team=kept.team,
        handler=kept.handler,
        language=kept.language,
    )


def _refused(turn: Turn, case: Case, kept: Effects, said: Written, why: Effects, who: str, rules: Rules) -> Effects:
    """Not done: told by mail at once, to the handler's own address; the mail stays a note of the case."""
    data = {
        "command": said.command.replace("_", " "),
        "because": why.reason,
        "missing": list(why.missing),
        "clause": why.clause,
        "instead": list(why.instead),
    }
    owing = Owing(rules, case.brand, turn.message, case.language)
    told = tuple(owing.staff("refusal", [who], cause=turn.message.id, data=data))
    return replace(kept, reason=f"refused {why.reason}", intents=told)


def _consulted(turn: Turn, case: Case, kept: Effects, consultation: str, rules: Rules) -> Effects:
    """The answer of whom a handler asked: it ends the consultation, and goes to the handler (L-10 W-11)."""
    closed = events.ConsultationClosed(consultation=consultation, answered=True)
    done = [
        events.TaskDone(task=each.id, by="handler") for each in case.tasks if each.id == number("consult", consultation)
    ]
    facts = [closed, *done] if consultation in case.consultations else []
    decided = [Decided(fact, turn.message.received_at, "handler") for fact in facts]
    owing = Owing(rules, case.brand, turn.message, case.language)
    told = owing.staff("addition", rules.in_role("handler", case), cause=turn.message.id)
    return replace(kept, reason="consulted", decided=(*kept.decided, *decided), intents=tuple(told))
