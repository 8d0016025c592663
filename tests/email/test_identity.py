"""One mail is one, whichever way it came; two mails are two, whatever they share."""

from __future__ import annotations

import base64
import quopri

import pytest

from tests.email.letters import mail, read

BODY = "Labdien! Kurpes salūza.\nŠī ir otrā rinda.\n"
PLAIN = mail(BODY, Subject="Sūdzība par kurpēm")


def encoded(name: str) -> bytes:
    """The same mail under another transfer encoding."""
    raw = BODY.encode()
    content = base64.encodebytes(raw) if name == "base64" else quopri.encodestring(raw)
    subject = "=?utf-8?q?S=C5=ABdz=C4=ABba_par?= =?utf-8?b?IGt1cnDEk20=?="
    return mail(content.decode(), Subject=subject, Content_Transfer_Encoding=name)


COPIES = {
    "trace fields": b"Return-Path: <x@y.example>\nReceived: from a by b; now\nDelivered-To: c@d.example\n" + PLAIN,
    "authentication": b"Authentication-Results: mx; none\nDKIM-Signature: v=1\nX-Spam: no\n" + PLAIN,
    "line ends": PLAIN.replace(b"\n", b"\r\n"),
    "a line more at the end": PLAIN + b"\r\n\r\n",
    "base64": encoded("base64"),
    "quoted-printable": encoded("quoted-printable"),
    "another zone of the same moment": PLAIN.replace(b"12:00:00 +0200", b"10:00:00 +0000"),
    "refolded": PLAIN.replace("Sūdzība par".encode(), "Sūdzība\n par".encode()),
    "recipients": PLAIN.replace(b"To: complaints@shop.example", b"To: info@shop.example"),
    "domain in capitals": PLAIN.replace(b"anna@mail.example>\nTo", b"anna@MAIL.example>\nTo"),
}


@pytest.mark.parametrize("copy", list(COPIES.values()), ids=list(COPIES))
def test_what_changes_on_the_way_makes_no_other_mail(copy: bytes) -> None:
    """Two mailboxes, two paths, one contact."""
    assert copy != PLAIN
    assert read(copy).identity == read(PLAIN).identity


OTHERS = {
    "body": mail(BODY + "Vēl kas.", Subject="Sūdzība par kurpēm"),
    "subject": mail(BODY, Subject="Sūdzība par zābakiem"),
    "sender": mail(BODY, Subject="Sūdzība par kurpēm", From="Berta <berta@mail.example>"),
    "date": mail(BODY, Subject="Sūdzība par kurpēm", Date="Tue, 3 Feb 2026 12:00:01 +0200"),
    "message id": mail(BODY, Subject="Sūdzība par kurpēm", Message_ID="<a2@mail.example>"),
}


@pytest.mark.parametrize("other", list(OTHERS.values()), ids=list(OTHERS))
def test_what_makes_it_this_mail_makes_two_of_two(other: bytes) -> None:
    """Also two different mails that share one Message-ID."""
    assert read(other).identity != read(PLAIN).identity


def test_an_attachment_counts() -> None:
    """The same words with another photo are another mail."""
    one, two = (
        f"--b\n\nHi\n--b\nContent-Type: x/y\nContent-Transfer-Encoding: base64\n\n{data}\n--b--\n"
        for data in ("AAAA", "BBBB")
    )
    kind = "multipart/mixed; boundary=b"
    assert read(mail(one, Content_Type=kind)).identity != read(mail(two, Content_Type=kind)).identity


def test_what_lies_beyond_the_limits_counts_too() -> None:
    """Nothing of a mail is invisible to its identity."""
    parts = [b"--b\nContent-Type: text/plain\n\n%d\n" % place for place in range(1500)]
    head = b"Content-Type: multipart/mixed; boundary=b\n\n"
    whole = head + b"".join(parts) + b"--b--\n"
    other = head + b"".join(parts[:-1]) + b"--b\nContent-Type: text/plain\n\nother\n--b--\n"
    assert read(whole).identity != read(other).identity


def test_brands_keep_their_own() -> None:
    """The identity names the brand, and a mail without Message-ID has its hash as external id."""
    draft = read(mail(BODY, Message_ID=""))
    assert draft.identity.startswith("mail:welzo:")
    assert draft.external_id == "sha256:" + draft.identity.removeprefix("mail:welzo:")


def test_the_identity_of_a_stored_mail_never_changes() -> None:
    """Ids of held contacts are kept for ever: this hash may change with no version of ours."""
    expected = "mail:welzo:a34925bcb7b375d81656e6518ef9794e7a65441e7a32d84813a9c3c4425fa377"
    assert read(PLAIN).identity == expected
