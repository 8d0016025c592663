"""Stage 4: which words are owed, to whom, and which are withheld; and what a notice says once it is released.

    acknowledgement   to the customer, once per case, on the channel they used (W-07 A-13)
    assignment        to the handler, at once
    addition          to the handler, when something new came to their case

An acknowledgement goes only to the address that the contact came from, never to a machine, and never repeats what was
typed. It is withheld, and a person decides, when nobody can be reached (`no_address`), the contact was brought in by
`intake import` (`imported`) or is old (`old_contact`), this correspondent has had too many (`breaker`) or the brand is
sending too many at once (`brake`).
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from intake_daemon import events
from intake_daemon.message import Address, Message
from router.case import Case
from router.contact import absent, channel_of, correspondent
from router.rules import Rules
from router.turn import Decided, Effects, Intent, Turn, Words

BREAKER = 6
"""Automatic notices to one correspondent of a brand within a day, over all doors; loops end here."""
_NAMESPACE = uuid.UUID("5f0d2f6e-7b0b-5a52-9f6b-2a51d5a0c9aa")


def acknowledge(turn: Turn, rules: Rules) -> Turn:
    """The Turn with its Effects: everything that is written about this input."""
    if turn.effects is not None:
        return turn
    if turn.case is not None:
        return replace(turn, effects=_addition(turn, turn.case, rules))
    return replace(turn, effects=_complaint(turn, rules))


def _complaint(turn: Turn, rules: Rules) -> Effects:
    message = turn.message
    case_id = message.id
    intents = [_to_handler("assignment", turn, turn.handler, rules)]
    decided = [*turn.decided]
    assigned = events.HandlerAssigned(handler=turn.handler, team=turn.team, reason=turn.handler_reason)
    decided.append(Decided(assigned, turn.now))
    why = _withheld(turn, rules)
    if why:
        decided.append(Decided(events.AcknowledgementWithheld(reason=why), turn.now))
    else:
        intents.insert(0, _to_customer("acknowledgement", turn, rules))
    finding = f"acknowledgement: {'withheld, ' + why if why else 'owed in ' + turn.language}"
    return Effects(
        "case",
        case=case_id,
        reference=message.reference,
        brand=message.brand,
        decided=tuple(decided),
        intents=tuple(intent for intent in intents if intent),
        aliases=(message.reference,),
        threads=turn.keys.registers,
        correspondents=turn.keys.correspondents,
        findings=(*turn.findings, finding),
        topic=turn.topic,
        team=turn.team,
        handler=turn.handler,
        language=turn.language,
    )


def _addition(turn: Turn, case: Case, rules: Rules) -> Effects:
    message = turn.message
    intent = _to_handler("addition", turn, rules.reached(case.handler or "", case.team or ""), rules)
    return Effects(
        "joined",
        turn.tie,
        case=case.id,
        reference=case.reference,
        brand=case.brand,
        decided=turn.decided,
        intents=(intent,) if intent else (),
        aliases=(message.reference,),
        threads=turn.keys.registers,
        correspondents=turn.keys.correspondents if turn.verified else (),
        findings=turn.findings,
        topic=case.topic,
        team=case.team or "",
        handler=case.handler or "",
        language=case.language,
    )


def _withheld(turn: Turn, rules: Rules) -> str:
    """Why no acknowledgement goes out by itself, or nothing."""
    message = turn.message
    reasons = {
        "no_address": message.reply_to is None or message.reply_to.address is None,
        "no_way_to_send": rules.way(message) is None,
        "imported": "imported" in message.remarks,
        "old_contact": turn.now - message.contact_at > timedelta(days=rules.old_after_days),
        "breaker": turn.knows.recent >= BREAKER,
        "brake": turn.knows.brand_recent >= rules.brakes[message.brand],
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _to_customer(purpose: str, turn: Turn, rules: Rules) -> Intent | None:
    message = turn.message
    way = rules.way(message)
    address = message.reply_to.address if message.reply_to else None
    if way is None or address is None:
        return None
    return Intent(
        id=notice_id(purpose, message.id),
        purpose=purpose,
        cause=message.id,
        contact=message.id,
        connector=way,
        recipient=correspondent(rules.key, message.brand, address.kind, address.value),
        language=turn.language,
    )


def _to_handler(purpose: str, turn: Turn, handler: str, rules: Rules) -> Intent | None:
    message = turn.message
    address = rules.staff_address(handler)
    way = rules.outgoing[message.brand].get("email")
    if address is None or way is None:
        return None
    return Intent(
        id=notice_id(purpose, message.id),
        purpose=purpose,
        cause=message.id,
        contact=message.id,
        connector=way,
        staff=handler,
        recipient=correspondent(rules.key, message.brand, "email", address),
        language=rules.staff_language(handler),
        automatic="generated",
    )


def notice_id(purpose: str, cause: str) -> str:
    """The same notice for the same cause, however often it is decided."""
    return str(uuid.uuid5(_NAMESPACE, f"{purpose}/{cause}"))


def render(case: Case, intent: Intent, message: Message | None, rules: Rules) -> Words | None:
    """The words of a notice, from the record as it now is. None when its contact's contents are erased."""
    if message is None:
        return None
    sender_name, sender_address = rules.senders[case.brand]
    if intent.staff is not None:
        address = rules.staff_address(rules.reached(intent.staff, case.team or ""))
        if address is None:
            return None
        to = Address(kind="email", value=address)
        values = _staff_values(case, intent, message, address, rules)
    elif message.reply_to is None or message.reply_to.address is None:
        return None
    else:
        to = message.reply_to.address
        values = _customer_values(case, intent, message, rules)
    subject, text = rules.notices.render(intent.purpose, case.brand, intent.language, values)
    answers = intent.staff is None and message.kind in {"smtp", "imap"}
    in_reply_to = message.thread.message_id if answers and not message.forwarded_by else None
    return Words(
        to_kind=to.kind,
        to_value=to.value,
        sender_name=sender_name,
        sender_address=sender_address,
        subject=subject,
        text=text,
        in_reply_to=in_reply_to,
        references=(*message.thread.references, in_reply_to)[-20:] if in_reply_to else (),
        thread=message.reply_to.thread if message.reply_to else None,
    )


