"""words.yaml and pages.yaml: what our codes are called in a language, and what the web pages say.

Every language has the same words and pages as the others; what one lacks is a fault of its file.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import RootModel

from intake_daemon.errors import BadSettings, Fault
from intake_daemon.settings import Document, Strict, open_document

_PLACEHOLDERS = frozenset({"brand", "field", "reference"})
"""What a page may fill in, in braces."""


class _Words(Strict):
    channels: Mapping[str, str]
    """How channels are named, completing "received … by e-mail"."""
    topics: Mapping[str, str]
    """What topics are called."""
    fields: Mapping[str, str]
    """How a field is asked for, in a list."""
    languages: Mapping[str, str]
    """What languages are called."""
    reasons: Mapping[str, str] = {}
    """Why somebody got a case."""
    states: Mapping[str, str] = {}
    """How a complaint stands: whole sentences to the customer, as the next two are."""
    next_steps: Mapping[str, str] = {}
    """What comes next, by state."""
    steps: Mapping[str, str] = {}
    """What has been done so far."""
    extension_reasons: Mapping[str, str] = {}
    """Why it takes longer: whole sentences to the customer."""
    promises: Mapping[str, str] = {}
    """What is due, by the event that meets it; to staff, as all that follow."""
    bases: Mapping[str, str] = {}
    """Whose word a term is."""
    tasks: Mapping[str, str] = {}
    """What somebody has to do outside."""
    parts: Mapping[str, str] = {}
    """What a command needs."""
    headings: Mapping[str, str] = {}
    """Under which headings the parts of a command stand in a mail."""
    refusals: Mapping[str, str] = {}
    """Why a command was refused: whole sentences."""
    remarks: Mapping[str, str] = {}
    """What a handler must know of how a contact was read: whole sentences."""

    shown: Mapping[str, str] = {}
    """What somebody who is asked for help is shown of a case."""


class _Pages(RootModel[dict[str, str]]):
    """Strings of the web pages by name."""


@dataclass(frozen=True)
class Tongues:
    """Words and pages of every language."""

    words: Mapping[str, Mapping[str, Mapping[str, str]]]
    pages: Mapping[str, Mapping[str, str]]

    def say(self, language: str, group: str, code: str) -> str:
        """The word for a code: this language's, else English, else the code itself."""
        for known in (language, "en"):
            said = self.words.get(known, {}).get(group, {})
            word = said.get(code) or (said.get("other") if group in {"languages", "channels"} else None)
            if word:
                return word
        return code.replace("_", " ")


def load_tongues(folder: Path) -> Tongues:
    """Words and pages of every folder in `folder`. Raises BadSettings with every fault."""
    faults: list[Fault] = []
    words: dict[str, Mapping[str, Mapping[str, str]]] = {}
    pages: dict[str, Mapping[str, str]] = {}
    documents: dict[tuple[str, str], Document] = {}
    for place in sorted(each for each in folder.iterdir() if each.is_dir()):
        language = place.name
        for name in ("words", "pages"):
            try:
                document = documents[language, name] = open_document(place / f"{name}.yaml")
            except BadSettings as bad:
                faults += bad.faults
                continue
            if name == "words" and (read := document.typed(_Words)) is not None:
                words[language] = read.model_dump()
            elif name == "pages" and (listed := document.typed(_Pages)) is not None:
                pages[language] = listed.root
                _placeholders(document, listed.root)
    for language, said in words.items():
        for group in _Words.model_fields:
            everything = {code for other in words.values() for code in other[group]}
            _complete(documents[language, "words"], (group,), said[group], everything)
    for language, shown in pages.items():
        everything = {name for other in pages.values() for name in other}
        _complete(documents[language, "pages"], (), shown, everything)
    faults += [fault for document in documents.values() for fault in document.faults]
    if faults:
        raise BadSettings(sorted(faults, key=lambda fault: (fault.file, fault.line)))
    return Tongues(words, pages)


def _complete(document: Document, at: tuple[str, ...], said: Mapping[str, str], everything: set[str]) -> None:
    for code in sorted(everything - set(said)):
        document.fault(at, f"{code!r} is missing here; other languages have it.", f"Write {code}: …")


def _placeholders(document: Document, pages: Mapping[str, str]) -> None:
    for name, text in pages.items():
        try:
            used = {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}
        except ValueError:
            document.fault(
                (name,), f"{name!r} has a brace too many or too few.", "Write {brand}, {field}, {reference}."
            )
            continue
        for unknown in sorted(used - _PLACEHOLDERS):
            document.fault((name,), f"nothing fills in {{{unknown}}}.", "Write {brand}, {field} or {reference}.")
