"""Reports of machines on our mail: delivered or not, opened, called spam.

Rules
1. A report says whom and which mail it speaks of: the recipient, the status, the Message-ID of what came back.
2. Failed or delayed is what the report calls it (`action_failed`, `action_delayed`), not what its status begins with: a
   host that gives up after days reports a failure with 4.4.7.
3. Many keep to no standard (qmail, older Exim, gateways, webmail). Those are known by two signs of different kinds: who
   sends, how the subject begins, a null path, codes, the mail that comes back. One will do where only machines write
   it.
4. A person who attaches, forwards or tells of a report is a person.

RFC 3464 (delivery), 3463 (status), 8098 (receipts), 5965 (feedback), 8460 (TLS), 7489 section 7 (DMARC).
"""

from __future__ import annotations

import re

from connectors.email.addresses import Parties, found_in, normal
from connectors.email.header import Fields
from connectors.email.machine_words import BOUNCE_SUBJECTS, FAILED_WORDS, FORMULAS, RECEIPT_SUBJECTS
from connectors.email.report_words import SAID_LIMIT, above, id_in, is_delay, reason_in, spoken_of, status_in
from connectors.email.structure import Part
from connectors.email.threads import ids, message_id
from intake_daemon.message import Automatic

_DAEMON = re.compile(
    r"[\w.+-]*(?:mailer-?daemon|mail-?daemon|mdaemon|maildelivery|mail[.-]delivery|delivery[.-]subsystem)[\w.+-]*",
    re.IGNORECASE,
)
_POSTMASTER = re.compile(
    r"post[_-]?master(?:\W.*)?|microsoftexchange[0-9a-f]{10,}|ndr|mailerdaemon|mail-?admin|smtp", re.IGNORECASE
)
_DAEMON_NAME = re.compile(
    r"mail delivery (?:sub)?system|mail administrator|mail deliverer|microsoft outlook|mailer[- ]daemon"
    r"|system administrator",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(rf"\s*(?:\[[^\[\]]{{1,40}}\]\s*)?(?:{BOUNCE_SUBJECTS})", re.IGNORECASE)
_FAILED = re.compile(FAILED_WORDS, re.IGNORECASE)
_READ_SUBJECT = re.compile(rf"\s*(?:{RECEIPT_SUBJECTS})\s*[:：]", re.IGNORECASE)
_FORMULA = re.compile(FORMULAS, re.IGNORECASE)
_DMARC = re.compile(r"\s*(?:\[[^\[\]]{1,40}\]\s*)?report domain: \S+ submitter: \S+", re.IGNORECASE)
_REPORTS = {
    "message/delivery-status": "bounce",
    "message/global-delivery-status": "bounce",
    "message/feedback-report": "feedback",
    "message/disposition-notification": "receipt",
    "message/global-disposition-notification": "receipt",
}
_GOOD = {"delivered", "relayed", "expanded"}


def report(root: Part, people: Parties, text: str) -> Automatic | None:
    """The report that a mail is, or None. `text`: its letter, for those that only speak to people."""
    return _standard(root, people, text) or _other_form(root, text) or _told(root, people, text)


def envelope_id(root: Part) -> str | None:
    """The name under which we handed over the mail that a delivery report speaks of (RFC 3461 section 4.4)."""
    for leaf in list(root.leaves())[:50]:
        if leaf.media_type == "message/delivery-status":
            return Fields(_header_of(leaf.content)).plain("original-envelope-id").strip() or None
    return None


def _standard(root: Part, people: Parties, text: str) -> Automatic | None:
    """A report in the form that standards give it. One that a person merely attached is none of theirs."""
    leaves = list(root.leaves())[:50]
    for leaf in leaves:
        kind = _REPORTS.get(leaf.media_type)
        if kind is None or not (people.path == "" or _is_the_mail(leaf, root) or _is_daemon(people)):
            continue
        groups = [Fields(group) for group in re.split(rb"\r?\n\r?\n", leaf.content.strip()[:65536])]
        original = _returned(leaves) or _original_id(groups) or id_in(text)
        if kind == "bounce":
            return _delivery(groups, original, people, text)
        recipient = _first(groups, "original-rcpt-to", "original-recipient", "final-recipient", "removal-recipient")
        if kind == "feedback":
            kinds = next((_word(group.plain("feedback-type")) for group in groups if "feedback-type" in group), "")
            evidence = ("report_feedback", *((f"feedback_{kinds}",) if kinds in _FEEDBACK else ()))
            return Automatic(kind="feedback", evidence=evidence, recipient=recipient, original_message_id=original)
        evidence = ("report_receipt", "mdn_" + _mode(groups))
        return Automatic(kind="receipt", evidence=evidence, recipient=recipient, original_message_id=original)
    return None


_FEEDBACK = {"abuse", "fraud", "virus", "other", "not-spam", "auth-failure", "opt-out"}


def _is_the_mail(leaf: Part, root: Part) -> bool:
    """Whether a machine part stands in the report that the mail is (a list may have wrapped it to add a footer)."""
    outer = leaf.parent
    if outer is None:
        return True
    return outer.media_type == "multipart/report" and (outer is root or root.children[0] is outer)


def _delivery(groups: list[Fields], original: str | None, people: Parties, text: str) -> Automatic:
    """Of several recipients the first that failed, else the first."""
    told = [group for group in groups if "action" in group or "final-recipient" in group or "status" in group]
    actions = [_word(group.plain("action")) for group in told]
    place = next((at for at, action in enumerate(actions) if action == "failed"), 0)
    one = told[place] if told else Fields()
    said = text[:SAID_LIMIT]
    action = actions[place] if actions else ""
    if action in {"error", "undeliverable", "fail", "failure", ""}:
        action = "delayed" if is_delay("", said) else "failed"
    status = status_in(f"{one.plain('status')} ; {one.plain('diagnostic-code')}")
    if action == "failed" and status in {None, "5.0.0", "4.0.0"}:
        status = _status_of(one.plain("diagnostic-code")) or _status_of(said) or status or "5.0.0"
    status = status or {"failed": "5.0.0", "delayed": "4.0.0"}.get(action)
    evidence = ["report_delivery"]
    if action in {"failed", "delayed"} | _GOOD:
        evidence.append(f"action_{action}")
    recipient = _first([one], "original-recipient", "final-recipient", "x-actual-recipient")
    return Automatic(
        kind="receipt" if action in _GOOD else "bounce",
        evidence=tuple(evidence),
        recipient=recipient or spoken_of(said, people),
        status=status,
        original_message_id=original,
    )


def _other_form(root: Part, text: str) -> Automatic | None:
    """Receipts and feedback in the forms of single makers."""
    fields = root.fields
    subject = fields.words("subject")[:500]
    if "tls-report-domain" in fields or root.params.get("report-type", "").lower() == "tlsrpt":
        return Automatic(kind="feedback", evidence=("report_tls",))
    if _DMARC.match(subject) and "in-reply-to" not in fields:
        return Automatic(kind="feedback", evidence=("subject_dmarc_report",))
    leaves = list(root.leaves())[:50]
    for leaf in leaves:
        if leaf.media_type == "message/rfc822":
            inner = leaf.children[0].fields if leaf.children else Fields(_header_of(leaf.content))
            if "x-hmxmroriginalrecipient" in inner:  # Outlook.com's Junk Mail Reporting Program
                to = found_in(inner.plain("x-hmxmroriginalrecipient"))
                evidence = ("header_junk_report",)
                return Automatic(
                    kind="feedback", evidence=evidence, recipient=to, original_message_id=message_id(inner)
                )
    if _READ_SUBJECT.match(subject) and _tells_of_reading(text):
        replied = ids(fields.plain("in-reply-to")) or ids(fields.plain("references"))
        return Automatic(
            kind="receipt", evidence=("subject_read_receipt",), original_message_id=next(iter(replied), None)
        )
    return None


def _tells_of_reading(text: str) -> bool:
    """Exchange's receipt lists To, Subject and Sent of what was read, and little else."""
    lines = [line.strip() for line in text[:2_000].split("\n") if line.strip()]
    labelled = sum(1 for line in lines if re.match(r"[^\W\d_][^:]{1,20}:\s", line))
    return len(text) < 1_500 and len(lines) <= 10 and labelled >= 2  # noqa: PLR2004 -- a short note with two fields


def _is_daemon(people: Parties) -> bool:
    author = people.author
    return bool(author and _DAEMON.fullmatch(author.local))


def _told(root: Part, people: Parties, text: str) -> Automatic | None:
    """A delivery report that keeps to no standard."""
    fields = root.fields
    subject = fields.words("subject")[:500]
    said = text[:SAID_LIMIT]
    signs = _signs(root, people, subject, said)
    if not signs:
        return None
    own = above(said)
    leaves = list(root.leaves())[:50]
    delayed = is_delay(subject, own)
    status = _status_of(own)
    if delayed and (status is None or status.startswith("5")):
        status = "4.0.0"
    replied = ids(fields.plain("in-reply-to")) or ids(fields.plain("references"))
    return Automatic(
        kind="bounce",
        evidence=(*signs, "action_delayed" if delayed else "action_failed"),
        recipient=found_in(fields.plain("x-failed-recipients")) or spoken_of(own, people),
        status=status or "5.0.0",
        original_message_id=_returned(leaves) or id_in(text) or next(iter(replied), None),
    )


def _status_of(words: str) -> str | None:
    """The status that is named; of a bare reply code its class, with the reason that the words give."""
    named, reason = status_in(words), reason_in(words)
    if named and reason and named.endswith(".0.0"):
        return named[0] + reason[1:]
    return named or reason


def _signs(root: Part, people: Parties, subject: str, said: str) -> list[str]:
    """By which signs a mail is a report; none when they do not suffice."""
    author = people.author
    local, name = (author.local, author.name) if author else ("", "")
    null = people.path == ""
    begins = _BOUNCE_SUBJECT.match(subject) is not None
    signs = ["x_failed_recipients"] if "x-failed-recipients" in root.fields else []
    if _DAEMON.fullmatch(local):
        signs.append("from_mailer_daemon")
    if signs:
        return [*signs, "subject_bounce"] if begins else signs
    without_status = (
        root.media_type == "multipart/report" and root.params.get("report-type", "delivery-status") == "delivery-status"
    )
    office = _POSTMASTER.fullmatch(local) is not None or _DAEMON_NAME.fullmatch(name.strip()) is not None
    if not (null or begins or office or without_status):
        return []  # an ordinary letter: its words need not be read
    words = _FAILED.search(said[:3_000]) is not None
    machine = status_in(said) is not None or _FORMULA.search(said[:3_000]) is not None
    returned = any(leaf.media_type in _RETURNED for leaf in list(root.leaves())[:50])
    if office and (null or begins or (words and (machine or returned))):
        signs.append("from_postmaster")
    by_hand = root.media_type in {"multipart/alternative", "text/html"} or _CLIENT & {
        name for name, _ in root.fields.all
    }
    named = not by_hand and found_in(said[:3_000]) is not None
    if begins and (null or office or (named and (returned or (machine and words)))):
        signs.append("subject_bounce")
    if null and words and (machine or returned):
        signs.append("null_path")
    if without_status:
        signs.append("report_without_status")
    return signs


_CLIENT = {"user-agent", "x-mailer", "x-gm-message-state", "x-yahoo-newman-id", "x-originating-ip"}
"""Fields that programs write with which people write."""
_RETURNED = {"message/rfc822", "message/global", "message/partial", "text/rfc822-headers", "message/rfc822-headers"}


def _word(value: str) -> str:
    words = value.partition(";")[0].partition("(")[0].split()
    return words[0].lower() if words else ""


def _first(groups: list[Fields], *names: str) -> str | None:
    """The first address under any of these names; `rfc822; user@host` (RFC 3464 section 2.3.2)."""
    for name in names:
        for group in groups:
            value = group.plain(name).partition(";")
            address = (value[2] if value[1] else value[0]).strip().strip("<>").strip()
            if "@" in address:
                return normal(address)
    return None


def _mode(groups: list[Fields]) -> str:
    said = " ".join(group.plain("disposition").lower() for group in groups)
    return next((word for word in ("displayed", "deleted", "processed", "dispatched") if word in said), "other")


def _original_id(groups: list[Fields]) -> str | None:
    found = (ids(group.plain("original-message-id") or group.plain("x-original-message-id")) for group in groups)
    return next((one[0] for one in found if one), None)


def _returned(leaves: list[Part]) -> str | None:
    """The Message-ID of the mail that comes back, whole or as its header."""
    for leaf in leaves:
        if leaf.media_type not in _RETURNED and leaf.media_type != "message/global-headers":
            if leaf.parent is not None and "from" in leaf.fields and (found := message_id(leaf.fields)):
                return found  # some write the header of what comes back as the header of the part
            continue
        fields = leaf.children[0].fields if leaf.children else Fields(_header_of(leaf.content))
        if found := message_id(fields):
            return found
    return None


def _header_of(content: bytes) -> bytes:
    return re.split(rb"\r?\n\r?\n", content.strip()[:65536], maxsplit=1)[0]
