"""Parts inside parts that MIME does not show: winmail.dat, signed letters (S/MIME), files within the text (uuencode).

Rules
1. What is inside becomes parts of the tree, so that every room behind this one reads it like any other part.
2. `identity` is taken before: how well we unpack must never change which mail it is.
3. Never an exception; what cannot be opened stays as it came, and a remark says so (`tnef`, `tnef_damaged`,
   `bad_smime`, `bad_uuencode`). What is inside is never larger than the mail, but for compressed text (`rtf.LIMIT`).
4. A signature is kept as a file beside what it signs. Nothing is decrypted: `files.sealed` says so.

RFC 8551 (S/MIME), RFC 5652 (CMS), MS-OXTNEF.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from connectors.email.header import Fields
from connectors.email.rtf import unpacked, words
from connectors.email.structure import DEPTH_LIMIT, Part, read
from connectors.email.text import letter
from connectors.email.tnef import SIGNATURE, Winmail, unwrapped
from connectors.email.transfer import undone

_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,200}?)[ \t]*\r?\n(?=[!-`])", re.MULTILINE)
_UU_LINE = re.compile(rb"[ -`]{0,86}[ \t]*\Z")
_UU_FILES = 100
_SIGNED, _ENVELOPED = (b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07" + end for end in (b"\x02", b"\x03"))


def unpack(root: Part, remarks: dict[str, None]) -> None:
    """Open what can be opened, in place."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.children:
            waiting.extend(reversed(part.children))
        elif _is_winmail(part):
            _open_winmail(part, root, remarks)
        elif part.media_type in _SMIME or part.name.lower().endswith(".p7m"):
            if opened := _open_signed(part, remarks):
                waiting.append(opened)
        elif part.media_type == "text/plain" and part.disposition != "attachment":
            _open_text(part, remarks)


def encrypted(part: Part) -> bool:
    """Whether it is a letter that was encrypted with S/MIME."""
    if part.media_type not in _SMIME or part.children:
        return False
    return _ENVELOPED in part.content[:64] or part.params.get("smime-type", "").lower() == "enveloped-data"


def _inside(
    parent: Part, content: bytes, media_type: str, *, name: str = "", charset: str = "", content_id: str = ""
) -> Part:
    """A part that no header of the mail describes."""
    said = media_type if _TYPE.fullmatch(media_type) else "application/octet-stream"
    block = f"Content-Type: {said}"
    if charset:
        block += f"; charset={charset}"
    if name:
        block += f"; name*=utf-8''{quote(name[:400], safe='', errors='replace')}\nContent-Disposition: attachment"
    if content_id:
        block += f"\nContent-ID: <{quote(content_id[:400], safe='@.!#$%&*+-/=?^_`{|}~', errors='replace')}>"
    return Part(content, Fields(block.encode()), 0, parent, parent.remarks)


# --- winmail.dat ---


def _is_winmail(part: Part) -> bool:
    if part.media_type in _TNEF:
        return True
    return part.name.lower() == "winmail.dat" and part.content.startswith(SIGNATURE)


def _open_winmail(part: Part, root: Part, remarks: dict[str, None]) -> None:
    found = unwrapped(part.content)
    if found is None:
        return
    spoken = any(one.content.strip() for one in letter(root))
    body = None if spoken else _body(part, found)
    files = [
        _inside(
            part,
            file.content,
            file.media_type or "application/octet-stream",
            name=file.name or f"winmail-{place}",
            content_id=file.content_id,
        )
        for place, file in enumerate(found.files, 1)
    ]
    part.children = [*([body] if body else []), *files]
    part.opened = True
    if not found.whole:
        remarks["tnef_damaged"] = None
        part.children.append(_inside(part, part.content, "application/octet-stream", name=part.name or "winmail.dat"))


def _body(part: Part, found: Winmail) -> Part | None:
    """The letter inside, the richest that is there."""
    if found.html.strip():
        return _inside(part, found.html, "text/html", charset=_charset(found.html_codepage or found.codepage))
    if found.rtf:
        said, is_html = words(unpacked(found.rtf))
        if said.strip():
            return _inside(part, said.encode(), "text/html" if is_html else "text/plain", charset="utf-8")
    if found.text.strip():
        return _inside(part, found.text, "text/plain", charset=_charset(found.codepage))
    return None


def _charset(codepage: int) -> str:
    return {0: "", 65001: "utf-8", 20127: "us-ascii"}.get(
        codepage,
        f"iso-8859-{codepage - 28590}" if 28591 <= codepage <= 28605 else f"cp{codepage}",  # noqa: PLR2004 -- Windows' numbers
    )


# --- S/MIME ---


