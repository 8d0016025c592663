"""What somebody typed: tidied, so that JSON and every database can hold it, and not a word is lost."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[^\s@<>()\[\],;:\".]{2,}")
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LONGEST_TAG = 35
"""Characters that are enough for every language (RFC 5646, 4.4.1)."""
_UNPRINTABLE = {code: None for code in range(0x20) if chr(code) not in "\t\n"} | {0x7F: None}


def email_address(typed: str) -> str | None:
    """An address that mail can be sent to, its domain in lower case; None when it surely is none."""
    typed = typed.strip()
    if not _EMAIL.fullmatch(typed):
        return None
    local, _, domain = typed.rpartition("@")
    return f"{local}@{domain.lower()}"


def language_tag(claimed: str) -> str | None:
    """A language's name (BCP 47) when it can be one, as a browser or a page said it."""
    return claimed if len(claimed) <= _LONGEST_TAG and _TAG.fullmatch(claimed) else None


def tidy(text: str) -> str:
    """Line ends as `\\n`, no control characters, no half characters, no blanks around; not a word is lost."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNPRINTABLE)
    return text.encode("utf-8", "replace").decode().strip()
