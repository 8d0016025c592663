"""Mapping files: found, read, typed, compiled, and tried on their own examples. Every fault with its file and line.

`mapping: typeform` is one that we ship (mappings/); `mapping: hooks/shop.yaml` a file of the configuration's folder.
`like:` names another one whose words hold where a file says nothing; its examples are not taken over.
"""

from __future__ import annotations

from collections.abc import Mapping as Table_
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from connectors.hook.answers import text_of
from connectors.hook.body import opened, plain
from connectors.hook.canary import TRIAL, filled
from connectors.hook.drafting import Place, contact_at, draft, files_of, named_brand
from connectors.hook.expressions import Question, compiled
from connectors.hook.mapping import AnswersAt, Column, Item, Mapping
from connectors.hook.moments import moment
from connectors.hook.table import Answers, Example, Table
from intake_daemon.contract import Draft
from intake_daemon.errors import BadSettings, Fault
from intake_daemon.settings import Document, Loc, did_you_mean, open_document

SHIPPED = Path(__file__).parent / "mappings"
_INHERITED = ("signed", "channel", "file_hosts", "month_first", "when", "each", "answers", "canary")
_TOLD = (
    "id subject text sent_at contact_at language name email phone postal brand channel conversation danger edited "
    "files remarks"
).split()


def shipped() -> list[str]:
    """The mappings that come with us, `plain` last."""
    return sorted((file.stem for file in SHIPPED.glob("*.yaml")), key=lambda name: (name == "plain", name))


def load(name: str, folder: Path | None = None) -> Mapping:
    """A mapping by its shipped name or its file. Raises BadSettings with every fault of it."""
    if (SHIPPED / f"{name}.yaml").is_file():
        return _shipped(name)
    path = (folder or Path()) / name
    if not path.is_file():
        remedy = did_you_mean(name, shipped()) + " Or the name of a file in the configuration's folder."
        raise BadSettings([Fault(str(path), 0, f"there is no mapping {name!r}.", remedy)])
    return _load(path, folder)


@cache
def _shipped(name: str) -> Mapping:
    return _load(SHIPPED / f"{name}.yaml", None)


def _load(path: Path, folder: Path | None) -> Mapping:
    document = open_document(path)
    if not isinstance(document.data, dict):
        document.fault((), "a mapping holds keys with values.", "Begin with message:.")
        document.done()
    own = document.data
    if like := document.get(("like",)):
        document.data = _upon(load(str(like), folder).table, document.data)
    table = document.typed(Table)
    document.done()
    assert table is not None  # noqa: S101 -- without it there were faults
    mapping = _compiled(path.stem, table, document)
    document.done()
    _tried(mapping, document, path.parent)
    mapping = _with_canary(mapping, document, own="canary" in own)
    document.done()
    return mapping


def _upon(base: Table, own: dict[Any, Any]) -> dict[Any, Any]:
    """What a file says, upon another one."""
    under = base.model_dump(by_alias=True, exclude_unset=True)
    message = own.get("message")
    kept = {key: under[key] for key in _INHERITED if key in under}
    upon = {**under.get("message", {}), **message} if isinstance(message, dict) else under.get("message", {})
    return {**kept, **own, "message": upon if message is None or isinstance(message, dict) else message}


def _compiled(name: str, table: Table, document: Document) -> Mapping:
    def one(at: Loc, field: str, written: str) -> Question | None:
        return compiled(document, at, field, written) if written else None

    columns = []
    for at, field, said in table.columns():
        questions = [compiled(document, at, field, written) for written in said.expressions]
        columns.append(Column(field, tuple(each for each in questions if each is not None), said))
    return Mapping(
        name,
        table,
        tuple(columns),
        when=one(("when",), "when", table.when),
        recognise=one(("recognise",), "recognise", table.recognise),
        each=one(("each",), "each", table.each),
        answers=_answers(table.answers, document) if table.answers else None,
    )


def _answers(said: Answers, document: Document) -> AnswersAt | None:
    each = compiled(document, ("answers", "each"), "each", said.each)
    parts = {}
    for part in ("name", "key", "kind", "value"):
        written = getattr(said, part)
        field = "fields.value" if part == "value" else part
        if written and (question := compiled(document, ("answers", part), field, written)) is not None:
            parts[part] = question
    return AnswersAt(each, parts) if each and "value" in parts else None


def _with_canary(mapping: Mapping, document: Document, *, own: bool) -> Mapping:
    """`own`: the file says it itself. One that it has from another mapping need not fit what this one changes."""
    post = mapping.table.canary
    if post is None:
        return mapping
    body = plain(filled(post, TRIAL))
    items = [mapping.found(body, item) for item in mapping.items(body)]
    made = [draft(item, Place(channel=mapping.table.channel, month_first=mapping.table.month_first)) for item in items]
    if len(made) == 1 and _says_no_more(made[0]) and not any(files_of(items[0].fields.get("files"))):
        return replace(mapping, canary=post, canary_brand=named_brand(items[0]))
    if own:
        problem = f"this post gives {len(made)} complaints, not one." if len(made) != 1 else "it says more than {text}."
        remedy = "Leave out what is a name, a subject, a file or another answer; or leave out canary."
        document.fault(("canary",), problem, remedy)
    return mapping


