"""Stage 1: who wrote, what kind of contact it is, which case it belongs to, in which language, about what.

Rules of the tie (design 3, R-12, AT-K18, AT-X25)
-------------------------------------------------
- A valid token of ours ties to its case. From an address that the case knows: verified. From another: it joins, but
  nothing is ever sent to the new address.
- Known is who is also answered there: a Reply-To elsewhere joins, and changes nothing of where letters go.
- A Message-ID or a reference ties only together with an address that the case knows: a stranger who quotes a
  reference does not get into the case. They get a case of their own, with a link for a person to decide on.
- A conversation is about its latest case, if that is open (router/talk). What was said in one go belongs together.
- Nobody looks into a question how it stands, or into what a person has set aside: what is said after it is heard anew,
  on every channel; only mere thanks stay with it.
- Machine mail opens no case and joins none. Staff who answer write notes, never complaints.
- Anybody can write our domain into From: staff is whom the border vouches for (DKIM), or who has a token of a letter
  that went to staff. Others with such an address are people like everybody.
"""

from __future__ import annotations

from dataclasses import replace

from intake_daemon.message import Message
from router import talk
from router.alike import suggested
from router.case import Case
from router.quoted import without
from router.recognise import Context
from router.rules import Rules
from router.turn import SHORT, Turn, Want


def understand(turn: Turn, rules: Rules) -> Turn:
    """The Turn with who, what kind, which case, which language and which topic."""
    message = turn.message
    if message.automatic.kind != "no":
        return turn.found(f"machine: {message.automatic.kind} ({' '.join(message.automatic.evidence)})", sort="machine")
    turn = replace(turn, staff=_is_staff(turn, rules))
    turn = talk.continued(turn, rules)
    new = message.fields.get("command") == _NEW
    if new:
        turn = turn.found("case: a new one, as the customer says")
    elif turn.case is None:
        turn = _tie(turn, rules)
    if turn.case is None and not new:
        turn = _alike(turn)
    if turn.staff and turn.case:
        return turn.found("staff: an answer is a note of the case", sort="note")
    if turn.case is None and not new:
        turn = _meant(turn, rules)
    turn = _language(_ours(turn), rules)
    return _topic(_wants(turn, rules), rules)


_NEW = "new"
"""What `/new` and the button "New complaint" say: it belongs to none of the cases before."""
_STATUS = Want("status", "command", sure=True)
_OF_A_CASE = frozenset({"status", "escalation", "appeal", "withdrawal", "thanks"})
"""What one says about a complaint that was made before."""


def names_no_case(message: Message, rules: Rules) -> bool:
    """Whether it may be about a case of the sender's without saying which."""
    asks = message.fields.get("command") == "status"
    return asks or any(want.kind in _OF_A_CASE for want in rules.wants(message, (), Context()))


def _meant(turn: Turn, rules: Rules) -> Turn:
    """Who asks how it stands, or wants it taken further, means the case that they have: the latest. A sign of a new
    complaint is one (R-12)."""
    wants = rules.wants(turn.said, (), Context())
    if turn.message.fields.get("command") == "status":
        wants = (_STATUS,)
    if len(turn.said.new_words.split()) > SHORT or not any(want.kind in _OF_A_CASE and want.sure for want in wants):
        return turn
    if any(want.kind == "complaint" and want.sure for want in wants):
        return turn
    for case_id in turn.knows.theirs:
        case = turn.knows.cases.get(case_id)
        if (
            case
            and turn.answered_where_known(case_id)
            and case.brand == turn.message.brand
            and case.complaint
            and not case.erased
        ):
            turn = replace(turn, case=case, tie="sender", verified=True, sort="addition", links=())
            return turn.found("case: the sender's latest, which is what such words mean")
    return turn


def _wants(turn: Turn, rules: Rules) -> Turn:
    """What their own words want, in the language found."""
    case = turn.case
    said = turn.said if turn.opening or turn.case is None else turn.message
    context = Context(
        asked=frozenset(case.asked) if case and not turn.opening else frozenset(),
        case=case is not None and not turn.opening,
        answered=case is not None and (case.answers > 0 or case.state in {"closed", "withdrawn"}),
        files=len(said.attachments),
    )
    found = turn.found_language or turn.language
    for want in (wants := rules.wants(said, (found,) if found else (), context)):
        turn = turn.found(f"words: {want.kind} {want.detail}".strip() + f" ({want.reason}{'' if want.sure else '?'})")
    if turn.message.fields.get("command") == "status":
        wants = (_STATUS,)
    return replace(turn, wants=wants)


