"""What came with the letter: files with the names and types that the sender claims.

Rules
1. Names are claims, and nobody ever writes to a path that a mail names; the type is told by the content (`kinds`).
2. The parts of a report (RFC 3462) are no files; the other version of the letter in an alternative is none either.
3. An enclosed mail is a file, and so are its own files when it is the forwarded one.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from connectors.email.archives import MEMBERS_LIMIT, members
from connectors.email.charset import scrub
from connectors.email.header import spoken
from connectors.email.kinds import media_type
from connectors.email.structure import Part
from connectors.email.unpacking import encrypted
from intake_daemon.contract import File

_NAME_LIMIT = 200
_ID_LIMIT = 400
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
_ARMOUR, _ARMOUR_LOOK = b"-----BEGIN PGP MESSAGE-----", 1000  # bytes: a letter that begins so is sealed
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def files_of(root: Part, letter: list[Part], remarks: dict[str, None]) -> tuple[File, ...]:
    """Every file of the mail, in order; of an archive what it holds."""
    words = {id(part) for part in letter}
    leaves = [leaf for leaf in root.leaves() if id(leaf) not in words and not leaf.opened and _is_file(leaf, root)]
    found: list[File] = []
    left = MEMBERS_LIMIT
    for place, leaf in enumerate(leaves, 1):
        found.append(_file(leaf, place, remarks, left))
        left -= len(found[-1].holds)
    return tuple(found)


def sealed(root: Part) -> dict[str, None]:
    """Remarks on what is here and cannot be read by us: `encrypted`, `tnef`."""
    found: dict[str, None] = {}
    for part in (root, *root.leaves()):
        if part.media_type in {"multipart/encrypted", "application/pgp-encrypted"} or encrypted(part):
            found["encrypted"] = None
        elif part.media_type in {"application/ms-tnef", "application/vnd.ms-tnef"} and not part.opened:
            found["tnef"] = None
        elif part.media_type == "text/plain" and part.content[:_ARMOUR_LOOK].lstrip().startswith(_ARMOUR):
            found["encrypted"] = None
    return found


def pictures(files: tuple[File, ...]) -> dict[str, str]:
    """Content-ID -> file name, for the places in HTML where they are shown."""
    return {file.content_id: file.name for file in files if file.content_id}


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


def _file(leaf: Part, place: int, remarks: dict[str, None], members_left: int) -> File:
    related = leaf.parent is not None and leaf.parent.media_type == "multipart/related"
    inline = leaf.disposition == "inline" or (
        related and "content-id" in leaf.fields and leaf.disposition != "attachment"
    )
    name, content = _name(leaf, place), leaf.content
    kind = leaf.media_type if leaf.media_type.startswith("message/") else media_type(leaf.media_type, name, content)
    shown_as = spoken(leaf.fields.plain("content-id")).strip("<> ")[:_ID_LIMIT]
    return File(
        name=name,
        media_type=kind,
        content=content,
        inline=inline,
        content_id=unquote(shown_as) or None,
        holds=members(kind, content, remarks, members_left),
    )


def _name(leaf: Part, place: int) -> str:
    name = leaf.name
    if not name and leaf.media_type == "message/rfc822" and leaf.children:
        subject = leaf.children[0].fields.words("subject")[:100].strip(" .")
        name = f"{subject}.eml" if subject else ""
    name = _CONTROL.sub("", scrub(name)).replace("\\", "/").rpartition("/")[2].strip()
    if not name.strip("."):
        name = f"part-{place}{_EXTENSIONS.get(leaf.media_type, '')}"
    return name[-_NAME_LIMIT:]
