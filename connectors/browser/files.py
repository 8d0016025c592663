"""Which attachments are taken. A file that is not never costs the complaint: it is left out and the page says so.

OWASP File Upload, in our words: the extension is looked at after the name is decoded, and must be on the list; the
content must not be something that a computer runs or a browser renders, whatever its name; where both are known they
must agree in kind. The type that a browser claims is not believed, and the name is only ever shown, never a path.
"""

from __future__ import annotations

import io
import lzma
import unicodedata
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import puremagic

from intake_daemon.contract import File


@dataclass(frozen=True)
class UploadLimits:
    """Bytes of one file, number of files, bytes of all."""

    file_bytes: int
    files: int
    total_bytes: int


Refused = tuple[tuple[str, str], ...]
"""Files that were not taken: the name to show, and why: `too_large`, `too_many`, `kind`, `empty`."""


@dataclass(frozen=True)
class Upload:
    """A file as it came in. `content` is None when it was too large to be kept; `size` counts all its bytes."""

    name: str
    size: int
    content: bytes | None


TAKEN = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "heif": "image/heif",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/csv",
    "log": "text/plain",
    "rtf": "application/rtf",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "eml": "message/rfc822",
    "msg": "application/vnd.ms-outlook",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "amr": "audio/amr",
    "aac": "audio/aac",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "3gp": "video/3gpp",
}
"""What people have as evidence, and the type that we give it. No archives: nobody looks into them before it is late."""

_SAME = {
    "jpe": "jpg",
    "jfif": "jpg",
    "qt": "mov",
    "m4v": "mp4",
    "weba": "webm",
    "oga": "ogg",
    "3ga": "3gp",
    "mpga": "mp3",
}
_RUNS = frozenset("exe com scr bat cmd msi dll jar js vbs ps1 sh php py html htm svg hta lnk apk docm xlsm".split())
_SOUNDS = ("audio/", "video/")  # the same containers hold both
_PACKED = frozenset({"docx", "xlsx", "odt", "ods"})
_OLD_OFFICE = frozenset({"doc", "xls", "msg"})
_LETTERS = frozenset({TAKEN["doc"], TAKEN["rtf"]})
_WORDS = frozenset({"txt", "csv", "log", "eml"})
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_UNKNOWN = "application/octet-stream"
"""What we do not recognise under a name that we take: a photo that broke on its way is evidence all the same."""
_LONGEST_NAME = 120
_LOOK = 1024


def sort(uploads: Sequence[Upload], limits: UploadLimits) -> tuple[tuple[File, ...], Refused]:
    """The files that are taken, and those that are not. Looks into the content: call it in a thread."""
    taken: list[File] = []
    refused: list[tuple[str, str]] = []
    for upload in uploads:
        name = shown_name(upload.name)
        media_type = None if upload.content is None else _media_type(name, upload.content)
        if upload.content is None:
            refused.append((name, "too_large"))
        elif not upload.size:
            refused.append((name, "empty"))
        elif media_type is None:
            refused.append((name, "kind"))
        elif len(taken) == limits.files:
            refused.append((name, "too_many"))
        else:
            taken.append(File(name=name, media_type=media_type, content=upload.content))
    return tuple(taken), tuple(refused)


def shown_name(claimed: str) -> str:
    """A name that can be shown: decoded, without folders, control and direction characters, and not too long."""
    name = unicodedata.normalize("NFC", unquote(claimed, errors="replace").encode("utf-8", "replace").decode())
    name = name.replace("\\", "/").rpartition("/")[2]
    name = "".join(" " if c.isspace() else c for c in name if c.isprintable() or c.isspace()).strip(". ")
    stem, dot, suffix = name.rpartition(".")
    return f"{stem[:_LONGEST_NAME]}{dot}{suffix[:10]}" if dot else name[:_LONGEST_NAME] or "file"


def _media_type(name: str, content: bytes) -> str | None:
    """The type to keep it under, or None when it is not taken."""
    suffixes = [_SAME.get(part, part) for part in name.lower().split(".")[1:]]
    if _dangerous(content) or _RUNS.intersection(suffixes[:-1]) - {"com"}:
        return None
    seen = _recognised(content)
    suffix = suffixes[-1] if suffixes else next((each for each in seen if each in TAKEN), "")
    return _agreed(suffix, content, seen) if suffix in TAKEN else None


def _agreed(suffix: str, content: bytes, seen: Sequence[str]) -> str | None:
    """The type on which name and content agree, or None."""
    claimed = TAKEN[suffix]
    if suffix in _PACKED:
        return claimed if _office(content) == suffix else None
    if suffix in _WORDS:
        return claimed if b"\0" not in content[:_LOOK] or content.startswith(_UTF_16) else None
    if suffix in _OLD_OFFICE and content.startswith(_OLE):
        return claimed
    if not seen:
        return _UNKNOWN
    kinds = [TAKEN[each] for each in seen if each in TAKEN]
    return next((kind for kind in (claimed, *kinds) if kind in kinds and _alike(kind, claimed)), None)


def _alike(one: str, other: str) -> bool:
    """The same kind of thing: a picture under another picture's name is still a picture."""
    if one.startswith(_SOUNDS) and other.startswith(_SOUNDS):
        return True
    return one == other or {one, other} <= _LETTERS or (one.startswith("image/") and other.startswith("image/"))


def _recognised(content: bytes) -> list[str]:
    """Extensions that the content could have, best first."""
    try:
        found = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return []
    names = (match.extension.lstrip(".").lower() for match in found)
    return [_SAME.get(name, name) for name in names if name]


def _dangerous(content: bytes) -> bool:
    """Something that a computer runs, or a browser renders."""
    if content.startswith(
        (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"L\0\0\0\x01\x14\x02\0")
    ):
        return True
    if content.startswith(b"#!") and not content.startswith(b"#!AMR"):
        return True
    head = content[:_LOOK].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if head.startswith((b"@echo", b"<?php")):
        return True
    return head.startswith(b"<") and any(
        tag in head for tag in (b"<html", b"<!doctype", b"<script", b"<svg", b"<body", b"<iframe")
    )


def _office(content: bytes) -> str | None:
    """Which office document a ZIP archive is; None for every other archive, and for documents with macros."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            kind = archive.open("mimetype").read(100).decode("ascii", "replace") if "mimetype" in names else ""
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError):
        return None
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    if "word/document.xml" in names:
        return "docx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    return next((suffix for suffix in ("odt", "ods") if TAKEN[suffix] == kind.strip()), None)
