"""What a notice says once it is released: its values, from the record as it now is; the words are config/notices.

    values     the customer's letters, purpose by purpose
    staff      the letters to our own people
    dates      the dates that may be printed: those that the case's clocks have

Rules
-----
1. Built from the record only, never from what a customer typed (a stranger's address would make us a cannon); what a
   person of ours wrote is content that the intent names. The customer's words go only to the brand's own mail domains.
2. A date that is printed is the clock's, and is written down with the notice: it binds (R-11).
3. None when it can no longer be said: the contact's contents are erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from intake_daemon.message import Address, Message
from router.case import Case
from router.contact import correspondent
from router.letters import staff, values
from router.letters.shared import Letter
from router.notices import LETTERS, MOST, SHORT, segments
from router.rules import Rules
from router.turn import BY_POST, REPORTED, Intent, Words


def render(
    case: Case, intent: Intent, message: Message | None, said: Mapping[str, Any] | None, rules: Rules, now: datetime
) -> Words | None:
    """The words of a notice."""
    if message is None or (intent.said is not None and said is None):
        return None
    letter = Letter(case, intent, message, said or {}, rules, now)
    printed: dict[str, date] = {}
    purpose = intent.purpose
    if intent.data.get("outside"):
        asked = rules.consults.get(case.brand, {}).get(str(intent.data["outside"]))
        if asked is None:
            return None
        to = Address(kind="email", value=asked)
        found = staff.values(letter, asked)
    elif intent.staff is not None:
        address = rules.staff_address(rules.reached(intent.staff, case.team or ""))
        if address is None:
            return None
        to = Address(kind="email", value=address)
        found = staff.values(letter, address)
    elif intent.connector == BY_POST:
        posted = (each for each in message.sender.addresses if each.kind == "postal")
        to = next(posted, Address(kind="postal", value=""))
        found, printed = values.values(letter)
    elif intent.purpose == REPORTED:
        reporter = message.forwarded_by.address("email") if message.forwarded_by else None
        if reporter is None:
            return None
        to = Address(kind="email", value=reporter)
        found = staff.values(letter, reporter)
    elif message.reply_to is None or message.reply_to.address is None:
        return None
    else:
        to = _where(case, intent, message, message.reply_to.address, rules)
        purpose = _form(letter, intent, to)
        found, printed = values.values(letter, purpose)
    subject, text = _said(letter, purpose, to, found)
    answers = intent.staff is None and intent.purpose != REPORTED and message.kind in {"smtp", "imap"}
    in_reply_to = message.thread.message_id if answers and not message.forwarded_by else None
    sender_name, sender_address = rules.senders[case.brand]
    return Words(
        to_kind=to.kind,
        to_value=to.value,
        sender_name=sender_name,
        sender_address=sender_address,
        subject=subject,
        text=text,
        in_reply_to=in_reply_to,
        references=(*message.thread.references, in_reply_to)[-20:] if in_reply_to else (),
        thread=message.reply_to.thread if message.reply_to and intent.purpose != REPORTED else None,
        printed=printed,
    )


def _said(letter: Letter, purpose: str, to: Address, found: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and text; on a telephone the briefer ones where the whole would be too many segments."""
    render, brand, language = letter.rules.notices.render, letter.case.brand, letter.intent.language
    subject, text = render(purpose, brand, language, found)
    elsewhere = "status_url" not in found or found["status_url"]  # what is left out can be read there
    if to.kind == "phone" and "brief" in found and elsewhere and segments(text) > MOST:
        return render(purpose, brand, language, {**found, "brief": True})
    return subject, text


def _form(letter: Letter, intent: Intent, to: Address) -> str:
    """Where people read few lines the letter is a short one, if there is such a form in its language."""
    short = f"{intent.purpose}{SHORT}"
    if short not in LETTERS or to.kind in {"email", "postal"}:
        return intent.purpose
    which = letter.rules.notices.which
    whole, brief = (which(each, letter.case.brand, intent.language) for each in (intent.purpose, short))
    return short if brief is not None and (whole is None or brief[0] == whole[0]) else intent.purpose


def _where(case: Case, intent: Intent, message: Message, first: Address, rules: Rules) -> Address:
    """The address that the notice is owed to: where the contact wants its answer, unless that one failed before."""
    for each in (first, *message.sender.addresses):
        if correspondent(rules.key, case.brand, each.kind, each.value) == intent.recipient:
            return each
    return first