def _is_staff(turn: Turn, rules: Rules) -> bool:
    message = turn.message
    address = message.sender.address("email") or ""
    asked = [row for row in turn.knows.notices.values() if row.intent and row.intent.data.get("outside")]
    if asked or (rules.consulted(message.brand, address) and turn.knows.by_reference):
        return True  # whom a handler asks outside the company: an answer, never a complaint (W-11)
    told = any(row.staff is not None for row in turn.knows.notices.values())
    if told and rules.staff.by_address(address) is not None:  # a handler of several brands has one address
        return True
    if address.rpartition("@")[2] not in rules.brands[message.brand].staff_domains:
        return False
    return message.sender.verified != "none" or told


def _tie(turn: Turn, rules: Rules) -> Turn:
    knows = turn.knows
    known = set(knows.by_correspondent if turn.keys.conversation is None or turn.vouched else knows.by_reply)
    for row in knows.notices.values():
        case = knows.cases.get(row.case)
        if case and case.brand == turn.message.brand and not _over(turn, case, rules):
            verified = turn.staff or (case.id in known and turn.answered_where_known(case.id))
            turn = replace(turn, case=case, tie="token", verified=verified, sort="addition")
            return turn.found(f"case: token of a notice ({'known' if verified else 'new'} address)")
    strangers: dict[str, str] = {}
    for tie, ids in (("message_id", knows.by_thread), ("reference", knows.by_reference)):
        for case_id in ids:
            case = knows.cases.get(case_id)
            if case is None or case.brand != turn.message.brand or case.erased or _over(turn, case, rules):
                continue
            if case_id in known or turn.staff:
                verified = turn.staff or turn.answered_where_known(case_id)
                turn = replace(turn, case=case, tie=tie, verified=verified, sort="addition")
                return turn.found(f"case: {tie}, {'known address' if verified else 'answers wanted elsewhere'}")
            strangers[case.reference] = tie
    case = talk.current(turn, rules)
    if case is not None:
        verified = turn.staff or not turn.keys.correspondents or turn.answered_where_known(case.id)
        turn = replace(turn, case=case, tie="conversation", verified=verified, sort="addition")
        turn = turn.found("case: the conversation's")
    for reference, tie in strangers.items():
        turn = turn.found(f"link: {tie} from an unknown address", links=(*turn.links, reference))
    return turn


def _over(turn: Turn, case: Case, rules: Rules) -> bool:
    """Whether a customer's further words are not this case's any more."""
    if turn.staff:
        return False
    wants = rules.wants(turn.message, (), Context()) if case.state in talk.NO_TALK else ()
    thanks = bool(wants) and all(want.kind == "thanks" and want.sure for want in wants)
    return case.erased or (case.state in talk.NO_TALK and not thanks)


def _ours(turn: Turn) -> Turn:
    """The Turn without the words of our own letter in what is new, where the mail names that letter."""
    message = turn.message
    if not turn.knows.told:
        return turn
    new = without(message.text, message.new_text, turn.knows.told.values())
    if new == message.new_text:
        return turn
    return turn.found(
        "words: those of the notice that it answers are ours", message=message.model_copy(update={"new_text": new})
    )


def _alike(turn: Turn) -> Turn:
    """Cases that it may belong to though nothing ties it: a person decides (router/alike.py)."""
    for one in suggested(turn.keys.signs, turn.knows.alike):
        turn = turn.found(f"link: {one.reason} ({one.score} of 100)", alike=(*turn.alike, one))
    return turn


def _language(turn: Turn, rules: Rules) -> Turn:
    message = turn.message
    policy = rules.policies.brand(message.brand)
    spoken, found, reason = rules.language(
        chosen=message.language.chosen,
        case_language=turn.case.language if turn.case and not turn.opening else None,
        text=turn.said.new_words,
        client=message.language.client,
        offered=policy.languages.offered,
        default=policy.languages.default,
    )
    return turn.found(f"language: {spoken} ({reason})", language=spoken, found_language="" if found == "und" else found)


def _topic(turn: Turn, rules: Rules) -> Turn:
    message = turn.said
    danger = str(message.fields.get("danger", "")).lower() in {"yes", "true", "1"}
    topic, rule = rules.topic(message, turn.found_language or turn.language, danger=danger)
    named = rules.named(message)
    if named:
        turn = turn.found(f"staff named: {' '.join(named)}")
    return turn.found(f"topic: {topic} ({rule})", topic=topic, topic_rule=rule, danger=danger, staff_named=named)
