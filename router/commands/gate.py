"""The gate before every command: which case, who acts, whether the data can be read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from intake_daemon.message import Command
from intake_daemon.settings.saying import keys_at
from router.case import Case
from router.commands import customers
from router.commands.data import Data, given
from router.commands.doing import Doing, Refused
from router.commands.table import TABLE, Ability
from router.contact import command_key
from router.rules import Rules
from router.turn import Effects, Keys, Knowledge

ENDING = frozenset({"close", "decline_help"})
"""Commands that end a case: then the customer may be asked how it was."""
FILES = frozenset({"release_file"})
"""Commands about a file of the case."""
MOVES = frozenset({"part", "verify_sender"})
"""Commands that give a contact to another case."""


def keys(value: Command) -> Keys:
    """What to lock and look up for a command: its case, another that it names, a contact that it names."""
    other, contact = (value.data.get(name) for name in ("reference", "message"))
    if value.command == "back":  # of a contact that a rule set aside there is no case yet
        contact = value.data.get("contact")
    named = (value.reference, *([other] if isinstance(other, str) and other else []))
    return Keys(
        references=tuple(dict.fromkeys(named)),
        files=value.command in FILES,
        moves=value.command in MOVES,
        command=command_key(value),
        closes=value.command in ENDING,
        looked_up=(contact,) if isinstance(contact, str) and contact else (),
        contact=contact if value.command == "back" and isinstance(contact, str) else None,
    )


def command(value: Command, knows: Knowledge, rules: Rules, now: datetime) -> Effects:
    """What somebody wants done, or why it is not."""
    case = _case(value, knows)
    if case is None:
        return Effects("refused", "no_such_case", reference=value.reference)
    doing = Doing(value, case, knows, rules, now)
    try:
        if value.actor == customers.CUSTOMER:
            return customers.act(doing)
        ability = _allowed(doing)
        return ability.do(doing, _data(doing, ability))
    except Refused as refused:
        return Effects(
            "refused",
            refused.reason,
            reference=case.reference,
            brand=case.brand,
            missing=refused.missing,
            clause=refused.clause,
            instead=refused.instead,
        )


def _case(value: Command, knows: Knowledge) -> Case | None:
    """The case of the reference; `by_reference` holds only those of the brand that the command came under."""
    found = knows.named.get(value.reference) if knows.named else next(iter(knows.by_reference), None)
    return knows.cases.get(found) if found and found in knows.by_reference else None


def _allowed(doing: Doing) -> Ability:
    """Who may do what, and when. A person whom the complaint names may do nothing (L-09 A-07 K-22)."""
    case, value = doing.case, doing.value
    ability = TABLE.get(value.command)
    if ability is None:
        raise Refused("unknown_command", instead=TABLE)
    if value.actor in case.staff_named:
        raise Refused("not_allowed", clause=doing.clause("conflict"))
    if not doing.rules.may(value.actor, case.brand, ability.may):
        raise Refused("not_allowed")
    if value.expects is not None and value.expects != case.sequence:
        raise Refused("case_has_moved_on")
    if case.erased:
        raise Refused("erased")
    if case.state not in ability.when:
        raise Refused("wrong_state", clause=doing.clause(*ability.place) if ability.place else "")
    stage = doing.stage
    if ability.reviews and stage and stage.not_by and case.stage > 1 and value.actor == case.first_handler:
        raise Refused("same_handler", clause=doing.clause("stages", str(stage.id)))
    return ability


def _data(doing: Doing, ability: Ability) -> Data:
    """The data as its model. What is missing is told all at once; else what cannot be read, or is known to nobody."""
    try:
        return ability.takes.model_validate(given(doing.value.data))
    except ValidationError as bad:
        faults = bad.errors(include_url=False, include_context=True)
    parts = ability.takes.parts
    missing = [fault for fault in faults if fault["type"] == "missing"]
    names = tuple(dict.fromkeys(_part(fault["loc"], parts) for fault in missing))
    strange = next((fault for fault in faults if fault["type"] == "extra_forbidden"), None)
    if strange is not None:
        level = keys_at(ability.takes, strange["loc"][:-1])
        raise Refused("unknown_key", str(strange["loc"][-1])[:64], instead=level)
    if names:
        raise Refused(ability.lacks, *names, clause=doing.clause(*ability.place) if ability.place else "")
    fault = faults[0]
    raise Refused("bad_value", _part(fault["loc"], parts), instead=_instead(fault))


def _part(loc: tuple[int | str, ...], parts: Any) -> str:  # noqa: ANN401 -- a mapping of names
    name = next((str(each) for each in loc if isinstance(each, str)), "data")
    return str(parts.get(name, name))


_FORMS = {
    "date": "2026-12-18",
    "datetime": "2026-12-18T14:30:00Z",
    "timezone": "2026-12-18T14:30:00Z",
    "bool": "true",
    "int": "1",
}


def _instead(fault: Any) -> tuple[str, ...]:  # noqa: ANN401 -- pydantic's
    kind = str(fault["type"])
    if kind in {"literal_error", "enum"}:
        words = str(fault["ctx"]["expected"]).replace(" or ", ", ").split(", ")
        return tuple(word.strip("'") for word in words)
    form = next((form for name, form in _FORMS.items() if kind.startswith(name)), "")
    return (form,) if form else ()
