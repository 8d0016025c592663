"""What a handler must know of how a contact was read: remarks of the reading half that want a deed of theirs.

What was repaired (`bad_base64`, `charset_repaired`), or concerns only ourselves (`imported`), is not told: who reads
ten notes with every mail reads none. What is told is a code of the group `remarks` in words.yaml.
"""

from __future__ import annotations

from collections.abc import Iterable

_TOLD = {
    "encrypted": "encrypted",
    "bad_smime": "encrypted",
    "archive_encrypted": "encrypted",
    "infected": "infected",
    "unscanned": "unscanned",
    "tnef": "tnef",
    "tnef_damaged": "tnef",
    "text_cut": "cut",
    "unreadable": "cut",
    "unknown_content": "unknown_content",
    "several_from": "sender",
    "several_authors": "sender",
    "name_is_another_address": "sender",
    "files_missing": "missing_file",
    "telegram_too_big": "missing_file",
}
_BEGIN = {"limit_": "cut", "failed_": "cut", "file_": "missing_file", "recording_": "missing_file"}
"""The same for remarks that begin so."""
_ALL_THE_SAME = frozenset({"limit_html", "limit_archive"})
"""Only the page that is shown, or the list of an archive, is cut; the words are whole."""


def told(remarks: Iterable[str]) -> tuple[str, ...]:
    """The codes of what a handler is told, each once, in the order in which the reading found them."""
    found = (_code(remark) for remark in remarks if remark not in _ALL_THE_SAME)
    return tuple(dict.fromkeys(code for code in found if code))


def _code(remark: str) -> str:
    return _TOLD.get(remark) or next((code for begin, code in _BEGIN.items() if remark.startswith(begin)), "")
