"""Any bytes give exactly one Draft, quickly, that can travel as JSON and be stored in PostgreSQL."""

from __future__ import annotations

import email
import hashlib
import json
import time
from email.message import Message as StdlibMessage
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.email import parse
from intake_daemon import life
from intake_daemon.contract import Can, Draft, Raw
from intake_daemon.message import Message
from tests.desk.letters import KEY, NOON, rules
from tests.email.letters import READING, TIMES, mail, read

SMTP = life.Source("smtp-in", "smtp", frozenset({Can.SOURCE_RETRIES}))

PIECES = st.sampled_from(
    [
        *(b"From: ", b"To: ", b"Subject: ", b"Date: ", b"Message-ID: ", b"Content-Type: ", b"In-Reply-To: "),
        *(b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"Received: x"),
        *(b"multipart/mixed; boundary=b", b"multipart/alternative; boundary=c", b"multipart/report; boundary=b"),
        *(b"message/rfc822", b"message/delivery-status", b"text/html; charset=", b"text/plain; charset=utf-16"),
        *(b"text/plain; format=flowed", b"iso-8859-1", b"x-unknown", b"idna", b"Content-Disposition: attachment"),
        *(b"; filename*0*=utf-8''%C4; filename*1=x", b'; name="=?utf-8?B?xIE=?="', b"=?utf-8?Q?=C4?= =?utf-8?Q?=81?="),
        *(b"--b", b"--c", b"--b--", b"--c--", b"\n", b"\r\n", b"\n\n", b"\r", b" ", b"\t", b">", b"> ", b"-- \n", b":"),
        *(b"Anna <a@b.example>", b'<a@b.example>, "x" <', b"group: a@b, c@d;", b"(comment", b'"', b"<", b"@", b","),
        *(
            b"On 3 Feb 2026 at 10:15, A <a@b.example> wrote:\n",
            b"---------- Forwarded message ---------\n",
            b"begin 644 x\n",
        ),
        *(
            b"From: A <a@b.example>\nSent: 3 Feb 2026 10:15\nTo: c\nSubject: d\n\n",
            b"<div style='display:none'>",
            b"</div>",
        ),
        *(
            b"<blockquote>",
            b"<!--",
            b'<a href="http://x">',
            b"&#xD800;&#0;",
            b"=00=ED=A0=80",
            b"\0",
            b"\xff\xfe",
            b"\xc5\xab",
        ),
        *(b"Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n", b"AAAA====AAA", b"\xed\xa0\x80"),
    ]
)
MAILS = st.one_of(
    st.binary(max_size=400), st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=60).map(b"".join)
)


def sound(draft: Draft) -> None:
    """What must hold of every Draft, whatever the mail was."""
    assert draft.identity.startswith("mail:welzo:")
    assert draft.external_id
    end = 0
    for start, stop in draft.new_text:
        assert end <= start < stop <= len(draft.text)
        end = stop
    if draft.forwarded:
        end = 0
        for start, stop in draft.forwarded.new_text:
            assert end <= start < stop <= len(draft.text)
            end = stop
    words = [
        draft.text,
        draft.subject,
        draft.external_id,
        draft.sender.model_dump_json(),
        draft.thread.model_dump_json(),
    ]
    words += [draft.automatic.model_dump_json(), *(address.value for address in draft.recipients), *draft.remarks]
    words += [word for file in draft.files for word in (file.name, file.media_type)]
    if draft.forwarded:
        words += [draft.forwarded.subject, draft.forwarded.sender.model_dump_json(), draft.forwarded.message_id or ""]
    for word in words:
        json.dumps(word).encode()
        word.encode()
        assert "\0" not in word
        assert "\\u0000" not in word
    assert not [remark for remark in draft.remarks if remark.startswith("failed_")]


@settings(max_examples=400 * TIMES, deadline=None)
@given(MAILS)
def test_any_bytes_give_one_sound_draft(content: bytes) -> None:
    """No exception, not even one that was caught inside; spans lie in the text, in order; nothing unstorable."""
    sound(read(content))


@settings(max_examples=100 * TIMES, deadline=None)
@given(MAILS, st.sampled_from(["", "a@b.example", "<>", "x"]))
def test_any_body_under_a_sound_header_keeps_the_header(body: bytes, path: str) -> None:
    """Whatever follows the header, sender and Message-ID are read."""
    content = b"From: Anna <anna@mail.example>\nMessage-ID: <a1@mail.example>\n\n" + body
    draft = read(content, mail_from=path)
    sound(draft)
    assert draft.sender.address("email") == "anna@mail.example"
    assert draft.external_id == "a1@mail.example"


# without the letters behind which we see UTF-8 that was encoded twice: there we and `email` differ on purpose
BEHIND = "".join(map(chr, range(0x80, 0xC0))) + bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")
LINES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0" + BEHIND), max_size=40)
TREES = st.recursive(
    LINES.map(lambda words: f"x{words}"), lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=8
)


@settings(max_examples=100 * TIMES, deadline=None)
@given(TREES)
def test_a_well_formed_mail_is_read_as_the_standard_library_reads_it(tree: object) -> None:
    """Our one pass over the bytes and `email` find the same leaves with the same words."""
    content = mail_of(tree, [0])
    theirs = [
        part.get_payload(decode=True) for part in email.message_from_bytes(content).walk() if not part.is_multipart()
    ]
    ours = read(b"From: anna@mail.example\n" + content)
    assert all(isinstance(payload, bytes) for payload in theirs)
    text = "\n\n".join(payload.decode().strip("\n") for payload in theirs if isinstance(payload, bytes))
    assert ours.text == text.strip("\n")
    assert isinstance(email.message_from_bytes(content), StdlibMessage)


