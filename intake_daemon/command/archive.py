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


@dataclass(frozen=True)
class Found:
    """A mail of a path. `name`: where it was, for people; `came`: when, if its keeper says so."""

    name: str
    content: bytes
    came: datetime | None = None


def found(path: Path) -> Iterator[Found]:
    """Every mail of a path, in the order of names. Raises OSError."""
    if path.is_file():
        yield from mails_of(path)
    elif (path / "cur").is_dir() and (path / "new").is_dir():
        for each in sorted([*(path / "new").iterdir(), *(path / "cur").iterdir()]):
            if each.is_file():
                yield Found(str(each), each.read_bytes(), datetime.fromtimestamp(each.stat().st_mtime, UTC))
        for folder in sorted(each for each in path.iterdir() if each.is_dir() and each.name.startswith(".")):
            yield from found(folder)
    elif path.is_dir():
        for each in sorted(path.iterdir()):
            if each.is_dir() or each.suffix.lower() in _MAILS:
                yield from found(each)
    else:
        raise FileNotFoundError(2, "No such file or directory", str(path))


def mails_of(path: Path) -> Iterator[Found]:
    """The mails of one file: one, or those of an mbox. Raises OSError."""
    content = path.read_bytes()
    if not _MBOX_BREAK.match(content):
        yield Found(str(path), content, _last_received(content))
        return
    starts = [match.end() for match in _MBOX_BREAK.finditer(content)]
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(content)], strict=True), 1):
        head, _, mail = content[start:end].partition(b"\n")
        line = _FROM_LINE.match(head)
        mail = re.sub(rb"^>(>*From )", rb"\1", mail.rstrip(b"\r\n") + b"\n", flags=re.MULTILINE)
        yield Found(f"{path}#{number}", mail, _date(line[1].decode("ascii", "replace")) if line else None)


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
