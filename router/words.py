"""What things sound like: config/words/<lang>.yaml, and which topics a text speaks of.

`topics`, the beginnings of subjects, and under `recognise` how people say what they want (router/sounds has the
language of its patterns, router/recognise what is made of them).

A stem is found where a word of the text begins with it, without regard to case and diacritics ("odenis" finds
"ödəniş" and the other way round), so that telephones and foreign keyboards do no harm. Each place of the text counts
once per topic. A text in a language without a file is looked at with all of them. Pure after loading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from intake_daemon.errors import BadSettings, Fault
from intake_daemon.settings import Document, Strict, open_document
from router.sounds import BadPatternError, Patterns, flat

__all__ = ["Words", "flat", "load_words"]

_LOOKED_AT = 20_000
"""Code points: what a complaint is about stands at its beginning, and nobody may make us search a megabyte."""


class _Rights(Strict):
    """Which right is asked for (GDPR articles 15 to 22)."""

    access: tuple[str, ...] = ()
    erasure: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    """Rectification, restriction, portability, objection."""


class _Ordinary(Strict):
    """What is no complaint."""

    order: tuple[str, ...] = ()
    praise: tuple[str, ...] = ()
    application: tuple[str, ...] = ()
    invoice: tuple[str, ...] = ()
    advertising: tuple[str, ...] = ()


class _Recognise(Strict):
    """How people say what they want. Everything but `sets` holds patterns (router/sounds/patterns.py)."""

    sets: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Words that stand for one another, for `<name>` in patterns."""
    negation: tuple[str, ...] = ()
    """What denies what follows it."""
    negation_after: tuple[str, ...] = ()
    """What denies what stands before it, as where the verb comes last."""
    condition: tuple[str, ...] = ()
    """What makes a request a mere threat or question: if, unless."""
    doubt: tuple[str, ...] = ()
    """What keeps a contact from being set aside: but, because, again, only when."""
    harmless: tuple[str, ...] = ()
    """What looks like negation or doubt and is none: do not hesitate."""
    greeting: tuple[str, ...] = ()
    """How a conversation begins: who says only this has said nothing yet, and is asked."""
    filler: tuple[str, ...] = ()
    """Greetings, courtesies and small words that say nothing."""
    complaint: tuple[str, ...] = ()
    """Signs of a complaint: never is such a contact set aside or taken for a withdrawal."""
    escalation: tuple[str, ...] = ()
    """The request that somebody higher decides."""
    appeal: tuple[str, ...] = ()
    withdrawal: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    """Why one is taken back: it is solved, it was a mistake."""
    status: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    thanks: tuple[str, ...] = ()
    dissatisfaction: tuple[str, ...] = ()
    rights_request: _Rights = _Rights()
    data_protection: tuple[str, ...] = ()
    abuse: tuple[str, ...] = ()
    danger: tuple[str, ...] = ()
    cannot_write: tuple[str, ...] = ()
    ordinary: _Ordinary = _Ordinary()

    def listed(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Where each list of patterns stands, and its kind (`ordinary.order`)."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Strict):
                yield from (((name, each), f"{name}.{each}") for each in type(value).model_fields)
            elif name != "sets":
                yield (name,), name

    def patterns(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """The list that stands at `path`."""
        value: object = self
        for name in path:
            value = getattr(value, name)
        assert isinstance(value, tuple)  # noqa: S101 -- `listed` names nothing else
        return value


class _File(Strict):
    """One language's file."""

    out_of_office: tuple[str, ...] = ()
    """Beginnings of an absence note's subject."""
    auto_reply: tuple[str, ...] = ()
    """Beginnings of another automatic mail's subject."""
    reply_prefixes: tuple[str, ...] = ()
    """What stands before the subject of an answer."""
    forward_prefixes: tuple[str, ...] = ()
    """What stands before the subject of a forwarded mail."""
    topics: Mapping[str, tuple[str, ...]]
    """Stems per topic."""
    recognise: _Recognise = _Recognise()
    """How people say what they want."""


@dataclass(frozen=True)
class Words:
    """The stems of every language, ready to be looked for."""

    stems: Mapping[str, Mapping[str, re.Pattern[str]]]
    subjects: Mapping[str, tuple[str, ...]]
    """`out_of_office`, `auto_reply`, `reply_prefixes`, `forward_prefixes`, of all languages together."""
    said: Mapping[str, Patterns] = field(default_factory=dict)
    """Per language how people say what they want."""

    def topics(self, text: str, language: str) -> tuple[str, ...]:
        """Topics that the text speaks of, the one found most often first, then in the file's order."""
        plain = flat(text[:_LOOKED_AT])
        counted: dict[str, int] = {}
        for known in [language] if language in self.stems else self.stems:
            for topic, pattern in self.stems[known].items():
                found = sum(1 for _ in pattern.finditer(plain))
                if found:
                    counted[topic] = counted.get(topic, 0) + found
        return tuple(sorted(counted, key=lambda topic: -counted[topic]))


def load_words(folder: Path) -> Words:
    """`folder`/words/*.yaml. Raises BadSettings with every fault of every file."""
    stems: dict[str, Mapping[str, re.Pattern[str]]] = {}
    subjects: dict[str, list[str]] = {}
    said: dict[str, Patterns] = {}
    faults: list[Fault] = []
    for path in sorted((folder / "words").glob("*.yaml")):
        try:
            document = open_document(path)
        except BadSettings as bad:
            faults += bad.faults
            continue
        read = document.typed(_File)
        for topic, listed in (read.topics if read else {}).items():
            for number, stem in enumerate(listed):
                if not flat(stem).strip():
                    document.fault(
                        ("topics", topic, number), "an empty stem would be found everywhere.", "Take it out."
                    )
        patterns = _said(document, read.recognise, path.stem) if read else None
        faults += document.faults
        if read is not None:
            stems[path.stem] = {topic: _pattern(listed) for topic, listed in read.topics.items() if listed}
            for key in ("out_of_office", "auto_reply", "reply_prefixes", "forward_prefixes"):
                subjects.setdefault(key, []).extend(getattr(read, key))
        if patterns is not None:
            said[path.stem] = patterns
    if faults:
        raise BadSettings(faults)
    return Words(stems, {key: tuple(dict.fromkeys(values)) for key, values in subjects.items()}, said)


def _said(document: Document, read: _Recognise, language: str) -> Patterns:
    patterns = Patterns(language, read.sets)
    for path, kind in read.listed():
        for number, pattern in enumerate(read.patterns(path)):
            try:
                patterns.add(kind, pattern)
            except BadPatternError as bad:
                document.fault(("recognise", *path, number), str(bad), "See router/sounds/patterns.py.")
    return patterns


def _pattern(stems: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted({flat(stem) for stem in stems}, key=len, reverse=True)
    return re.compile(
        r"(?<!\w)(?:" + "|".join(r"\s+".join(map(re.escape, stem.split())) for stem in longest_first) + ")"
    )
