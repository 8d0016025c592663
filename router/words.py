"""What things sound like: config/words/<lang>.yaml, and which topics a text speaks of.

A stem is found where a word of the text begins with it, without regard to case and diacritics ("odenis" finds
"ödəniş" and the other way round), so that telephones and foreign keyboards do no harm. Each place of the text counts
once per topic. A text in a language without a file is looked at with all of them. Pure after loading.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from intake_daemon.errors import BadSettings, Fault
from intake_daemon.settings import Strict, open_document

_LOOKED_AT = 20_000
"""Code points: what a complaint is about stands at its beginning, and nobody may make us search a megabyte."""
_FLAT = str.maketrans("əıłđøßæœþðħ", "eildosaetdh")


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


@dataclass(frozen=True)
class Words:
    """The stems of every language, ready to be looked for."""

    stems: Mapping[str, Mapping[str, re.Pattern[str]]]
    subjects: Mapping[str, tuple[str, ...]]
    """`out_of_office`, `auto_reply`, `reply_prefixes`, `forward_prefixes`, of all languages together."""

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
        faults += document.faults
        if read is not None:
            stems[path.stem] = {topic: _pattern(listed) for topic, listed in read.topics.items() if listed}
            for key in ("out_of_office", "auto_reply", "reply_prefixes", "forward_prefixes"):
                subjects.setdefault(key, []).extend(getattr(read, key))
    if faults:
        raise BadSettings(faults)
    return Words(stems, {key: tuple(dict.fromkeys(values)) for key, values in subjects.items()})


def flat(text: str) -> str:
    """Lower case without diacritics: `Ödəniş` is `odenis`, `ё` is `е`."""
    parted = unicodedata.normalize("NFKD", text.casefold().replace("\u0307", "").translate(_FLAT))
    return "".join(letter for letter in parted if not unicodedata.combining(letter))


def _pattern(stems: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted({flat(stem) for stem in stems}, key=len, reverse=True)
    return re.compile(
        r"(?<!\w)(?:" + "|".join(r"\s+".join(map(re.escape, stem.split())) for stem in longest_first) + ")"
    )
