"""Mails into a Maildir folder (cr.yp.to/proto/maildir.html): for the demo, for tests, for a first look.

Rules
-----
1. A file appears in `new` whole and on disk, or not at all: written in `tmp`, fsynced, linked, the folder fsynced.
2. Its name begins with the time, so names sort in the order of delivery, and carries the notice's id, so a second
   delivery of one notice is seen at a glance.
"""

from __future__ import annotations

import itertools
import os
import socket
from datetime import datetime
from pathlib import Path

from connectors.mail.letter import Letter

_numbers = itertools.count()


def deliver(folder: Path, letter: Letter, *, notice: str, now: datetime) -> None:
    """Durable when it returns. Blocks; raises OSError, and then nothing was delivered."""
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    host = socket.gethostname().replace("/", "_").replace(":", "_")
    unique = f"M{now.microsecond:06d}P{os.getpid()}Q{next(_numbers):09d}N{notice}"
    name = f"{int(now.timestamp()):010d}.{unique}.{host}"
    draft = folder / "tmp" / name
    head = f"Return-Path: <{letter.sender}>\r\nDelivered-To: {letter.recipient}\r\n"
    try:
        with draft.open("xb") as file:
            file.write((head.encode() + letter.content).replace(b"\r\n", b"\n"))
            file.flush()
            os.fsync(file.fileno())
        (folder / "new" / name).hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    _fsync(folder / "new")


def _fsync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
