"""Transcripts that come as attachments: what becomes of a mail that was sent to an address for them.

A mail is a delivery when it went to one of `mail_to`, is from one of `mail_from`, is proven to be theirs (DKIM, or the
word of our own mail server), and at least one of its attachments is a transcript. Each transcript is a call; a
`<name>.meta.json` beside it is what is told beside the call, a sound file of its name its recording (of one transcript
alone: every one). Everything else stays a mail like any other: nobody is lost by it, and nobody's word is taken for a
telephone system's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath

from connectors.calls.call import NoCall
from connectors.calls.delivery import is_sound
from connectors.calls.folder import beside_of
from intake_daemon.contract import Draft, File, Parse, Raw

_HEAD = 64 * 1024
_NO_TRANSCRIPT = frozenset({"no_text", "unknown_format", "empty"})
"""What other attachments are: pictures, documents, a disclaimer."""
Calls = Callable[[Raw], list[Draft]]
"""The calls in a transcript. Raises NoCall."""


@dataclass(frozen=True)
class Mailed:
    """Which mails are deliveries. Addresses in lower case; `senders` may be `@domain`."""

    to: frozenset[str]
    senders: frozenset[str]

    def wants(self, raw: Raw) -> bool:
        """Whether it may be one: an address of ours stands in its envelope or above it. Cheap."""
        if not self.to or raw.media_type != "message/rfc822":
            return False
        named = raw.envelope.get("rcpt_to", "").lower()
        head = raw.content[:_HEAD].lower()
        return any(address in named or address.encode() in head for address in self.to)

    def calls(self, raw: Raw, parse: Parse, calls_in: Calls) -> list[tuple[Raw, Draft]]:
        """Every call in it, each with the Raw that it is held with; nothing when it is no delivery."""
        mails = parse(raw)
        if len(mails) != 1 or not self._is_delivery(mails[0], raw):
            return []
        mail = mails[0]
        found: list[tuple[Raw, Draft]] = []
        broken = False
        for file, beside, sounds in _transcripts(mail.files):
            told = replace(raw, content=file.content, envelope={"details": beside}, files=sounds)
            try:
                drafts = calls_in(told)
            except NoCall as none:
                broken |= not none.other and none.code not in _NO_TRANSCRIPT
                continue
            for draft in drafts:
                if not _is_prose(draft):
                    at = draft.sent_at or raw.contact_at
                    fields = {**draft.fields, "mail": mail.thread.message_id or mail.external_id}
                    found.append((replace(raw, contact_at=at, files=()), replace(draft, fields=fields)))
        if found and broken:  # the mail is taken by the others: one of them must tell a person
            own, first = found[0]
            found[0] = own, replace(first, remarks=(*first.remarks, "part_unreadable"))
        return found

    def _is_delivery(self, mail: Draft, raw: Raw) -> bool:
        addressed = {each.value.lower() for each in mail.recipients if each.kind == "email"}
        addressed |= set(raw.envelope.get("rcpt_to", "").lower().replace(",", " ").split())
        sender = (mail.sender.address("email") or "").lower()
        known = sender in self.senders or f"@{sender.rpartition('@')[2]}" in self.senders
        return bool(addressed & self.to) and known and mail.sender.verified != "none"


def _transcripts(files: tuple[File, ...]) -> Iterator[tuple[File, str, tuple[File, ...]]]:
    """Each attachment that may be one, with what belongs to it."""
    sounds = [each for each in files if is_sound(each.name, each.media_type)]
    besides = {stem: each for each in files if (stem := beside_of(each.name))}
    texts = [each for each in files if each not in sounds and not beside_of(each.name) and not each.inline]
    for each in texts:
        stem = PurePath(each.name).stem
        told = besides.get(each.name) or besides.get(stem)
        own = tuple(sound for sound in sounds if len(texts) == 1 or PurePath(sound.name).stem in {each.name, stem})
        yield each, told.content.decode("utf-8", "replace") if told else "{}", own


def _is_prose(draft: Draft) -> bool:
    """A text that names nobody: a disclaimer as likely as a call."""
    said = draft.transcript
    return said is None or (said.provider == "dialogue" and len({turn.text for turn in said.turns}) == 1)
