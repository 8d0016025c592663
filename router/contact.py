"""What a contact says of itself, before anybody judges it: its keys, its channel, which fields it leaves out.

Keys are hashes under the installation's key: what ties one contact to another is kept, who wrote it is not.

A thread is known from both ends, since a reply may arrive before what it answers: a contact registers `own:` its
Message-ID and `answers:` those that it refers to, and looks up the opposite of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from intake_daemon.contract import BrandFacts
from intake_daemon.message import Address, Command, Message, message_id
from intake_daemon.reference import find_references, mac, read_link, read_token
from router.alike import signs
from router.turn import HeldFile, Keys, Signs

_REFERENCES = 20
"""References and Message-IDs of one mail that are looked up; a mail that names more is not a letter to us."""
_LINE_BY_LINE = frozenset({"chat", "social", "sms"})
_ADDRESSES = 5
"""Addresses of one sender."""


def message_keys(message: Message, key: bytes, brands: Mapping[str, BrandFacts]) -> Keys:
    """What to lock and to look up for a message."""
    thread = message.thread
    answered = _ends(tuple(dict.fromkeys((*thread.in_reply_to[:_REFERENCES], *thread.references))))
    own = [thread.message_id] if thread.message_id else []
    talk = [f"talk:{message.connector}:{thread.conversation}"] if thread.conversation else []
    group = [f"part:{message.kind}:{message.part_of.group}"] if message.part_of and message.part_of.group else []
    look_up = [f"answers:{each}" for each in (*own, *answered)] + [f"own:{each}" for each in answered]
    register = [f"own:{each}" for each in own] + [f"answers:{each}" for each in answered] + talk
    named = [*thread.tokens[:_REFERENCES], (message.automatic.original_message_id or "").partition("@")[0]]
    came = message.received_at
    notices = (read_token(key, token) or read_link(key, "form", token, came) for token in named if token)
    quoted = find_references((brands[message.brand].prefix,), f"{message.subject}\n{message.text}")[:_REFERENCES]
    reply = message.reply_to.address if message.reply_to else None

    def hashed(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(mac(key, f"thread:{message.brand}", name).hex() for name in names))

    def known_as(address: Address) -> str:
        return correspondent(key, message.brand, address.kind, address.value)

    senders = tuple(dict.fromkeys(map(known_as, message.sender.addresses[:_ADDRESSES])))
    return Keys(
        contact=message.id,
        threads=hashed([*look_up, *([] if converses(message) else talk)]),
        registers=hashed(register),
        references=(message.reference, *quoted),
        notices=tuple(dict.fromkeys(notice for notice in notices if notice)),
        correspondents=senders,
        signs=signs(message, key, senders) if message.automatic.kind == "no" else Signs(),
        reply=known_as(reply) if reply else None,
        talk=hashed([*own, *answered, *talk]),
        group=next(iter(hashed(group)), None),
        conversation=next(iter(hashed(talk if converses(message) else [])), None),
    )


def converses(message: Message) -> bool:
    """Whether it is a line of a conversation: people say in several what others write in one letter."""
    return message.channel in _LINE_BY_LINE and message.thread.conversation is not None


def _ends(answered: tuple[str, ...]) -> tuple[str, ...]:
    """Of a long thread what it answers, its beginning, and its newest letters."""
    if len(answered) <= _REFERENCES:
        return answered
    first = _REFERENCES // 2
    return (*answered[:first], *answered[first - _REFERENCES :])


def command_key(command: Command) -> str:
    """A command is done once per id, and ids are chosen by who acts: each has their own."""
    return message_id(f"command:{command.actor}:{command.id}")


def correspondent(key: bytes, brand: str, kind: str, address: str) -> str:
    """The key of a person's address at a brand."""
    return mac(key, f"correspondent:{brand}:{kind}", address.strip().casefold()).hex()


def channel_of(message: Message) -> str:
    """In the policy's terms: what an employee passed on came by `staff` (L-05 W-02)."""
    return "staff" if message.forwarded_by else message.channel


_GIVEN_AND_FAMILY = 2


def absent(message: Message, field: str, parts: tuple[str, ...] = ()) -> bool:
    """Whether a field that the policy asks for is not there (L-08 W-10 K-08).

    `parts`: what a name is asked in; given and family name together will do (not everybody has a patronymic).
    """
    if field == "description":
        return not message.new_words.strip() and not message.transcript
    if field == "customer.name":
        return len((message.sender.name or "").split()) < (_GIVEN_AND_FAMILY if parts else 1)
    if field == "customer.contact":
        return not message.sender.addresses
    if field == "attachments":
        return not message.attachments
    return not message.fields.get(field)


def files_in(messages: Iterable[Message]) -> tuple[HeldFile, ...]:
    """The files of these contacts, then each one's original. What is infected anywhere is so everywhere."""
    messages = list(messages)
    locked = frozenset(each for message in messages for each in message.quarantined)
    found = []
    for message in messages:
        for file in message.attachments:
            kind = (file.name, file.media_type, file.size, file.verdict)
            found.append(HeldFile(file.id, message.id, *kind, original=False, quarantined=file.id in locked))
        whole = "message/rfc822" if message.channel == "email" else "application/octet-stream"
        raw = message.raw
        found.append(HeldFile(raw, message.id, "", whole, None, "unscanned", original=True, quarantined=raw in locked))
    return tuple(found)


def file_of(files: Sequence[HeldFile], named: str) -> HeldFile | None:
    """The file that is meant: by its vault id, or by its number in the list."""
    by_id = next((each for each in files if each.id == named.lower()), None)
    if by_id is not None or not (named.isascii() and named.isdecimal() and len(named) < len(str(10**6))):
        return by_id
    return files[int(named) - 1] if 0 < int(named) <= len(files) else None
