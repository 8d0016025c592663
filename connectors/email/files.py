"""What came with the letter: files with the names and types that the sender claims.

Rules
1. Claims only: the type by content is the vault side's task, and nobody ever writes to a path that a mail names.
2. The parts of a report (RFC 3462) are no files; the other version of the letter in an alternative is none either.
3. An enclosed mail is a file, and so are its own files when it is the forwarded one.
"""

from __future__ import annotations

import re

from connectors.email.charset import scrub
from connectors.email.structure import Part
from intake_daemon.contract import File

_NAME_LIMIT = 200
_EXTENSIONS = {
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/html": ".html",
    "text/plain": ".txt",
}
"""What a file without a name is called after."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def files_of(root: Part, letter: list[Part]) -> tuple[File, ...]:
    """Every file of the mail, in order."""
    spoken = {id(part) for part in letter}
    leaves = [leaf for leaf in root.leaves() if id(leaf) not in spoken and _is_file(leaf, root)]
    return tuple(_file(leaf, place) for place, leaf in enumerate(leaves, 1))


def sealed(root: Part) -> dict[str, None]:
    """Remarks on what is here and cannot be read by us: `encrypted`, `tnef`."""
    found: dict[str, None] = {}
    for part in (root, *root.leaves()):
        smime = part.media_type in {"application/pkcs7-mime", "application/x-pkcs7-mime"}
        if part.media_type in {"multipart/encrypted", "application/pgp-encrypted"} or (
            smime and part.params.get("smime-type", "enveloped-data").lower() == "enveloped-data"
        ):
            found["encrypted"] = None
        elif part.media_type in {"application/ms-tnef", "application/vnd.ms-tnef"}:
            found["tnef"] = None
    return found


def _is_file(leaf: Part, root: Part) -> bool:
    parent = leaf.parent
    if leaf is root:
        return (
            bool(leaf.name)
            or leaf.disposition == "attachment"
            or not leaf.media_type.startswith(("text/", "multipart/"))
        )
    if parent is not None and parent.media_type == "multipart/report":
        return False
    if leaf.name or leaf.disposition == "attachment":
        return True
    if leaf.media_type.startswith("multipart/"):
        return leaf.end - leaf.start > 0 and leaf.depth > 0
    if leaf.media_type in {"text/plain", "text/html"}:
        return False
    alternative = parent is not None and parent.media_type == "multipart/alternative"
    return not (alternative and leaf.media_type.startswith("text/") and leaf.media_type != "text/calendar")


def _file(leaf: Part, place: int) -> File:
    related = leaf.parent is not None and leaf.parent.media_type == "multipart/related"
    inline = leaf.disposition == "inline" or (
        related and "content-id" in leaf.fields and leaf.disposition != "attachment"
    )
    return File(name=_name(leaf, place), media_type=leaf.media_type, content=leaf.content, inline=inline)


def _name(leaf: Part, place: int) -> str:
    name = leaf.name
    if not name and leaf.media_type == "message/rfc822" and leaf.children:
        name = leaf.children[0].fields.words("subject")[:100].strip(" .") + ".eml"
    name = _CONTROL.sub("", scrub(name)).replace("\\", "/").rpartition("/")[2].strip()
    if not name.strip("."):
        name = f"part-{place}{_EXTENSIONS.get(leaf.media_type, '')}"
    return name[-_NAME_LIMIT:]
