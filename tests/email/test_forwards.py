"""A forward names the original sender, date and words, in the clients and languages that people use."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.email.letters import mail, new_words, passed_on, read, samples

GMAIL = "---------- Forwarded message ---------\n"

FORWARDS = samples("forwards.txt") | samples("forwards_clients.txt")


@pytest.mark.parametrize(("subject", "letter"), list(FORWARDS.values()), ids=list(FORWARDS))
def test_a_forward_names_who_wrote_first_when_and_what(subject: str, letter: str) -> None:
    """Sender, subject, date (in the forwarder's zone) and words of the original are found; the note above is new."""
    draft = read(mail(letter, From="Staff <ann@shop.example>", Subject=subject))
    assert draft.forwarded is not None
    assert draft.forwarded.sender.name == "Anna Berg"
    assert draft.forwarded.sender.address("email") == "anna@mail.example"
    assert draft.forwarded.sender.verified == "none"
    assert draft.forwarded.sent_at == datetime(2026, 2, 1, 8, 15, tzinfo=UTC)
    assert draft.forwarded.reply_address is not None
    assert draft.forwarded.reply_address.value == "anna@mail.example"
    assert passed_on(draft).strip() == "The sole came off."
    assert new_words(draft) == "Please look."
    assert draft.text == letter.strip("\n")


PAGES = samples("forwards_html.txt")


@pytest.mark.parametrize(("subject", "page"), list(PAGES.values()), ids=list(PAGES))
def test_a_forward_in_html_is_read_like_one_in_plain_text(subject: str, page: str) -> None:
    """Tables, links, bold labels and block quotes around the same facts."""
    draft = read(mail(page, From="ann@shop.example", Subject=subject, Content_Type="text/html; charset=utf-8"))
    assert draft.forwarded is not None
    assert draft.forwarded.sender.name == "Anna Berg"
    assert draft.forwarded.sender.address("email") == "anna@mail.example"
    assert draft.forwarded.sent_at == datetime(2026, 2, 1, 8, 15, tzinfo=UTC)
    assert passed_on(draft) == "The sole came off."
    assert new_words(draft) == "Please look."


def test_a_forward_of_one_name_without_address_keeps_the_name() -> None:
    """Exchange writes colleagues' names only: the name is known, where to answer is not."""
    letter = "Note\n\nFrom: Berg, Anna\nSent: Sunday, 1 February 2026 10:15\nTo: Info\nSubject: Shoes\n\nBroken.\n"
    draft = read(mail(letter, Subject="FW: Shoes"))
    assert draft.forwarded is not None
    assert draft.forwarded.sender.name == "Berg, Anna"
    assert draft.forwarded.sender.addresses == ()
    assert draft.forwarded.reply_address is None


def test_a_colleagues_forward_of_a_colleagues_forward_leads_to_the_customer() -> None:
    """Staff pass on to staff: the innermost author who is not staff is the complainant."""
    letter = (
        f"Yours?\n\n{GMAIL}From: Bob <bob@shop.example>\nDate: Mon, 2 Feb 2026 at 9:00\n"
        f"Subject: Fwd: Shoes\nTo: <ann@shop.example>\n\n"
        f"See below\n\n{GMAIL}From: Anna <anna@mail.example>\nDate: Sun, 1 Feb 2026 at 10:15\nSubject: Shoes\n"
        "To: <bob@shop.example>\n\nThe sole came off.\n"
    )
    draft = read(mail(letter, From="ann@shop.example", Subject="Fwd: Fwd: Shoes"))
    assert draft.forwarded is not None
    assert draft.forwarded.sender.address("email") == "anna@mail.example"
    assert passed_on(draft) == "The sole came off."


def test_a_customers_forward_of_a_customer_stays_with_the_outermost() -> None:
    """Only staff are looked through: what a customer's forward holds further in is a quote to us."""
    letter = (
        f"{GMAIL}From: Carl <carl@mail.example>\nDate: Mon, 2 Feb 2026 at 9:00\nSubject: Fwd: Shoes\n"
        f"To: <x@mail.example>\n\n"
        f"See below\n\n{GMAIL}From: Anna <anna@mail.example>\nDate: Sun, 1 Feb 2026 at 10:15\nSubject: Shoes\n"
        "To: <carl@mail.example>\n\nThe sole came off.\n"
    )
    draft = read(mail(letter, Subject="Fwd: Fwd: Shoes"))
    assert draft.forwarded is not None
    assert draft.forwarded.sender.address("email") == "carl@mail.example"
    assert passed_on(draft) == "See below"


def test_an_answer_with_an_outlook_block_is_no_forward() -> None:
    """The same block stands under answers: the subject and In-Reply-To tell them apart."""
    letter = (
        "Still broken.\n\nFrom: Shop <info@shop.example>\nSent: Sunday, 1 February 2026 10:15\n"
        "To: Anna <anna@mail.example>\n"
        "Subject: Shoes\n\nDear Anna, we are sorry.\n"
    )
    draft = read(mail(letter, Subject="RE: Shoes", In_Reply_To="<x@shop.example>"))
    assert draft.forwarded is None
    assert new_words(draft) == "Still broken."


def test_a_forward_below_a_quote_is_quoted_too() -> None:
    """The first head decides: the correspondent's mail held the forward, not this one."""
    letter = (
        "Still broken.\n\nOn Tue, 3 Feb 2026 at 10:15, Shop <info@shop.example> wrote:\n> See below\n\n"
        f"{GMAIL}From: Anna <anna@mail.example>\nDate: Sun, 1 Feb 2026 at 10:15\nSubject: Shoes\nTo: x@x\n\nHi\n"
    )
    draft = read(mail(letter, Subject="Re: Shoes"))
    assert draft.forwarded is None
    assert new_words(draft) == "Still broken."


def test_an_enclosed_mail_is_passed_on_and_its_words_stand_in_the_text() -> None:
    """message/rfc822: sender, Message-ID, words and files of the enclosed mail; the note stays new."""
    inner = (
        "From: Anna Berg <anna@mail.example>\nDate: Sun, 1 Feb 2026 10:15:00 +0200\nSubject: Shoes\n"
        "Message-ID: <orig@mail.example>\n"
        'Content-Type: multipart/mixed; boundary="in"\n\n--in\nContent-Type: text/plain\n\nThe sole came off.\n'
        '--in\nContent-Type: image/jpeg; name="sole.jpg"\nContent-Transfer-Encoding: base64\n\nSGk=\n--in--\n'
    )
    body = f"--out\nContent-Type: text/plain\n\nPlease look.\n--out\nContent-Type: message/rfc822\n\n{inner}\n--out--\n"
    draft = read(mail(body, From="ann@shop.example", Subject="Fwd", Content_Type='multipart/mixed; boundary="out"'))
    assert draft.forwarded is not None
    assert draft.forwarded.sender.name == "Anna Berg"
    assert draft.forwarded.message_id == "orig@mail.example"
    assert draft.forwarded.sent_at == datetime(2026, 2, 1, 8, 15, tzinfo=UTC)
    assert passed_on(draft) == "The sole came off."
    assert new_words(draft) == "Please look."
    assert [(file.name, file.media_type) for file in draft.files] == [
        ("Shoes.eml", "message/rfc822"),
        ("sole.jpg", "image/jpeg"),
    ]


def test_authentication_results_of_an_enclosed_mail_prove_nothing() -> None:
    """Anybody can write them into an attachment (MAIL-11)."""
    inner = "Authentication-Results: mx.shop.example; dkim=pass header.d=mail.example\nFrom: anna@mail.example\n\nHi\n"
    draft = read(mail(inner, From="x@other.example", Content_Type="message/rfc822"))
    assert draft.forwarded is not None
    assert draft.forwarded.sender.verified == "none"
    assert draft.sender.verified == "none"


def test_a_mail_that_a_customer_pastes_below_the_own_words_takes_none_of_them() -> None:
    """No mark of a forward, no answer: whose words stand below the pasted mail is in doubt, so all count as new."""
    letter = (
        "I got this:\n\nFrom: Shop <info@shop.example>\nDate: 1 Feb 2026 10:15\nSubject: Your order\n\nIt is late.\n\n"
        "That is the third time!\n"
    )
    draft = read(mail(letter, Subject="Complaint"))
    assert new_words(draft) == letter.strip()


RENAMED = (
    "Yours, I think.\n\nFrom: Anna Berg <anna@mail.example>\nSent: Sunday, 1 February 2026 10:15\n"
    "To: Info <info@shop.example>\nSubject: Shoes\n\nThe sole came off.\n"
)


def test_a_forward_under_a_subject_of_its_own_is_still_one() -> None:
    """Outlook keeps In-Reply-To when a colleague passes a mail on and renames it: the block names a customer."""
    draft = read(mail(RENAMED, From="ann@shop.example", Subject="Complaint", In_Reply_To="<a1@mail.example>"))
    assert draft.forwarded is not None
    assert draft.forwarded.sender.address("email") == "anna@mail.example"
    assert passed_on(draft) == "The sole came off."


def test_a_colleagues_answer_in_a_renamed_thread_is_no_forward() -> None:
    """The same block over our own words is what they answer."""
    ours = RENAMED.replace("Anna Berg <anna@mail.example>", "Complaints <complaints@shop.example>")
    draft = read(mail(ours, From="ann@shop.example", Subject="Complaint", In_Reply_To="<a1@shop.example>"))
    assert draft.forwarded is None


def test_enclosed_forwards_of_colleagues_lead_to_the_customer() -> None:
    """message/rfc822 within message/rfc822: staff passed on to staff, first as an attachment, then again."""
    innermost = (
        "From: Anna Berg <anna@mail.example>\nDate: Sun, 1 Feb 2026 10:15:00 +0200\nSubject: Shoes\n"
        "Content-Type: text/plain\n\nThe sole came off.\n"
    )

    def enclosing(boundary: str, note: str, inner: str) -> str:
        return (
            f"Content-Type: multipart/mixed; boundary={boundary}\n\n--{boundary}\nContent-Type: text/plain\n\n{note}\n"
            f"--{boundary}\nContent-Type: message/rfc822\n\n{inner}\n--{boundary}--\n"
        )

    middle = "From: Bob <bob@shop.example>\nSubject: Fwd: Shoes\n" + enclosing("one", "See below", innermost)
    outer = "From: ann@shop.example\nTo: complaints@shop.example\nSubject: Fwd: Fwd: Shoes\n"
    draft = read((outer + enclosing("two", "Please look.", middle)).encode())
    assert draft.forwarded is not None
    assert draft.forwarded.sender.address("email") == "anna@mail.example"
    assert draft.forwarded.sent_at == datetime(2026, 2, 1, 8, 15, tzinfo=UTC)
    assert passed_on(draft) == "The sole came off."
    assert new_words(draft) == "Please look."


@pytest.mark.parametrize(
    "line",
    [
        "Am So., 1. Feb. 2026 um 10:15 Uhr schrieb Anna Berg <anna@mail.example>:",
        "Op 1 feb. 2026 om 10:15 heeft Anna Berg <anna@mail.example> het volgende geschreven:",
        "svētd., 2026. g. 1. febr., plkst. 10:15 — lietotājs Anna Berg (<anna@mail.example>) rakstīja:",
        "On Sun, Feb 1, 2026 at 10:15 AM Anna Berg <anna@mail.example> wrote:",
        "воскресенье, 1 февраля 2026, 10:15 +02:00 от Anna Berg <anna@mail.example>:",
    ],
)
def test_a_forward_by_an_attribution_names_the_sender_alone(line: str) -> None:
    """Some clients pass mails on under the line that they write above answers."""
    draft = read(
        mail(f"Please look.\n\n{line}\n\n> The sole came off.\n", From="ann@shop.example", Subject="Fwd: Shoes")
    )
    assert draft.forwarded is not None
    assert draft.forwarded.sender.name == "Anna Berg"
    assert draft.forwarded.sent_at == datetime(2026, 2, 1, 8, 15, tzinfo=UTC)
    assert passed_on(draft) == "The sole came off."
