"""Mails on disk: a mail (`.eml`), an mbox, a Maildir, or a folder of any of these; and when each first came.

When a mail of an archive came is told by its keeper, never by the customer: a Maildir's file time, an mbox's `From `
line, else the topmost `Received` of the mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from pathlib import Path

HEADS = 256 * 1024
"""Bytes of a mail in which its headers are looked for."""
_FROM_LINE = re.compile(rb"From \S+ +(.+?)\r?$")
_MBOX_BREAK = re.compile(rb"(?:\A|\r?\n\r?\n)(?=From \S+ +\w{3} \w{3} [ \d]\d \d\d:)")
_MAILS = frozenset({".eml", ".mbox", ".mbx", ""})
_BEGINNING = re.compile(
    rb"(?:From \S+ [^\n]*\n)?(?:return-path|received|delivered-to|x-[\w-]+|from|to|subject|date|message-id|mime-version"
    rb"|content-type|reply-to|sender|authentication-results|dkim-signature|arc-[\w-]+|envelope-to)[ \t]*:",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """A mail of a path. `name`: where it was, for people; `came`: when, if its keeper says so."""

    name: str
    content: bytes
    came: datetime | None = None
    path: Path = Path()
    """The file in which it lies."""
    is_mail: bool = True
    """False for a file of a folder that neither is named like a mail nor begins like one."""
    fault: str = ""
    """Why this file of a folder could not be read."""


def found(path: Path) -> Iterator[Found]:
    """Every mail of a path, in the order of names. Raises OSError."""
    for each in everything(path):
        if each.fault:
            raise OSError(each.fault)
        if each.is_mail:
            yield each


def everything(path: Path) -> Iterator[Found]:
    """Every mail of a path, and every file that is none or cannot be read. Raises OSError for the path itself."""
    if path.is_file():
        yield from mails_of(path)
    elif (path / "cur").is_dir() and (path / "new").is_dir():
        for each in sorted([*(path / "new").iterdir(), *(path / "cur").iterdir()]):
            if each.is_file():
                yield from _tried(each, maildir=True)
        for folder in sorted(each for each in path.iterdir() if each.is_dir() and each.name.startswith(".")):
            yield from everything(folder)
    elif path.is_dir():
        for each in sorted(path.iterdir()):
            if each.is_dir():
                yield from everything(each)
            elif each.is_file():
                yield from _tried(each, maildir=False)
    else:
        raise FileNotFoundError(2, "No such file or directory", str(path))


def _tried(path: Path, *, maildir: bool) -> Iterator[Found]:
    """One file of a folder; that it cannot be read is no reason to leave the others."""
    try:
        if maildir:
            came = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            yield Found(str(path), path.read_bytes(), came, path)
        elif path.suffix.lower() in _MAILS or _begins_like_a_mail(path):
            yield from mails_of(path)
        else:
            yield Found(str(path), b"", None, path, is_mail=False)
    except OSError as error:
        yield Found(str(path), b"", None, path, fault=error.strerror or type(error).__name__)


def _begins_like_a_mail(path: Path) -> bool:
    """Whatever a file is called: spam archives number theirs."""
    with path.open("rb") as file:
        return _BEGINNING.match(file.read(1000)) is not None


def mails_of(path: Path) -> Iterator[Found]:
    """The mails of one file: one, or those of an mbox. Raises OSError."""
    content = path.read_bytes()
    if path.suffix.lower() == ".eml" or not _MBOX_BREAK.match(content):
        yield Found(str(path), content, _last_received(content), path)
        return
    starts = [match.end() for match in _MBOX_BREAK.finditer(content)]
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(content)], strict=True), 1):
        head, _, mail = content[start:end].partition(b"\n")
        line = _FROM_LINE.match(head)
        mail = re.sub(rb"^>(>*From )", rb"\1", mail.rstrip(b"\r\n") + b"\n", flags=re.MULTILINE)
        yield Found(f"{path}#{number}", mail, _date(line[1].decode("ascii", "replace")) if line else None, path)


def _last_received(content: bytes) -> datetime | None:
    trace = BytesHeaderParser().parsebytes(content[:HEADS]).get_all("received") or []
    return _date(str(trace[0]).rpartition(";")[2]) if trace else None


def _date(written: str) -> datetime | None:
    """A date of a mail's trace or of an mbox; without a zone it counts as UTC."""
    plain = " ".join(written.split())
    try:
        moment = parsedate_to_datetime(plain)
    except (ValueError, TypeError, IndexError):
        try:
            moment = datetime.strptime(plain, "%a %b %d %H:%M:%S %Y")  # noqa: DTZ007 -- an mbox says no zone
        except ValueError:
            return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
