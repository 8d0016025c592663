"""From bytes to a tree of parts, in one pass, for any bytes.

Rules
1. Never an exception and never recursion: a stack of open multiparts; a line that begins with `--` is looked up in it.
   So 500 levels or 10,000 parts cost no more than their bytes (RFC 2046 section 5.1).
2. Limits keep what could be read and say so: `limit_parts`, `limit_depth`, `limit_headers`. What lies beyond the last
   part that is read is one opaque leaf, so that nothing is invisible to `identity`.
3. A part knows where its bytes lie; they are decoded when somebody asks, once.
4. What had to be repaired is a remark of the whole mail, as a code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.email.header import Fields, is_field, parameters
from connectors.email.transfer import undone

PARTS_LIMIT = 1_000
"""Parts that are read."""
DEPTH_LIMIT = 50
"""Levels of parts within parts that are read."""
HEADERS_LIMIT = 256 * 1024
"""Bytes of a mail's header block that are read; a part's is read to a quarter of it."""

_WELL_FORMED = re.compile(rb"(?:(?:[!-9;-~]{1,200}[ \t]*:|[ \t])[^\n]*(?:\n|\Z))*")
_WINDOW = 1024 * 1024
_LOOKS = 20  # multiparts of a mail of which it is looked ahead whether their boundary is the right one
_GUESS_LIMIT = 64 * 1024
_GUESSED = re.compile(rb"(?:^|\n)--([^\s][^\r\n]{0,200})\r?\n[Cc]ontent-", re.DOTALL)
_TYPE = re.compile(r"^[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+$")


class Part:
    """One entity of a mail: its header, where its body lies, and the parts within it."""

    __slots__ = (
        "_decoded", "children", "depth", "disposition", "end", "fields", "media_type", "names", "opened", "params",
        "parent", "remarks", "source", "start",
    )  # fmt: skip

    def __init__(
        self, source: bytes, fields: Fields, start: int, parent: Part | None, remarks: dict[str, None]
    ) -> None:
        self.source, self.fields, self.start, self.end = source, fields, start, len(source)
        self.parent, self.remarks = parent, remarks
        self.depth: int = parent.depth + 1 if parent else 0
        self.children: list[Part] = []
        self._decoded: bytes | None = None
        self.opened = False
        """Whether everything inside stands elsewhere in the tree, so that the part itself is no file."""
        if fields.cut:
            remarks["limit_headers"] = None
        self.media_type: str
        self.media_type, self.params = parameters(fields.plain("content-type"))
        if not _TYPE.match(self.media_type):
            if self.media_type:
                remarks["bad_content_type"] = None
            digest = parent is not None and parent.media_type == "multipart/digest"
            self.media_type = "message/rfc822" if digest and not self.media_type else "text/plain"
        self.disposition, self.names = parameters(fields.plain("content-disposition"))

    @property
    def encoding(self) -> str:
        """The transfer encoding, in lower case."""
        return self.fields.plain("content-transfer-encoding").partition(";")[0].strip(" \t\"'").lower()

    @property
    def name(self) -> str:
        """The file name that the sender claims, decoded; "" without one."""
        return self.names.get("filename") or self.params.get("name") or ""

    @property
    def content(self) -> bytes:
        """The body with its transfer encoding undone, as far as that goes."""
        if self._decoded is None:
            self._decoded = undone(self.source, self.start, self.end, self.encoding, self.remarks)
        return self._decoded

    def leaves(self) -> Iterator[Part]:
        """The parts without parts of their own, in order; an enclosed mail counts as one leaf."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            if part.children and not part.media_type.startswith("message/"):
                waiting.extend(reversed(part.children))
            else:
                yield part


def read(content: bytes, remarks: dict[str, None], depth: int = 0) -> Part:
    """The root part of a mail. `remarks` collects what had to be repaired; `depth`: levels already gone through."""
    if b"\n" not in content and b"\r" in content:
        content = content.replace(b"\r", b"\n")
        remarks["bad_line_ends"] = None
    return _Reader(content, remarks, depth).read()


