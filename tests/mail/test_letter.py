"""connectors/mail/letter.py: one notice as a mail."""

from __future__ import annotations

import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mail.letter import write
from intake_daemon.errors import Permanent
from intake_daemon.message import Address, Notice

NOW = datetime(2026, 11, 21, 10, 0, 5, tzinfo=UTC)


def letter(**said: Any) -> tuple[bytes, EmailMessage]:  # noqa: ANN401 -- fields of Notice
    """The mail's bytes, and as a reader sees it."""
    plain: dict[str, Any] = {
        "id": "0b7d6c5e-0000-5000-8000-000000000001",
        "case": "c",
        "reference": "WEL-4T7K-Q9MX-2RH0",
        "brand": "welzo",
        "purpose": "acknowledgement",
        "connector": "mail",
        "to": Address(kind="email", value="ann@shop.example"),
        "sender_name": "Welzo",
        "sender_address": "complaints@welzo.example",
        "subject": "We have your complaint",
        "text": "Hello",
        "language": "en",
        "token": "abcdef234567",
        "created_at": NOW,
    }
    content = write(Notice(**(plain | said)), now=NOW, bounces="bounces", hostname="localhost").content
    read = email.message_from_bytes(content, _class=EmailMessage, policy=email.policy.SMTP)
    assert isinstance(read, EmailMessage)
    assert not read.defects
    return content, read


def test_the_whole_mail() -> None:
    """Every header that RFC 5322 and RFC 3834 ask for, and no other."""
    content, _ = letter(in_reply_to="2@shop.example", references=("1@shop.example",))
    assert content.decode() == (
        "Date: Sat, 21 Nov 2026 10:00:05 +0000\r\n"
        "From: Welzo <complaints@welzo.example>\r\n"
        "To: <ann@shop.example>\r\n"
        "Subject: We have your complaint\r\n"
        "Message-ID: <abcdef234567@welzo.example>\r\n"
        "In-Reply-To: <2@shop.example>\r\n"
        "References: <1@shop.example>\r\n <2@shop.example>\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "X-Auto-Response-Suppress: OOF, AutoReply\r\n"
        "Content-Language: en\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8; format=fixed\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "Hello\r\n"
    )


@pytest.mark.parametrize(
    ("automatic", "header"), [("replied", "auto-replied"), ("generated", "auto-generated"), ("no", None)]
)
def test_auto_submitted(automatic: str, header: str | None) -> None:
    """RFC 3834, 5.2: an answer, a report, and nothing at all where a person wrote it."""
    _, read = letter(automatic=automatic)
    assert read["Auto-Submitted"] == header
    assert (read["X-Auto-Response-Suppress"] is None) == (header is None)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


@given(TEXTS)
def test_any_text_arrives(text: str) -> None:
    """Whatever the text is, it arrives as it was, in lines that are legal, in plain ASCII."""
    content, read = letter(text=text)
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    payload = read.get_payload(decode=True)
    assert isinstance(payload, bytes)
    expected = text.rstrip().replace("\r\n", "\n").replace("\r", "\n")
    assert payload.decode().replace("\r\n", "\n") == expected + "\n"


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300)


@given(WORDS, WORDS)
def test_any_subject_and_name_arrive(subject: str, name: str) -> None:
    """Subject and sender's name arrive as they were; lines with encoded words keep to 76 (RFC 2047)."""
    content, _ = letter(subject=subject, sender_name=name)
    head = content.partition(b"\r\n\r\n")[0]
    for line in head.split(b"\r\n"):
        if b"=?" in line:
            assert len(line) <= 76, line
    assert content.isascii()
    read = email.message_from_bytes(content)
    seen = email.header.make_header(email.header.decode_header(read["Subject"]))
    assert str(seen).strip() == subject.strip()
    phrase = read["From"].rpartition("<")[0].strip()
    if phrase.startswith('"'):  # a quoted string; what looks like one inside an encoded word is the name's own
        phrase = phrase[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    assert str(email.header.make_header(email.header.decode_header(phrase))).strip() == name.strip()


@pytest.mark.parametrize("field", ["sender_name", "subject", "token", "in_reply_to", "references"])
@pytest.mark.parametrize("evil", ["x\r\nBcc: all@shop.example", "x\nBcc: all@shop.example", "x\rBcc: a@b", "x\0"])
def test_nobody_writes_a_header_into_it(field: str, evil: str) -> None:
    """A line end in any field is refused for ever, not repaired."""
    with pytest.raises(Permanent, match="bad_field"):
        letter(**{field: (evil,) if field == "references" else evil})


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "ann@",
        "@shop.example",
        "a@b@c.example",
        "ann@shop.example\r\nBcc: x@y.example",
        "ann bee@shop.example",
        "<ann@shop.example>",
        "ann@shop.example, bob@shop.example",
        "ann@shop.example>, <bob@shop.example",
        "a@" + "x" * 400,
    ],
)
def test_an_address_that_is_none(address: str) -> None:
    """What is not exactly one address can never be sent to, nor from."""
    with pytest.raises(Permanent, match="bad_address"):
        letter(to=Address(kind="email", value=address))
    with pytest.raises(Permanent, match="bad_address"):
        letter(sender_address=address)


def test_only_mail_addresses() -> None:
    """A telephone number is no place for a mail."""
    with pytest.raises(Permanent, match="bad_address"):
        letter(to=Address(kind="phone", value="+371@x.example"))


def test_an_international_domain_is_written_in_ascii() -> None:
    """A domain beyond ASCII is written in its ASCII form, so that any server takes it (RFC 5890)."""
    content, _ = letter(to=Address(kind="email", value="ann@läden.example"), sender_address="beschwerde@läden.example")
    assert b"To: <ann@xn--lden-loa.example>" in content
    assert b"Message-ID: <abcdef234567@xn--lden-loa.example>" in content


def test_a_bad_message_id_is_left_out() -> None:
    """A Message-ID that was written against the rules is not named; the letter goes out all the same."""
    content, read = letter(in_reply_to="a b@c>", references=("ok@shop.example", "no good", "ž@x.example"))
    assert read["In-Reply-To"] is None
    assert b"References: <ok@shop.example>\r\n" in content


def test_a_long_thread_is_shortened() -> None:
    """Of a long thread the first and the latest Message-IDs are kept."""
    _, read = letter(references=tuple(f"{number}@x.example" for number in range(100)), in_reply_to="last@x.example")
    named = read["References"].split()
    assert len(named) == 20
    assert (named[0], named[-1]) == ("<0@x.example>", "<last@x.example>")
