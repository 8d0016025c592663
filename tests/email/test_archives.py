"""What an archive holds is told; the archive stays as it came, and nothing is unpacked that could burst."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.email.archives import MEMBERS_LIMIT, members
from tests.email.letters import TIMES, read

PHOTO = b"\xff\xd8\xff\xe0" + b"x" * 10_000
LETTER = b"From: a@b.example\nSubject: x\n\nhello\n"


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP of these files."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return whole.getvalue()


def test_a_mail_tells_what_its_archive_holds() -> None:
    """Types by content, whatever the names say; an enclosed mail is one; an archive within it is looked into."""
    inner = packed({"scan.pdf": b"%PDF-1.4 x"})
    whole = packed({"photos/zole.txt": PHOTO, "old.eml": LETTER, "inner.zip": inner, "run.pdf": b"MZ" + b"\0" * 200})
    mail = (
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee it.\n--b\n"
        b"Content-Type: application/octet-stream; name=all.zip\nContent-Transfer-Encoding: base64\n\n"
    )
    draft = read(mail + base64.encodebytes(whole) + b"\n--b--\n")
    (file,) = draft.files
    assert (file.name, file.media_type, file.content) == ("all.zip", "application/zip", whole)
    assert [(each.name, each.media_type, each.size) for each in file.holds] == [
        ("photos/zole.txt", "image/jpeg", len(PHOTO)),
        ("old.eml", "message/rfc822", len(LETTER)),
        ("inner.zip", "application/zip", len(inner)),
        ("inner.zip/scan.pdf", "application/pdf", 10),
        ("run.pdf", "application/vnd.microsoft.portable-executable", 202),
    ]
    assert draft.remarks == ()


LOCKED = packed({"secret.txt": b"x"}).replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0")
"""The list says that a file is encrypted."""


@pytest.mark.parametrize(
    ("content", "remark", "count"),
    [
        (LOCKED, "archive_encrypted", 1),
        (packed({str(n): b"" for n in range(MEMBERS_LIMIT + 1)}), "limit_archive", MEMBERS_LIMIT),
        (packed({"bomb": b"\0" * 50_000_000}), "", 1),
        (packed({"a": b"x"})[:-10], "bad_archive", 0),
        (b"PK\x03\x04 and no more", "bad_archive", 0),
        (packed({"a": b"x"}, zipfile.ZIP_LZMA), "", 1),
    ],
    ids=["locked", "many", "bomb", "cut", "no end", "another method"],
)
def test_what_cannot_be_read_is_told(content: bytes, remark: str, count: int) -> None:
    """Locked, too many, broken: said, never refused; of a bomb only the first bytes are unpacked."""
    remarks: dict[str, None] = {}
    found = members("application/zip", content, remarks)
    assert (len(found), list(remarks)) == (count, [remark] if remark else [])


@settings(max_examples=50 * TIMES, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 200), st.binary(min_size=1, max_size=20))
def test_any_bytes_are_an_archive_or_none(noise: bytes, place: int, change: bytes) -> None:
    """Whatever a stranger packs: no exception."""
    whole = packed({"a.txt": b"hello", "b/c.jpg": PHOTO[:100]})
    for content in (noise, b"PK\x03\x04" + noise, whole[:place] + change + whole[place + len(change) :]):
        members("application/zip", content, {})
