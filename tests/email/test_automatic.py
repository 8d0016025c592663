"""Machines are told from people, each by its signs; reports say whom and which mail they speak of."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.email import Reading
from tests.email.letters import READING, TOKEN, mail, read


def report(kind: str, fields: str, *, returned: str = "", text: str = "Sorry.", **more: str) -> bytes:
    """A multipart/report: words, machine fields, the mail that comes back."""
    back = f"--r\nContent-Type: text/rfc822-headers\n\n{returned}\n" if returned else ""
    body = f"--r\nContent-Type: text/plain\n\n{text}\n--r\nContent-Type: message/{kind}\n\n{fields}\n{back}--r--\n"
    return mail(body, **{"Content_Type": f'multipart/report; report-type={kind}; boundary="r"', **more})


OURS = f"From: shop@shop.example\nMessage-ID: <{TOKEN}@shop.example>\nSubject: Auto: Your case\n"


def test_a_delivery_report_names_recipient_status_and_mail() -> None:
    """RFC 3464: the failed recipient, the enhanced status, the Message-ID, whose token joins the thread."""
    fields = (
        "Reporting-MTA: dns; mx.example\nOriginal-Envelope-Id: x\n\nOriginal-Recipient: rfc822;Anna@Mail.Example\n"
        "Final-Recipient: rfc822; anna2@mail.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no\n"
    )
    draft = read(report("delivery-status", fields, returned=OURS, From="MAILER-DAEMON@mx.example"), mail_from="")
    assert draft.automatic.kind == "bounce"
    assert draft.automatic.recipient == "Anna@mail.example"
    assert draft.automatic.status == "5.1.1"
    assert draft.automatic.original_message_id == f"{TOKEN}@shop.example"
    assert draft.automatic.evidence == ("report_delivery", "action_failed")
    assert draft.thread.tokens == (TOKEN,)
    assert draft.reply_address is None
    assert draft.files == ()
    assert draft.forwarded is None


def test_a_delayed_mail_has_not_failed() -> None:
    """MAIL-09: 4.x.x is a delay."""
    fields = "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@mail.example\nAction: delayed\nStatus: 4.4.1\n"
    verdict = read(report("delivery-status", fields), mail_from="").automatic
    assert (verdict.kind, verdict.status, verdict.evidence[1]) == ("bounce", "4.4.1", "action_delayed")


def test_of_several_recipients_the_one_that_failed_is_named() -> None:
    """A report may begin with those whom the mail has reached."""
    fields = (
        "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@mail.example\nAction: relayed\nStatus: 2.0.0\n\n"
        "Final-Recipient: rfc822; b@mail.example\nAction: failed\nDiagnostic-Code: smtp; 552 5.2.2 full\n"
    )
    verdict = read(report("delivery-status", fields)).automatic
    assert (verdict.kind, verdict.recipient, verdict.status) == ("bounce", "b@mail.example", "5.2.2")


def test_a_report_of_success_is_a_receipt() -> None:
    """Nothing failed: nobody needs to act."""
    fields = "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@mail.example\nAction: delivered\nStatus: 2.0.0\n"
    assert read(report("delivery-status", fields)).automatic.kind == "receipt"


def test_the_envelope_id_of_ours_leads_to_the_notice() -> None:
    """We hand our token over as ENVID (RFC 3461); a report without the mail still finds its notice."""
    fields = (
        f"Original-Envelope-Id: {TOKEN}\n\nFinal-Recipient: rfc822; a@mail.example\nAction: failed\nStatus: 5.0.0\n"
    )
    assert read(report("delivery-status", fields)).thread.tokens == (TOKEN,)


def test_a_feedback_report_names_the_mail_that_was_called_spam() -> None:
    """RFC 5965."""
    body = "Feedback-Type: abuse\nUser-Agent: x/1\nOriginal-Rcpt-To: anna@mail.example\n"
    verdict = read(report("feedback-report", body, returned=OURS)).automatic
    assert (verdict.kind, verdict.recipient) == ("feedback", "anna@mail.example")
    assert verdict.original_message_id == f"{TOKEN}@shop.example"


def test_a_read_receipt_is_one() -> None:
    """RFC 8098."""
    body = (
        "Final-Recipient: rfc822; anna@mail.example\nOriginal-Message-ID: <orig@shop.example>\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\n"
    )
    verdict = read(report("disposition-notification", body)).automatic
    assert (verdict.kind, verdict.original_message_id) == ("receipt", "orig@shop.example")
    assert verdict.evidence == ("report_receipt", "mdn_displayed")


OLD = [
    (
        "exim",
        {"From": "Mail Delivery System <Mailer-Daemon@mx.example>", "X-Failed-Recipients": "anna@mail.example"},
        "A message that you sent could not be delivered.\n\n  anna@mail.example\n    550 5.1.1 unknown user\n",
        "5.1.1",
    ),
    (
        "qmail",
        {"From": "MAILER-DAEMON@mx.example", "Subject": "failure notice"},
        "This is qmail.\n\n<anna@mail.example>:\nuser is unknown (#5.1.1)\n\nMessage-ID: <orig@shop.example>\n",
        "5.1.1",
    ),
    (
        "exchange",
        {"From": "postmaster@mail.example", "Subject": "Undeliverable: Your case"},
        "Your message to anna@mail.example couldn't be delivered.\nRemote server returned '550 5.2.2 mailbox full'\n",
        "5.2.2",
    ),
    (
        "delay",
        {"From": "Mailer-Daemon@mx.example", "Subject": "Warning: message 1 delayed 24 hours"},
        "This is a warning. The message to anna@mail.example has not yet been delivered.\n",
        "4.0.0",
    ),
]


@pytest.mark.parametrize(("fields", "text", "status"), [o[1:] for o in OLD], ids=[o[0] for o in OLD])
def test_reports_that_keep_to_no_standard_are_known_too(fields: dict[str, str], text: str, status: str) -> None:
    """By sender, subject and null path; recipient and status come from the words."""
    verdict = read(mail(text, **fields), mail_from="").automatic
    assert (verdict.kind, verdict.recipient, verdict.status) == ("bounce", "anna@mail.example", status)


LETTERS = {
    title: letter
    for title, _, letter in (
        sample.partition("\n")
        for sample in (Path(__file__).parent / "machines.txt").read_text(encoding="utf-8").split("\n=== ")[1:]
    )
}


@pytest.mark.parametrize("title", LETTERS)
def test_machines_of_many_makers_and_people_who_sound_like_them(title: str) -> None:
    """Kind, recipient, status, the mail that is spoken of, and a sign; no person is taken for a machine."""
    _, kind, recipient, status, original, sign = (part.strip() or None for part in title.split("|"))
    verdict = read(LETTERS[title].encode()).automatic
    assert (verdict.kind, verdict.recipient, verdict.status, verdict.original_message_id) == (
        kind,
        recipient,
        status,
        original,
    )
    assert sign in verdict.evidence if sign else verdict.kind == "no"


MACHINES: list[tuple[str, dict[str, str], str, str]] = [
    ("vacation", {"Auto-Submitted": "auto-replied (vacation); x=1"}, "auto_reply", "auto_submitted_auto_replied"),
    ("cron", {"Auto-Submitted": "Auto-Generated"}, "auto_reply", "auto_submitted_auto_generated"),
    ("keyword to come", {"Auto-Submitted": "auto-thought; by=robot"}, "auto_reply", "auto_submitted_other"),
    ("exchange oof", {"X-Auto-Response-Suppress": "All"}, "auto_reply", "x_auto_response_suppress"),
    ("x-autoreply", {"X-Autoreply": "yes"}, "auto_reply", "x_autoreply"),
    ("precedence", {"Precedence": "auto_reply"}, "auto_reply", "precedence_auto_reply"),
    ("subject en", {"Subject": "Automatic reply: Your case"}, "auto_reply", "subject_auto_reply"),
    ("subject pl", {"Subject": "Odpowiedź automatyczna: Your case"}, "auto_reply", "subject_auto_reply"),
    ("subject ru", {"Subject": "Автоответ: Ваше обращение"}, "auto_reply", "subject_auto_reply"),
    ("subject lv", {"Subject": "Automātiska atbilde: Sūdzība"}, "auto_reply", "subject_auto_reply"),
    ("list", {"List-Id": "News <news.other.example>", "List-Unsubscribe": "<https://x>"}, "list", "list_id"),
    ("newsletter", {"List-Unsubscribe": "<mailto:x@other.example>"}, "list", "list_unsubscribe"),
    ("our own mail", {"Message-ID": f"<{TOKEN}@shop.example>"}, "own", "own_message_id"),
    ("our own second try", {"Message-ID": f"<2.{TOKEN}@shop.example>"}, "own", "own_message_id"),
    ("our own mark", {"X-Intake": "1"}, "own", "own_header"),
]


@pytest.mark.parametrize(("fields", "kind", "sign"), [m[1:] for m in MACHINES], ids=[m[0] for m in MACHINES])
def test_a_machine_is_known_by_its_signs(fields: dict[str, str], kind: str, sign: str) -> None:
    """Each verdict names its evidence."""
    verdict = read(mail("Hello", **fields)).automatic
    assert verdict.kind == kind
    assert sign in verdict.evidence


def test_the_null_path_is_a_machines() -> None:
    """RFC 3834 section 2: nobody may be answered there."""
    assert read(mail("Hello"), mail_from="").automatic.evidence == ("null_path",)
    assert read(mail("Hello", path="")).automatic.kind == "auto_reply"


PEOPLE: list[tuple[str, dict[str, str]]] = [
    ("auto-submitted no", {"Auto-Submitted": "no"}),
    ("auto-submitted no with a comment", {"Auto-Submitted": "(really) No ; x=1"}),
    ("passed on by a rule", {"Auto-Submitted": "auto-forwarded"}),
    ("precedence alone", {"Precedence": "bulk"}),
    ("our own group", {"List-Id": "<complaints.shop.example>", "List-Unsubscribe": "<x>", "Precedence": "list"}),
    ("our own list by name", {"List-Id": "Care <care.groups.example>", "List-Post": "<mailto:x@y.example>"}),
    ("complains of the automatic reply", {"Subject": "Automatic reply is all I ever get"}),
    ("complains of the office", {"Subject": "Out of office hours nobody answers"}),
    ("answers a vacation note", {"Subject": "Re: Automatic reply: Your case"}),
    ("postmaster is a person too", {"From": "postmaster@mail.example"}),
    ("no-reply address", {"From": "noreply@mail.example"}),
    ("suppresses receipts only", {"X-Auto-Response-Suppress": "DR, RN, NRN"}),
    ("answers ours", {"In-Reply-To": f"<{TOKEN}@shop.example>"}),
    ("says failure", {"Subject": "Delivery failure of my parcel? Delivery to the wrong address"}),
]


@pytest.mark.parametrize("fields", [p[1] for p in PEOPLE], ids=[p[0] for p in PEOPLE])
def test_no_person_is_taken_for_a_machine(fields: dict[str, str]) -> None:
    """Hints alone decide nothing."""
    reading = Reading(own_domains=READING.own_domains, own_list_ids=frozenset({"care.groups.example"}))
    assert read(mail("Hello", **fields), reading).automatic.kind == "no"


def test_a_report_that_a_person_attached_is_not_theirs() -> None:
    """Outlook attaches the machine's parts one by one."""
    body = (
        "--o\n\nWhat is this?\n--o\nContent-Type: message/delivery-status\n\n"
        "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n--o--\n"
    )
    content = mail(body, Content_Type="multipart/mixed; boundary=o")
    assert read(content, mail_from="anna@mail.example").automatic.kind == "no"
    assert read(content, mail_from="").automatic.kind == "bounce"


def test_an_enclosed_report_does_not_make_its_forwarder_a_machine() -> None:
    """A person who attaches a bounce is a person; what is enclosed keeps its own verdict."""
    inner = report(
        "delivery-status", "\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n"
    ).decode()
    body = f"--o\nContent-Type: text/plain\n\nWhat is this?\n--o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
    draft = read(mail(body, Content_Type="multipart/mixed; boundary=o"))
    assert draft.automatic.kind == "no"
    assert draft.forwarded is not None
    assert draft.forwarded.automatic.kind == "bounce"