def _says_no_more(made: Draft) -> bool:
    """Whether the words are all that there is, but the canary's id and the address to which the letter goes."""
    told = {text_of(value) for value in made.fields.values()} | {each.value for each in made.sender.addresses}
    bare = not (made.subject or made.sender.name or made.remarks or made.revision_of)
    return bare and made.text == TRIAL["text"] and told <= {TRIAL["email"], TRIAL["id"]}


# --- examples ---------------------------------------------------------------------------------------------------------


def _tried(mapping: Mapping, document: Document, folder: Path) -> None:
    for number, example in enumerate(mapping.table.examples):
        at: Loc = ("examples", number)
        try:
            body = opened((folder / example.file).read_bytes()) if example.file else plain(example.post)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            document.fault((*at, "file"), f"this example's post cannot be read: {why}.", "Keep the body as it came.")
            continue
        items = [mapping.found(body, item) for item in mapping.items(body)]
        _compared(document, at, example, mapping, items)


def _compared(document: Document, at: Loc, example: Example, mapping: Mapping, items: list[Item]) -> None:
    gives = example.gives
    if isinstance(gives, str):
        if gives != "nothing":
            document.fault((*at, "gives"), f"gives: {gives!r} is no field.", "Write fields with values, or nothing.")
        elif items:
            document.fault((*at, "gives"), f"this example gives {len(items)} complaints, not nothing.")
        return
    expected = list(gives) if isinstance(gives, tuple) else [gives]
    if len(items) != len(expected):
        document.fault((*at, "gives"), f"this example gives {len(items)} complaints, not {len(expected)}.")
        return
    for number, (item, wanted) in enumerate(zip(items, expected, strict=True)):
        place: Loc = (*at, "gives", number) if isinstance(gives, tuple) else (*at, "gives")
        got = told(item, mapping)
        for field, value in wanted.items():
            _one(document, (*place, field), field, value, got)


def _one(document: Document, at: Loc, field: str, wanted: Any, got: Table_[str, Any]) -> None:  # noqa: ANN401 -- YAML
    if field == "fields" and isinstance(wanted, dict):
        for name, value in wanted.items():
            found = got["fields"].get(name)
            if not _same(found, value):
                document.fault((*at, name), f"this example gives {_shown(found)} for {name!r}, not {_shown(value)}.")
        return
    if field not in got:
        document.fault(at, f"{field!r} is no field of a message.", did_you_mean(field, [*_TOLD, "fields"]))
    elif not _same(got[field], wanted):
        document.fault(at, f"this example gives {_shown(got[field])} for {field!r}, not {_shown(wanted)}.")


def told(item: Item, mapping: Mapping) -> dict[str, Any]:
    """An item's message by the names that examples use."""
    place = Place(channel=mapping.table.channel, month_first=mapping.table.month_first)
    made = draft(item, place)
    inside, links, _ = files_of(item.fields.get("files"))
    return {
        **_plain(made),
        "contact_at": contact_at(item, place),
        "brand": item.fields.get("brand"),
        "conversation": item.fields.get("conversation"),
        "edited": item.fields.get("edited"),
        "danger": made.fields.get("danger"),
        "files": [*(file.name for file in inside), *(link.name or link.url for link in links)],
    }


def _plain(made: Draft) -> dict[str, Any]:
    return {
        "id": made.external_id,
        "subject": made.subject,
        "text": made.text,
        "sent_at": made.sent_at,
        "language": made.language.chosen,
        "name": made.sender.name,
        "email": made.sender.address("email"),
        "phone": made.sender.address("phone"),
        "postal": made.sender.address("postal"),
        "channel": made.channel,
        "remarks": list(made.remarks),
        "fields": dict(made.fields),
    }


def _same(got: Any, wanted: Any) -> bool:  # noqa: ANN401 -- what the mapping gave, and YAML
    if hasattr(got, "tzinfo"):
        return bool(got == moment(wanted))
    if isinstance(got, list) and isinstance(wanted, int) and not isinstance(wanted, bool):
        return len(got) == wanted
    if isinstance(wanted, str) and isinstance(got, str):
        return got.strip() == wanted.strip()
    return bool(got == plain(wanted)) or (wanted in (None, "") and got in (None, "", [], {}))


def _shown(value: Any) -> str:  # noqa: ANN401 -- what the mapping gave, and YAML
    text = "nothing" if value in (None, "", []) else repr(value)
    return text if len(text) <= 120 else f"{text[:120]}…"  # noqa: PLR2004 -- a line
