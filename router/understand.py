"""Stage 1: who wrote, what kind of contact it is, which case it belongs to, in which language, about what.

Rules of the tie (design 3, R-12, AT-K18, AT-X25)
-------------------------------------------------
- A valid token of ours ties to its case. From an address that the case knows: verified. From another: it joins, but
  nothing is ever sent to the new address.
- A Message-ID or a reference ties only together with an address that the case knows: a stranger who quotes a
  reference does not get into the case. They get a case of their own, with a link for a person to decide on.
- Machine mail opens no case and joins none. Staff who answer write notes, never complaints.
"""

from __future__ import annotations

from dataclasses import replace

from intake_daemon.message import Command, Message, Receipt, find_references, mac, read_token
from router.rules import Rules
from router.turn import Keys, Turn

_REFERENCES = 20
"""References in one mail that are looked up; a mail that quotes more is not a letter to us."""


def keys(value: Message | Receipt | Command, rules: Rules) -> Keys:
    """What to lock and to look up for this input."""
    if isinstance(value, Receipt):
        return Keys(notices=(value.notice,))
    if isinstance(value, Command):
        return Keys(references=(value.reference,), command=value.id)
    thread = value.thread
    ties = [f"mail:{each}" for each in (thread.message_id, *thread.in_reply_to, *thread.references) if each]
    if thread.conversation:
        ties.append(f"talk:{value.connector}:{thread.conversation}")
    named = [*thread.tokens, (value.automatic.original_message_id or "").partition("@")[0]]
    notices = (read_token(rules.key, token) for token in named if token)
    quoted = find_references((rules.brands[value.brand].prefix,), f"{value.subject}\n{value.text}")[:_REFERENCES]
    return Keys(
        contact=value.id,
        threads=tuple(dict.fromkeys(mac(rules.key, f"thread:{value.brand}", tie).hex() for tie in ties)),
        references=(value.reference, *quoted),
        notices=tuple(dict.fromkeys(notice for notice in notices if notice)),
        correspondents=tuple(
            correspondent(rules.key, value.brand, each.kind, each.value) for each in value.sender.addresses
        ),
    )


def correspondent(key: bytes, brand: str, kind: str, address: str) -> str:
    """The key of a person's address at a brand."""
    return mac(key, f"correspondent:{brand}:{kind}", address.strip().casefold()).hex()


def understand(turn: Turn, rules: Rules) -> Turn:
    """The Turn with who, what kind, which case, which language and which topic."""
    message = turn.message
    if message.automatic.kind != "no":
        return turn.found(f"machine: {message.automatic.kind} ({' '.join(message.automatic.evidence)})", sort="machine")
    turn = replace(turn, staff=_is_staff(message, rules))
    turn = _tie(turn)
    if turn.staff and turn.case:
        return turn.found("staff: an answer is a note of the case", sort="note")
    turn = _language(turn, rules)
    return _topic(turn, rules)


def _is_staff(message: Message, rules: Rules) -> bool:
    address = message.sender.address("email") or ""
    return address.rpartition("@")[2] in rules.brands[message.brand].staff_domains


def _tie(turn: Turn) -> Turn:
    knows = turn.knows
    known = set(knows.by_correspondent)
    for row in knows.notices.values():
        case = knows.cases.get(row.case)
        if case and case.brand == turn.message.brand and not case.erased:
            verified = turn.staff or case.id in known
            turn = replace(turn, case=case, tie="token", verified=verified, sort="addition")
            return turn.found(f"case: token of a notice ({'known' if verified else 'new'} address)")
    strangers: dict[str, str] = {}
    for tie, ids in (("message_id", knows.by_thread), ("reference", knows.by_reference)):
        for case_id in ids:
            case = knows.cases.get(case_id)
            if case is None or case.brand != turn.message.brand or case.erased:
                continue
            if case_id in known or turn.staff:
                turn = replace(turn, case=case, tie=tie, verified=True, sort="addition")
                return turn.found(f"case: {tie}, known address")
            strangers[case.reference] = tie
    for reference, tie in strangers.items():
        turn = turn.found(f"link: {tie} from an unknown address", links=(*turn.links, reference))
    return turn


def _language(turn: Turn, rules: Rules) -> Turn:
    message = turn.message
    policy = rules.policies.brand(message.brand)
    spoken, found, reason = rules.language(
        chosen=message.language.chosen,
        case_language=turn.case.language if turn.case else None,
        text=message.new_words,
        client=message.language.client,
        offered=policy.languages.offered,
        default=policy.languages.default,
    )
    return turn.found(f"language: {spoken} ({reason})", language=spoken, found_language=found)


def _topic(turn: Turn, rules: Rules) -> Turn:
    message = turn.message
    topic, rule = rules.topic(message, turn.language, turn.found_language)
    danger = str(message.fields.get("danger", "")).lower() in {"yes", "true", "1"}
    return turn.found(f"topic: {topic} ({rule})", topic=topic, topic_rule=rule, danger=danger)
