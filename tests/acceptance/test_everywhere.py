"""What holds on every way: once is once, machines get no answer, a letter is one that machines leave alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from router.ledger import tables
from tests.acceptance.arranging import arranged, with_settings
from tests.acceptance.office import Clock, Office, office_of

WORDS = "You charged my card twice for one order."


def written(text: str = WORDS, *, sender: str = "ann@customer.example", **headers: str) -> bytes:
    """A mail of a customer's, byte for byte the same each time."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Ann <{sender}>", "complaints@welzo.example", "Complaint"
    mail["Message-ID"] = "<one@customer.example>"
    for name, value in headers.items():
        header = name.replace("_", "-")
        del mail[header]
        mail[header] = value
    mail.set_content(text)
    return mail.as_bytes()


async def contacts(office: Office) -> Sequence[sa.Row[Any]]:
    """Every contact that is kept, in the order in which it came."""
    query = sa.select(tables.contacts).order_by(tables.contacts.c.decided_at)
    return await office.house.store.read(lambda connection: connection.execute(query).all())


@pytest.mark.row("AT-X02")
async def test_delivered_three_times(var: Path) -> None:
    """AT-X02: the same mail twice, and once more after a restart: one case, one acknowledgement."""
    clock, place = Clock(), arranged(var)
    async with office_of(place, clock) as office:
        case = await office.mail("", raw=written())
        assert case
        await office.mail("", raw=written())
    async with office_of(place, clock) as office:
        await office.mail("", raw=written())
        assert [each.id for each in await office.cases()] == [case.id]
        assert [row.seen for row in await contacts(office)] == [3]
        assert len(office.told()) == 1
        assert (await office.types(case)).count("acknowledgement.sent") == 1


@pytest.mark.row("AT-X03")
async def test_machines_are_not_answered(var: Path) -> None:
    """AT-X03: all are stored; an automatic answer, a mail without return path and a list's mail are acknowledged to
    nobody; bulk mail alone, and what came over our own group, is."""
    place = with_settings(arranged(var), "smtp-in", own_list_ids=("help.welzo.example",))
    async with office_of(place) as office:
        said: dict[str, dict[str, str]] = {
            "replied": {"Auto_Submitted": "auto-replied"},
            "nobody": {},
            "list": {"List_Id": "<news.shop.example>", "Precedence": "list"},
            "bulk": {"Precedence": "bulk"},
            "group": {"List_Id": "Help <help.welzo.example>", "Precedence": "list"},
        }
        for name, headers in said.items():
            sender = f"{name}@customer.example"
            content = written(f"{WORDS} {name}", sender=sender, Message_ID=f"<{name}@customer.example>", **headers)
            await office.mail("", sender="" if name == "nobody" else sender, raw=content)
        assert len(await contacts(office)) == len(said)
        answered = {name: len(office.told(f"{name}@customer.example")) for name in said}
        assert answered == {"replied": 0, "nobody": 0, "list": 0, "bulk": 1, "group": 1}


@pytest.mark.row("AT-X05")
async def test_the_acknowledgement_as_a_mail(office: Office) -> None:
    """AT-X05: marked as automatic, in the thread, to one recipient, plain text, without what was attached, from a
    return path that brings a bounce back."""
    photo = ("photo.png", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(64))
    headers = {"Message-ID": "<m2@customer.example>", "References": "<m1@customer.example>", "Cc": "bob@x.example"}
    await office.mail(WORDS, headers=headers, files=[photo])
    (letter,) = office.told()
    assert letter["Auto-Submitted"] == "auto-replied"
    assert letter["In-Reply-To"] == "<m2@customer.example>"
    assert letter["References"].split() == ["<m1@customer.example>", "<m2@customer.example>"]
    assert [letter["To"], letter["Cc"], letter["Delivered-To"]] == [
        "ann@customer.example",
        None,
        "ann@customer.example",
    ]
    assert letter.get_content_type() == "text/plain"
    assert not letter.is_multipart()
    assert "photo" not in letter.as_string()
    token = letter["Message-ID"].strip("<>").partition("@")[0]
    assert letter["Return-Path"] == f"<bounces+{token}@welzo.example>"
    assert not office.told("bob@x.example")


def bounced(letter: EmailMessage) -> bytes:
    """What a mail server says of a letter that it cannot deliver (RFC 3464)."""
    lines = (
        "From: MAILER-DAEMON@mx.customer.example",
        f"To: {letter['Return-Path'].strip('<>')}",
        "Subject: Undelivered Mail Returned to Sender",
        "Message-ID: <dsn-1@mx.customer.example>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="r"',
        "",
        "--r",
        "",
        "Sorry, there is no such mailbox.",
        "",
        "--r",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.customer.example",
        "",
        "Final-Recipient: rfc822; ann@customer.example",
        "Action: failed",
        "Status: 5.1.1",
        "",
        "--r",
        "Content-Type: text/rfc822-headers",
        "",
        f"Message-ID: {letter['Message-ID']}",
        f"Subject: {letter['Subject']}",
        "",
        "--r--",
        "",
    )
    return "\r\n".join(lines).encode()


@pytest.mark.row("AT-X06")
async def test_a_report_finds_its_case(office: Office) -> None:
    """AT-X06: the acknowledgement comes back: `notice.failed` in its case, what was sent is taken back, no new case."""
    other = await office.mail("Another matter: the kit was broken.", sender="bob@customer.example")
    case = await office.mail(WORDS)
    assert case
    assert other
    (letter,) = office.told()
    await office.mail("", sender="", to=letter["Return-Path"].strip("<>"), raw=bounced(letter))
    assert len(await office.cases()) == 2
    events = await office.events(case)
    failed = next(event for event in events if event.type == "notice.failed")
    assert (failed.data["purpose"], failed.data["code"]) == ("acknowledgement", "5.1.1")
    assert failed.data["withdraws"] == next(event.id for event in events if event.type == "acknowledgement.sent")
    assert (await office.case(case)).acknowledged_at is None
    assert "notice.failed" not in await office.types(other)


@pytest.mark.row("AT-X20")
async def test_five_mails_in_one_thread(office: Office) -> None:
    """AT-X20: within ten minutes: one case, one acknowledgement."""
    case = await office.mail(WORDS, headers={"Message-ID": "<t0@customer.example>"})
    assert case
    for number in range(1, 5):
        office.clock.now += timedelta(minutes=2)
        before = " ".join(f"<t{each}@customer.example>" for each in range(number))
        headers = {
            "Message-ID": f"<t{number}@customer.example>",
            "In-Reply-To": f"<t{number - 1}@customer.example>",
            "References": before,
        }
        again = await office.mail(f"And another thing, number {number}.", subject="Re: Complaint", headers=headers)
        assert again
        assert again.id == case.id
    assert len(await office.cases()) == 1
    assert (await office.types(case)).count("contact.joined") == 4
    assert len(office.told()) == 1


@pytest.mark.row("AT-X28")
async def test_one_message_id_twice(office: Office) -> None:
    """AT-X28: two different mails under one Message-ID are two contacts; one mail in two mailboxes is shown
    by tests/walk/test_dovecot.py."""
    await office.mail("", raw=written())
    await office.mail("", raw=written("Something else: the parcel never arrived."))
    assert len(await contacts(office)) == 2
    assert len(await office.cases()) == 2
