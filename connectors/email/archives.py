"""What an archive holds: the names, types and sizes of the files in it, so that nobody has to open it to know.

Rules
1. The archive stays as it came, and is what is kept, scanned (clamd looks into archives itself) and handed out.
2. Of each file in it only the first bytes are unpacked, to tell its type by its content: no bomb has anything to
   unpack. A ZIP within a ZIP is looked into once more, while it is small.
3. Office documents and the like are ZIPs too, and no archives: `kinds` tells them apart before.
4. Never an exception. Remarks: `archive_encrypted` (a person must ask for the password), `bad_archive`,
   `limit_archive`.

APPNOTE.TXT 6.3 (ZIP); `zipfile` of the standard library.
"""

from __future__ import annotations

import io
import zipfile

from connectors.email.charset import scrub
from connectors.email.kinds import media_type
from intake_daemon.message import Member

MEMBERS_LIMIT = 200
"""Files of the archives of one mail that are named, those of archives within them included."""
_ENTRIES_LIMIT = 10_000
"""Entries of an archive whose list is read at all."""
_LOOK = 4096
_INNER_LIMIT = 4 * 1024 * 1024
_LEVELS = 2
_END = b"PK\x05\x06"
_ENCRYPTED = 0x1
_READABLE = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Methods that need no memory of their own choosing (a LZMA stream may ask for four gigabytes)."""
_ARCHIVES = frozenset({"application/zip", "application/x-zip", "application/x-zip-compressed"})


def members(kind: str, content: bytes, remarks: dict[str, None], most: int = MEMBERS_LIMIT) -> tuple[Member, ...]:
    """What a file of this type holds, `most` at the most; nothing when it is no archive that we can read."""
    if kind not in _ARCHIVES:
        return ()
    found: list[Member] = []
    try:
        _list(content, "", found, remarks, most, level=1)
    except Exception:  # noqa: BLE001 -- zipfile and zlib raise what they like for bytes of a stranger
        remarks["bad_archive"] = None
    return tuple(found)


def _list(content: bytes, within: str, found: list[Member], remarks: dict[str, None], most: int, *, level: int) -> None:
    end = content.rfind(_END)
    if end < 0 or int.from_bytes(content[end + 10 : end + 12], "little") > _ENTRIES_LIMIT:
        remarks["bad_archive" if end < 0 else "limit_archive"] = None
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            if len(found) >= most:
                remarks["limit_archive"] = None
                return
            locked = bool(entry.flag_bits & _ENCRYPTED)
            if locked:
                remarks["archive_encrypted"] = None
            head = b""
            if not locked and entry.compress_type in _READABLE:
                with archive.open(entry) as file:
                    head = file.read(_LOOK)
            kind = media_type("", entry.filename, head)
            name = scrub(f"{within}{entry.filename}"[-400:])
            found.append(Member(name=name, media_type=kind, size=entry.file_size, encrypted=locked))
            if kind in _ARCHIVES and head and level < _LEVELS and entry.file_size <= _INNER_LIMIT:
                with archive.open(entry) as file:
                    inner = file.read(_INNER_LIMIT)
                _list(inner, f"{name}/", found, remarks, most, level=level + 1)