def mail_of(tree: object, count: list[int]) -> bytes:
    """A mail whose parts are the lists and whose leaves are the words of `tree`."""
    if isinstance(tree, str):
        return b"Content-Type: text/plain; charset=utf-8\n\n" + tree.encode()
    assert isinstance(tree, list)
    count[0] += 1
    boundary = f"b{count[0]}"
    parts = "".join(f"--{boundary}\n{mail_of(one, count).decode()}\n" for one in tree)
    return f"Content-Type: multipart/mixed; boundary={boundary}\n\n{parts}--{boundary}--\n".encode()


def wide(count: int) -> bytes:
    """So many parts beside each other."""
    parts = b"".join(b"--b\nContent-Type: text/plain\n\npart %d\n" % place for place in range(count))
    return b"Content-Type: multipart/mixed; boundary=b\n\n" + parts + b"--b--\n"


def deep(count: int) -> bytes:
    """So many parts within each other."""
    return (
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(count)) + b"\nhi\n"
    )


HOSTILE: dict[str, tuple[bytes, set[str]]] = {
    "10,000 parts": (wide(10_000), {"limit_parts"}),
    "500 levels": (deep(500), {"limit_depth"}),
    "1,500 levels": (deep(1500), {"limit_depth"}),
    "1,500 enclosed mails": (b"From: a@b.example\nContent-Type: message/rfc822\n\n" * 1500, {"limit_depth"}),
    "a header without end": (b"a: b\n" * 400_000, {"limit_headers"}),
    "10 MB of text": (b"\n" + b"hello world, this is it\n" * 430_000, {"limit_text"}),
    "6 MB of dashes": (b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--\n" * 2_000_000, {"limit_text"}),
    "a million tags that never end": (b"Content-Type: text/html\n\n" + b'<a "' * 300_000, set()),
    **{
        f"html: {name}": (b"Content-Type: text/html\n\n" + page, set())
        for name, page in {
            "scripts": b"<script>" * 100_000,
            "comments": b"<!--" * 200_000,
            "letters": b"<1" * 400_000 + b">",
            "links on a line": b"<a href='http://x.example'>y</a>" * 30_000,
            "quotes": b"<blockquote>x" * 60_000,
            "one long attribute": b"<p style='" + b"height:0;" * 100_000 + b"'>x</p>",
            "an attribute without a value": b"<p " + b"a" * 900_000 + b">x",
            "lists": b"<ul><li>x" * 80_000,
            "hidden": b"<div style='display:none'>" * 30_000,
        }.items()
    },
    "missing boundaries": (
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        + b"--b\nContent-Type: multipart/mixed; boundary=no\n\nx\n" * 900
        + b"x" * 10_000_000,
        {"bad_boundary"},
    ),
    "deep HTML": (b"Content-Type: text/html\n\n" + b"<div>" * 500_000 + b"x", set()),
    "a line of arrows": (b"Subject: Re: x\n\n" + b"> " * 500_000, set()),
    "one block after another": (
        b"Subject: Re: x\n\n" + b"From: a@b.c\nDate: 3 Feb 2026 10:15\nTo: x\n\n" * 20_000,
        set(),
    ),
    "a long address field": (b"To: " + b'"a, <' * 50_000 + b"\n\nx", set()),
    "encoded words without end": (b"Subject: " + b"=?x?b?" * 40_000 + b"\n\nx", set()),
    "folded lines": (b"Subject: x\n" + b" y\n" * 80_000 + b"\nx", set()),
}


@pytest.mark.parametrize(("content", "remarks"), list(HOSTILE.values()), ids=list(HOSTILE))
def test_a_hostile_mail_is_read_within_bounds_and_says_what_was_left_out(content: bytes, remarks: set[str]) -> None:
    """CPU time is bounded (generously: other work shares the processor's caches), limits are remarked."""
    before = time.process_time()
    draft = read(content)
    assert time.process_time() - before < 10
    sound(draft)
    assert remarks <= set(draft.remarks)


def test_an_ordinary_mail_has_no_remarks() -> None:
    """Remarks are for what had to be repaired."""
    assert read(mail("Hello\n")).remarks == ()


class Kept:
    """A vault that keeps nothing but hashes."""

    async def put(self, content: bytes) -> str:
        """The key."""
        return hashlib.sha256(content).hexdigest()


@settings(max_examples=100 * TIMES, deadline=None)
@given(MAILS)
def test_any_bytes_become_a_message_that_travels(content: bytes) -> None:
    """The whole path: bytes, draft, message, JSON, and back the same."""
    half: Any = SimpleNamespace(brands=rules().brands, key=KEY, vault=Kept(), scanner=None, aside=None)
    raw = Raw(content, "welzo", "message/rfc822", envelope={"mail_from": "a@b.example"})
    [draft] = parse(raw, READING)
    with pytest.raises(StopIteration) as done:  # nothing in it waits, so no loop is needed
        life.complete(half, SMTP, raw, draft, NOON, "0" * 64).send(None)
    message = done.value.value
    assert Message.model_validate_json(message.to_json()) == message
    assert message.new_words.strip() in message.text or message.new_text