def _open_signed(part: Part, remarks: dict[str, None]) -> Part | None:
    """The entity that an opaque signature encloses, now beside the signature."""
    content = part.content
    if _SIGNED not in content[:64]:
        return None
    signed = _octets(content)
    if not signed:
        remarks["bad_smime"] = None
        return None
    entity = read(signed, remarks, min(part.depth + 1, DEPTH_LIMIT))
    entity.parent = part
    signature = _inside(part, content, "application/pkcs7-mime", name=part.name or "smime.p7m")
    part.media_type, part.children = "multipart/signed", [entity, signature]
    return entity


def _octets(content: bytes) -> bytes:
    """What a CMS SignedData encloses (RFC 5652, 5.1 and 5.2), in DER or BER; nothing when it does not."""
    place: int | None = 0
    for tag, inside in ((0x30, True), (0x06, False), (0xA0, True), (0x30, True), (0x02, False), (0x31, False),
                        (0x30, True), (0x06, False), (0xA0, True)):  # fmt: skip
        head = _head(content, place)
        if head is None or head[0] != tag:
            return b""
        _, length, start = head
        if not inside and length < 0:  # of unknown length: never so where nothing is inside that we look for
            return b""
        place = start if inside else start + length
    head = _head(content, place)
    if head is None:
        return b""
    tag, length, start = head
    if tag == 0x04:  # noqa: PLR2004 -- OCTET STRING
        return content[start : start + length] if length >= 0 else b""
    pieces: list[bytes] = []
    end = len(content) if length < 0 else start + length
    while tag == 0x24 and start < end:  # noqa: PLR2004 -- an OCTET STRING in pieces
        piece = _head(content, start)
        if piece is None or piece[0] != 0x04 or piece[1] < 0:  # noqa: PLR2004 -- the end, or nothing of ours
            break
        pieces.append(content[piece[2] : piece[2] + piece[1]])
        start = piece[2] + piece[1]
    return b"".join(pieces)


def _head(content: bytes, place: int | None) -> tuple[int, int, int] | None:
    """Tag, length (-1 when it is indefinite) and where the value begins (X.690, 8.1)."""
    if place is None or place + 2 > len(content):
        return None
    tag, length, start = content[place], content[place + 1], place + 2
    if length == 0x80:  # noqa: PLR2004 -- indefinite
        return tag, -1, start
    if length > 0x80:  # noqa: PLR2004 -- so many bytes of length follow
        size = length & 0x7F
        if size > 6 or start + size > len(content):  # noqa: PLR2004 -- no mail is so long
            return None
        length = int.from_bytes(content[start : start + size], "big")
        start += size
    return tag, length, start


# --- uuencode ---


def _open_text(part: Part, remarks: dict[str, None]) -> None:
    """Files that an old client wrote into the text; in it stays `[name]` where each was."""
    if part.source.find(b"begin ", part.start, part.end) < 0 and part.encoding not in {"base64", "quoted-printable"}:
        return
    content = part.content
    kept: list[bytes] = []
    files: list[Part] = []
    place = 0
    while len(files) < _UU_FILES and (begin := _UU_BEGIN.search(content, place)):
        end, ended = _uu_end(content, begin.end())
        if end == begin.end():  # somebody who writes of beginnings
            kept.append(content[place : begin.end()])
            place = begin.end()
            continue
        if not ended:
            remarks["bad_uuencode"] = None
        name = begin[1].decode("utf-8", "replace")
        file = undone(content, begin.start(), end, "uuencode", remarks)
        files.append(_inside(part, file, "application/octet-stream", name=name))
        kept += [content[place : begin.start()], b"[" + begin[1] + b"]\n"]
        place = end
    if files:
        kept.append(content[place:])
        words_ = b"".join(kept)
        type_ = part.fields.raw("content-type") or b"text/plain"
        part.children = [Part(words_, Fields(b"Content-Type: " + type_), 0, part, part.remarks), *files]


def _uu_end(content: bytes, place: int) -> tuple[int, bool]:
    """Behind the last line of a uuencoded file, and whether an `end` was there."""
    while place < len(content):
        stop = content.find(b"\n", place) + 1 or len(content)
        line = content[place:stop].rstrip(b"\r\n")
        if line.strip() == b"end":
            return stop, True
        if line.strip() not in {b"", b"`"}:
            # some strip blanks at the end of a line, some add a checksum
            groups = ((line[0] - 32 & 63) + 2) // 3 * 4
            if not _UU_LINE.match(line) or not groups - 3 <= len(line) - 1 <= groups + 2:
                return place, False
        elif not line and content[place:stop].strip() == b"" and stop < len(content):
            following = content[stop : stop + 5].strip()
            if following not in {b"end", b"`"} and not following.startswith(b"end"):
                return place, False
        place = stop
    return place, False
