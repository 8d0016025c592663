"""Stage 1: who wrote, what kind of contact it is, which case it belongs to, in which language, about what.

Rules of the tie (design 3, R-12, AT-K18, AT-X25)
-------------------------------------------------
- A valid token of ours ties to its case. From an address that the case knows: verified. From another: it joins, but
  nothing is ever sent to the new address.
- A Message-ID or a reference ties only together with an address that the case knows: a stranger who quotes a
  reference does not get into the case. They get a case of their own, with a link for a person to decide on.
- Machine mail opens no case and joins none. Staff who answer write notes, never complaints.
- Anybody can write our domain into From: staff is whom the border vouches for (DKIM), or who has a token of a letter
  that went to staff. Others with such an address are people like everybody.
"""

from __future__ import annotations

from dataclasses import replace

from router.rules import Rules
from router.turn import Turn


def understand(turn: Turn, rules: Rules) -> Turn:
    """The Turn with who, what kind, which case, which language and which topic."""
    message = turn.message
    if message.automatic.kind != "no":
        return turn.found(f"machine: {message.automatic.kind} ({' '.join(message.automatic.evidence)})", sort="machine")
    turn = replace(turn, staff=_is_staff(turn, rules))
    turn = _tie(turn)
    if turn.staff and turn.case:
        return turn.found("staff: an answer is a note of the case", sort="note")
    turn = _language(turn, rules)
    return _topic(turn, rules)


def _is_staff(turn: Turn, rules: Rules) -> bool:
    message = turn.message
    address = message.sender.address("email") or ""
    if address.rpartition("@")[2] not in rules.brands[message.brand].staff_domains:
        return False
    return message.sender.verified != "none" or any(row.staff is not None for row in turn.knows.notices.values())


def _tie(turn: Turn) -> Turn:
    knows = turn.knows
    known = set(knows.by_correspondent)
    for row in knows.notices.values():
        case = knows.cases.get(row.case)
        if case and case.brand == turn.message.brand and (turn.staff or not case.erased):
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
    return turn.found(f"language: {spoken} ({reason})", language=spoken, found_language="" if found == "und" else found)


def _topic(turn: Turn, rules: Rules) -> Turn:
    message = turn.message
    danger = str(message.fields.get("danger", "")).lower() in {"yes", "true", "1"}
    topic, rule = rules.topic(message, turn.found_language or turn.language, danger=danger)
    named = rules.named(message)
    if named:
        turn = turn.found(f"staff named: {' '.join(named)}")
    return turn.found(f"topic: {topic} ({rule})", topic=topic, topic_rule=rule, danger=danger, staff_named=named)
