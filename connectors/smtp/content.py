"""The content of one mail, taken out of the bytes that follow DATA; pure, without I/O.

Rules
-----
1. Only `<CRLF>.<CRLF>` ends a mail (RFC 5321, 4.1.1.4). A line of a single dot with any other line end beside it is
   refused: two servers that disagree on where a mail ends let a stranger smuggle in a second one.
2. Limits hold while reading: what is too large or has too long a line is thrown away at once, and read on to its end
   only to answer it.
3. The same bytes give the same result, however they are cut into blocks (tests/mail/test_smtp_content.py).

Bytes come in blocks and are looked through a block at a time, so that fifty megabytes never hold up the loop.
"""

from __future__ import annotations

import re
from typing import Literal

Fault = Literal["too_large", "line_too_long", "bare_line_end", "no_room"]

_END = b"\r\n.\r\n"
_OPEN = frozenset((b"\r\n.\r", b"\r\n.", b"\r\n", b"\r", b"\n", b"\r.", b"\n."))
"""What may be the beginning of something that must be seen whole, when a block ends with it."""
_ODD_DOT_LINE = re.compile(rb"(?<!\r)\n\.[\r\n]|\r\.[\r\n]|\n\.\n|\n\.\r[^\n]")


class Content:
    """One mail's content. `feed` blocks until it gives back what follows the mail; then ask `fault` and `whole`."""

    def __init__(self, *, max_size: int, max_line: int) -> None:
        self.fault: Fault | None = None
        """Why it cannot be taken; the first reason that was found."""
        self._max_size = max_size
        self._max_line = max_line
        self._size = -2  # the line end that we begin with is not the mail's
        self._line = 0
        self._pieces: list[bytes] = []
        self._rest = b"\r\n"  # so that a dot at the very beginning is a dot at the beginning of a line

    def feed(self, block: bytes) -> bytes | None:
        """Take the next block. None: go on. Bytes (perhaps none): the mail is complete, and these come after it."""
        window = self._rest + block
        end = window.find(_END)
        seen = window if end < 0 else window[: end + 2]
        if not self.fault and (b"\n." in seen or b"\r." in seen) and _ODD_DOT_LINE.search(seen):
            self.refuse("bare_line_end")
        if end >= 0:
            self._take(seen)
            return window[end + len(_END) :]
        whole = len(window)
        cut = next((at for at in range(max(whole - 4, 0), whole) if window[at:] in _OPEN), whole)
        self._rest = window[cut:]
        self._take(window[:cut])
        return None

    def whole(self) -> bytes:
        """The mail as its sender wrote it, with CRLF, without the transport's dots. Empty when there is a fault."""
        return b"".join(self._pieces)

    def refuse(self, fault: Fault) -> None:
        """It cannot be taken: forget what was read; what follows is read on to its end all the same."""
        self.fault = self.fault or fault
        self._pieces.clear()

    def _take(self, piece: bytes) -> None:
        """Take what holds no end of the mail and cuts no line end and no dot in two."""
        first = self._size < 0
        self._size += len(piece)
        if self.fault:
            return
        if self._size > self._max_size:
            self.refuse("too_large")
            return
        if self._too_long(piece):
            self.refuse("line_too_long")
            return
        if b"\n." in piece:
            plain = piece.replace(b"\r\n.", b"\r\n")
            self._size -= len(piece) - len(plain)
            piece = plain
        self._pieces.append(piece[2:] if first and piece else piece)

    def _too_long(self, piece: bytes) -> bool:
        """Whether a line with its end passes the limit; jumps from line end to line end, as far as allowed."""
        start = -self._line  # where the line begins: perhaps in an earlier piece
        while len(piece) - start > self._max_line:
            found = piece.rfind(b"\n", max(start, 0), max(start + self._max_line, 0))
            if found < 0:
                return True
            start = found + 1
        found = piece.rfind(b"\n", max(start, 0))
        self._line = len(piece) - (found + 1 if found >= 0 else start)
        return False
