"""Commands in public: their JSON Schema, and docs/commands.md."""

from __future__ import annotations

from typing import Any, get_args

from router.case import State
from router.case.case import OPEN
from router.commands import ROLES, TABLE, Ability

_INTRO = """# Commands

{made}

What a person, or a case system, can do with a case. Every door runs the same function: the command line
(`intake do REFERENCE COMMAND name=value … --as WHO`), HTTP (`POST /api/v1/cases/REFERENCE/commands`), the exchange
`intake.commands` (routing key `<brand>.<command>`), and an answer to one of our mails.

```json
{{"id": "42", "reference": "WLZ-4T7K-Q9MX-2RH0", "command": "extend", "actor": "ilze",
 "data": {{"new_date": "2026-12-18", "reason": "complex", "progress": "The laboratory has the sample."}}}}
```

- `id`: a command is done once per id, however often it is sent; ids belong to who acts.
- `actor`: who acts, an id of `handlers.yaml`, with its brands and roles. Whom the complaint names may do nothing
  with it (L-09, A-07, K-22).
- `expects`: the case's `sequence` as it was read; refused with `case_has_moved_on` where something has happened since.
- `data`: the fields below. One that is not known is refused, and the answer says which ones are; a blank text counts
  as not given; of a list a single entry may be given alone. A time has its zone: `2026-12-18T14:30:00Z`.

What is done is events ([events.md](events.md)). What is refused changes nothing: `reason` is a code, `missing` names
what lacks, `instead` what may be written, `clause` the clause of the policy that asks for it.

The roles are {roles}. A case is open in the states {states}.
"""


def schema() -> dict[str, Any]:
    """The data of every command, by its name."""
    shared: dict[str, Any] = {}
    made = {}
    for name, ability in TABLE.items():
        one = ability.takes.model_json_schema(ref_template="#/$defs/{model}")
        shared.update(one.pop("$defs", {}))
        made[name] = {**one, "title": name, "description": _told(ability)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "intake.commands",
        "type": "object",
        "properties": made,
        "$defs": shared,
    }


def page(made: str) -> str:
    """docs/commands.md."""
    parts = [
        _INTRO.format(
            made=made, roles=", ".join(ROLES), states=", ".join(f"`{each}`" for each in get_args(State) if each in OPEN)
        )
    ]
    parts += [f"## `{name}`\n\n{_told(each)}\n\n{_who(each)}\n\n{_fields(each)}" for name, each in TABLE.items()]
    return "\n".join(parts).rstrip() + "\n"


def _told(ability: Ability) -> str:
    return " ".join((ability.do.__doc__ or "").split())


def _who(ability: Ability) -> str:
    roles = [role for role in ROLES if role in ability.may]
    lacks = [role for role in ROLES if role not in ability.may]
    by = ", ".join(roles) if len(roles) < len(lacks) else f"all roles{_but(lacks)}"
    states = get_args(State)
    when = [state for state in states if state in ability.when]
    if len(when) == len(states):
        return f"By {by}; in any state."
    open_ = [state for state in when if state in OPEN] if ability.when >= OPEN else []
    named = [*(["open"] if open_ else []), *(f"`{state}`" for state in when if state not in open_)]
    return f"By {by}; while the case is {' or '.join([', '.join(named[:-1]), named[-1]] if named[1:] else named)}."


def _but(lacks: list[str]) -> str:
    return f" but {', '.join(lacks)}" if lacks else ""


def _fields(ability: Ability) -> str:
    made = ability.takes.model_json_schema()
    if not made.get("properties"):
        return "No data.\n"
    rows = ["| field | | |", "|---|---|---|"]
    for name, field in made["properties"].items():
        must = "needed" if name in made.get("required", ()) else ""
        words = " ".join(str(field.get("description", "")).split())
        choice = _choice(field, made.get("$defs", {}))
        rows.append(f"| `{name}` | {must} | {words}{choice} |")
    return "\n".join(rows) + "\n"


def _choice(field: dict[str, Any], shared: dict[str, Any]) -> str:
    """The words that a field knows, or the fields that stand in it."""
    for each in (field, field.get("items", {}), *field.get("anyOf", ())):
        if "enum" in each:
            return f" One of {', '.join(f'`{word}`' for word in each['enum'])}."
        if "$ref" in each:
            inner = shared[each["$ref"].rpartition("/")[2]]["properties"]
            return " " + " ".join(f"`{name}`: {said.get('description', '')}" for name, said in inner.items())
    return ""
