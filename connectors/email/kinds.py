"""Which kind of file it is, by its content; what a sender or a client claims is only a hint.

Rules
1. The content wins wherever it is recognised; the claim only chooses among what such content may be (a Word file is an
   OLE container, an Excel sheet a ZIP archive).
2. Content that is not recognised keeps its claim: a photo that broke on its way is evidence all the same. A claim that
   says nothing (`application/octet-stream`) gives way to the file's name.
3. Signatures only, at fixed places in the first bytes: constant time, whatever the file holds. Nothing is unpacked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

NOTHING = "application/octet-stream"
_LOOK = 4096  # bytes in which names inside an archive, or a tag, are looked for

_SIGNS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
    (0, b"\x7fELF", "application/x-elf"),
    (0, b"\xca\xfe\xba\xbe", "application/java-vm"),
    (0, b"L\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"#!/", "text/x-shellscript"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"BEGIN:VCALENDAR", "text/calendar"),
    (0, b"BEGIN:VCARD", "text/vcard"),
    (0, b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (0, b"-----BEGIN PGP MESSAGE-----", "application/pgp-encrypted"),
    (0, b"-----BEGIN PGP SIGNATURE-----", "application/pgp-signature"),
)
_RIFF = frozenset({"image/webp", "audio/wav", "video/x-msvideo"})
_BRANDS: Mapping[bytes, str] = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"), "image/heic"),
    b"avif": "image/avif",
    b"qt  ": "video/quicktime",
    **dict.fromkeys((b"M4A ", b"M4B "), "audio/mp4"),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6", b"3g2a"), "video/3gpp"),
}
_OFFICE: tuple[tuple[bytes, str], ...] = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_OPEN_DOCUMENT = re.compile(rb"mimetype(application/(?:vnd\.oasis\.opendocument\.[a-z-]+|epub\+zip))")
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|script|body|iframe)\b", re.IGNORECASE)
_PICTURE = re.compile(rb"(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*|<!doctype svg[^>]*>\s*)*<svg\b", re.IGNORECASE)

_BY_NAME: Mapping[str, str] = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "heic": "image/heic", "heif": "image/heic", "tif": "image/tiff", "tiff": "image/tiff", "bmp": "image/bmp",
    "svg": "image/svg+xml", "pdf": "application/pdf", "rtf": "application/rtf", "txt": "text/plain",
    "log": "text/plain", "csv": "text/csv", "htm": "text/html", "html": "text/html", "xml": "application/xml",
    "json": "application/json", "ics": "text/calendar", "vcf": "text/vcard", "eml": "message/rfc822",
    "doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook", "docx": _OFFICE[0][1], "xlsx": _OFFICE[1][1], "pptx": _OFFICE[2][1],
    "odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "zip": "application/zip", "gz": "application/gzip", "7z": "application/x-7z-compressed",
    "rar": "application/vnd.rar", "mp3": "audio/mpeg", "m4a": "audio/mp4", "wav": "audio/wav", "ogg": "audio/ogg",
    "opus": "audio/ogg", "amr": "audio/amr", "mp4": "video/mp4", "mov": "video/quicktime", "3gp": "video/3gpp",
    "webm": "video/webm", "avi": "video/x-msvideo", "p7m": "application/pkcs7-mime",
    "p7s": "application/pkcs7-signature",
}  # fmt: skip
_EMPTY_CLAIMS = frozenset(
    "application/octet-stream application/x-unknown application/unknown application/force-download"
    " application/download application/binary application/octetstream binary/octet-stream".split()
)
_OLE = re.compile(r"application/(?:msword|vnd\.ms-.+|x-ole-storage|x-msi|vnd\.visio|vnd\.msoffice)")
_ZIP = re.compile(
    r"application/(?:zip|x-zip|x-zip-compressed|epub\+zip|java-archive|vnd\.openxmlformats.+|vnd\.oasis.+|vnd\.apple\..+"
    r"|vnd\.ms-.+macroenabled.+|vnd\.android\.package-archive|vnd\.google-earth\.kmz)"
)


def media_type(claimed: str, name: str, content: bytes) -> str:
    """The type to keep a file under. `claimed`: as the sender says, in lower case; `name`: the file's."""
    named = _BY_NAME.get(name.rpartition(".")[2].lower(), "") if "." in name else ""
    seen = recognised(content)
    hint = claimed if claimed and claimed not in _EMPTY_CLAIMS else named
    if seen is None:
        return hint or NOTHING
    for one in (hint, named):
        if one and _may_be(one, seen):
            return one
    return seen


def recognised(content: bytes) -> str | None:
    """The type that the first bytes show, or None."""
    head = content[:_LOOK]
    for place, sign, kind in _SIGNS:
        if head.startswith(sign, place) and (kind not in _RIFF or head.startswith(b"RIFF")):
            return _within_zip(head) if kind == "application/zip" else kind
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0":
        return "image/bmp"
    if head.startswith(b"MZ") and len(head) > 64:  # noqa: PLR2004 -- the DOS header
        return "application/vnd.microsoft.portable-executable"
    return "application/pdf" if b"%PDF-" in head[:1024] else _markup(head)


def _markup(head: bytes) -> str | None:
    text = head[:1024].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if not text.startswith(b"<"):
        return None
    if _PICTURE.match(text):
        return "image/svg+xml"
    return "text/html" if _PAGE.search(text) else None


def _within_zip(head: bytes) -> str:
    """Which archive: the names of its first files tell an office document."""
    if match := _OPEN_DOCUMENT.search(head[:200]):
        return match[1].decode()
    if b"[Content_Types].xml" in head or b"_rels/" in head or b"docProps/" in head:
        return next((kind for sign, kind in _OFFICE if sign in head), "application/zip")
    return "application/zip"


def _may_be(claimed: str, seen: str) -> bool:
    """Whether content that shows itself as `seen` may be what it is claimed to be."""
    if claimed == seen:
        return True
    if seen == "application/x-ole-storage":
        return bool(_OLE.fullmatch(claimed))
    if seen == "application/zip":
        return bool(_ZIP.fullmatch(claimed))
    if seen in {"video/mp4", "video/webm", "audio/ogg", "audio/mp4"}:
        return claimed.partition("/")[0] in {"audio", "video"}
    return seen == "application/rtf" and claimed in {"text/rtf", "application/msword"}