class _Reader:
    """One pass over the bytes. `_open` holds the open multiparts with their boundaries, outermost first."""

    def __init__(self, content: bytes, remarks: dict[str, None], depth: int) -> None:
        self._content, self._remarks, self._base = content, remarks, depth
        self._open: list[tuple[bytes, Part]] = []
        self._levels: dict[bytes, int] = {}
        self._current: Part | None = None
        self._count = 0
        self._looked = 0

    def read(self) -> Part:
        content = self._content
        start = len(content) - len(content.lstrip(b"\xef\xbb\xbf\r\n")) if content[:1] in b"\xef\r\n" else 0
        root = part = self._entity(start, None)
        while root.parent is not None:
            root = root.parent
        place = max(part.start - 1, 0)
        while self._levels:
            place = self._next(place)
            if place < 0:
                break
            line_end = content.find(b"\n", place + 1)
            line_end = len(content) if line_end < 0 else line_end
            place = self._delimiter(place + 1, line_end)
            if self._count > PARTS_LIMIT:
                break
        self._finish()
        return root

    def _next(self, place: int) -> int:
        """Where the next line that begins with two dashes has its newline, or -1; other threads get their turn."""
        for start in range(place, len(self._content), _WINDOW):
            found = self._content.find(b"\n--", start, start + _WINDOW + 2)
            if found >= 0:
                return found
        return -1

    def _delimiter(self, start: int, end: int) -> int:
        """A line that begins with two dashes; returns where to look on (the newline before the next line)."""
        if end - start > 1000:  # noqa: PLR2004 -- no boundary is longer than 70 (RFC 2046), none of ours than this
            return end
        line = self._content[start + 2 : end].rstrip()
        level = self._levels.get(line)
        closing = False
        if level is None and line.endswith(b"--"):
            level, closing = self._levels.get(line[:-2]), True
        if level is None:
            return end
        self._close(level, start)
        parent = self._open[level][1]
        if closing:
            self._pop(level)
            return end
        if self._count >= PARTS_LIMIT:
            self._remarks["limit_parts"] = None
            self._rest(parent, end + 1)
            return end
        return self._entity(min(end + 1, len(self._content)), parent).start - 1

    def _rest(self, parent: Part, start: int) -> None:
        """What lies beyond the limit: one leaf that nobody reads and `identity` hashes."""
        rest = Part(self._content, Fields(b"Content-Type: application/octet-stream"), start, parent, self._remarks)
        parent.children.append(rest)
        self._open.clear()
        self._levels.clear()
        self._count += 1

    def _entity(self, start: int, parent: Part | None) -> Part:
        """Read the header at `start`, and open what it says: a multipart, an enclosed mail. Returns the innermost."""
        while True:
            body = self._header_end(start, mail=parent is None or parent.media_type == "message/rfc822")
            fields = Fields(self._content[start:body])
            part = Part(self._content, fields, body, parent, self._remarks)
            self._count += 1
            if parent is not None:
                parent.children.append(part)
            self._current = part
            if self._base + part.depth >= DEPTH_LIMIT:
                if part.media_type.startswith(("multipart/", "message/")):
                    self._remarks["limit_depth"] = None
                return part
            if part.media_type.startswith("multipart/"):
                self._push(part)
                return part
            encoded = part.encoding in {"base64", "quoted-printable"}
            if part.media_type not in {"message/rfc822", "message/global"} or encoded or self._count >= PARTS_LIMIT:
                return part
            parent, start = part, body

    def _push(self, part: Part) -> None:
        boundary = part.params.get("boundary", "").encode("utf-8", "replace").rstrip()
        content = self._content
        self._looked += 1
        if not boundary or (self._looked < _LOOKS and content.find(b"--" + boundary, max(part.start - 1, 0)) < 0):
            place = max(part.start - 1, 0)
            guess = _GUESSED.search(content, place, place + _GUESS_LIMIT) if self._looked < _LOOKS else None
            if guess is None or guess[1].rstrip() in self._levels:
                self._remarks["bad_boundary"] = None
                return
            self._remarks["bad_boundary"] = None
            boundary = guess[1].rstrip()
        if boundary not in self._levels:
            self._levels[boundary] = len(self._open)
            self._open.append((boundary, part))
            return
        outer = self._open[self._levels[boundary]][1]
        if outer is part.parent and len(outer.children) == 1 and outer.media_type == "multipart/mixed":
            # one boundary for both: what follows lies in the outer one, and is what the inner one says that it is
            outer.media_type = part.media_type
            self._remarks["bad_boundary"] = None

    def _close(self, level: int, end: int) -> None:
        """A delimiter of `level` ends every part within it; the newline before a delimiter belongs to the delimiter."""
        content = self._content
        if end > 0 and content[end - 1 : end] == b"\n":
            end -= 1
            if end > 0 and content[end - 1 : end] == b"\r":
                end -= 1
        parent = self._open[level][1]
        part = self._current
        while part is not None and part is not parent:
            part.end = max(part.start, end)
            part = part.parent
        self._current = parent
        for boundary, _ in self._open[level + 1 :]:
            del self._levels[boundary]
        del self._open[level + 1 :]

    def _pop(self, level: int) -> None:
        boundary, part = self._open.pop(level)
        del self._levels[boundary]
        self._current = part

    def _finish(self) -> None:
        """Whatever is still open ends with the content; nothing needs to be said for parts, which end there anyway."""
        if self._open:
            self._remarks["no_final_boundary"] = None

    def _header_end(self, start: int, *, mail: bool) -> int:
        """Where the body begins: after the blank line, or at the first line that no more field follows."""
        content = self._content
        if content[start : start + 1] == b"\n":
            return start + 1
        if content[start : start + 2] == b"\r\n":
            return start + 2
        last = min(len(content), start + (HEADERS_LIMIT if mail else HEADERS_LIMIT // 4))
        unix = content.find(b"\n\n", start, last)
        dos = content.find(b"\n\r\n", start, last if unix < 0 else unix + 1)
        end, body = (dos + 1, dos + 3) if dos >= 0 else (unix + 1, unix + 2) if unix >= 0 else (last, last)
        if body == last < len(content):
            self._remarks["limit_headers"] = None
        block = content[start:end]
        if _WELL_FORMED.fullmatch(block) and not (self._levels and (b"\n--" in block or block.startswith(b"--"))):
            return body
        broken = _no_field_after(block, self._levels)
        if broken is None:
            return body
        if broken == 0 and mail:
            self._remarks["no_headers"] = None
        elif broken < len(block):
            self._remarks["bad_headers"] = None
        return start + broken


def _no_field_after(block: bytes, boundaries: dict[bytes, int]) -> int | None:
    """The offset of the line at which the header is over although no blank line says so, or None.

    A strange line is forgiven while a field follows it; a delimiter always ends the header."""
    place, strange = 0, None
    for line in block.splitlines(keepends=True):
        if line.startswith(b"--") and boundaries:
            token = line[2:].rstrip()
            if token in boundaries or token.removesuffix(b"--") in boundaries:
                return place if strange is None else strange
        if is_field(line):
            strange = None
        elif strange is None and line[:1] not in b" \t" and not (place == 0 and line.startswith((b"From ", b">From "))):
            strange = place
        place += len(line)
    return strange