def _shared_values(case: Case, intent: Intent, message: Message, moment: datetime, rules: Rules) -> dict[str, Any]:
    say = rules.notices.say(intent.language)
    return {
        "reference": case.reference,
        "brand": rules.brands[case.brand].name,
        "received_at": rules.notices.moment(moment, intent.language, rules.brands[case.brand].tz),
        "channel": say("channels", channel_of(message)),
        "topic": "" if case.topic in {"", "other"} else say("topics", case.topic),
        "files": len(message.attachments),
    }


def _customer_values(case: Case, intent: Intent, message: Message, rules: Rules) -> dict[str, Any]:
    """Built from the record only; nothing that the customer typed (a stranger's address would make us a cannon)."""
    policy = rules.policies.by_hash(case.policy) if case.policy else rules.policies.brand(case.brand)
    optional = [ask.field for ask in policy.ask if not ask.must and absent(message, ask.field, ask.parts)]
    named = [
        "customer.name.parts" if field == "customer.name" and rules.name_in_parts(case.brand) else field
        for field in case.missing
    ]
    say = rules.notices.say(intent.language)
    moment = case.received_at or message.contact_at
    return {
        **_shared_values(case, intent, message, moment, rules),
        "says": frozenset(policy.acknowledge.contains),
        "missing": [say("fields", field) for field in named],
        "optional": [say("fields", field) for field in optional],
        "due_date": "",
        "late": False,
        "bodies": [
            {"name": policy.bodies[each.body].name, "url": policy.bodies[each.body].url}
            for each in policy.external
            if "acknowledgement.sent" in each.when and each.topic in {None, case.topic}
        ],
    }


def _staff_values(case: Case, intent: Intent, message: Message, address: str, rules: Rules) -> dict[str, Any]:
    """The customer's words go only to the brand's own mail domains."""
    say = rules.notices.say(intent.language)
    inside = address.rpartition("@")[2] in rules.brands[case.brand].staff_domains
    names = [message.sender.name or "", *(f"<{each.value}>" for each in message.sender.addresses)]
    return {
        **_shared_values(case, intent, message, message.received_at, rules),
        "language": say("languages", case.language),
        "team": rules.team_name(case.team or ""),
        "reason": say("reasons", case.assigned_for) if intent.purpose == "assignment" else "",
        "words": message.new_words.strip() or None if inside else None,
        "sender": " ".join(name for name in names if name) or None if inside else None,
    }
