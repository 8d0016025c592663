"""One mail in, one Draft out: the ordinary mail, field by field."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.email import Reading, parse, spam_mark
from intake_daemon.contract import Raw

MAIL = b"""Return-Path: <anna@mail.example>
Authentication-Results: mx.shop.example; dkim=pass header.d=mail.example
Message-ID: <a1@mail.example>
Date: Tue, 3 Feb 2026 10:14:59 +0200
From: =?utf-8?q?Anna_B=C4=93rzi=C5=86a?= <anna@Mail.Example>
To: Complaints <complaints@shop.example>
Subject: =?utf-8?b?U8WrZHrEq2Jh?=
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable
Content-Language: lv-LV

Kurpes sal=C5=ABza.
"""


def test_an_ordinary_mail_is_read_field_by_field() -> None:
    """Sender, subject, words, times and the way to answer come out as the customer would state them."""
    reading = Reading(authserv_ids=frozenset({"mx.shop.example"}))
    [draft] = parse(Raw(MAIL, "welzo", "message/rfc822"), reading)
    assert draft.identity.startswith("mail:welzo:")
    assert len(draft.identity) == len("mail:welzo:") + 64
    assert draft.external_id == "a1@mail.example"
    assert draft.channel == "email"
    assert (draft.sender.name, draft.sender.address("email")) == ("Anna Bērziņa", "anna@mail.example")
    assert draft.sender.verified == "dkim"
    assert [address.value for address in draft.recipients] == ["complaints@shop.example"]
    assert (draft.subject, draft.text) == ("Sūdzība", "Kurpes salūza.")
    assert draft.new_text == ((0, 14),)
    assert draft.sent_at == datetime(2026, 2, 3, 8, 14, 59, tzinfo=UTC)
    assert draft.language.client == "lv-LV"
    assert draft.reply_address is not None
    assert draft.reply_address.value == "anna@mail.example"
    assert draft.remarks == ()


@pytest.mark.parametrize(
    ("header", "marked"),
    [
        ("X-Spam-Flag: YES", True),
        ("X-Spam-Flag:  yes, score=9", True),
        ("X-Spam-Flag: NO", False),
        ("X-Other: YES", False),
    ],
)
def test_the_mark_of_our_own_filter(header: str, marked: bool) -> None:  # noqa: FBT001 -- a column of the table
    """What a filter that the company trusts writes is a remark; other headers, and without one configured any, are
    nothing."""
    raw = Raw(f"From: a@b.example\n{header}\n\nBuy now.\n".encode(), "shop", "message/rfc822")
    trusting = Reading(spam_marks=(spam_mark("X-Spam-Flag: YES"),))
    assert ("spam_mark" in parse(raw, trusting)[0].remarks) is marked
    assert "spam_mark" not in parse(raw, Reading())[0].remarks
    with pytest.raises(ValueError, match="no mark"):
        spam_mark("spam")
