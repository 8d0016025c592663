"""What a contact says of itself, before anybody judges it: its keys, its channel, which fields it leaves out.

Keys are hashes under the installation's key: what ties one contact to another is kept, who wrote it is not.

A thread is known from both ends, since a reply may arrive before what it answers: a contact registers `own:` its
Message-ID and `answers:` those that it refers to, and looks up the opposite of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from intake_daemon.contract import BrandFacts
from intake_daemon.message import Message, find_references, mac, read_token
from router.turn import Keys

_REFERENCES = 20
"""References in one mail that are looked up; a mail that quotes more is not a letter to us."""


def message_keys(message: Message, key: bytes, brands: Mapping[str, BrandFacts]) -> Keys:
    """What to lock and to look up for a message."""
    thread = message.thread
    answered = dict.fromkeys((*thread.in_reply_to, *thread.references))
    own = [thread.message_id] if thread.message_id else []
    talk = [f"talk:{message.connector}:{thread.conversation}"] if thread.conversation else []
    look_up = [f"answers:{each}" for each in (*own, *answered)] + [f"own:{each}" for each in answered] + talk
    register = [f"own:{each}" for each in own] + [f"answers:{each}" for each in answered] + talk
    named = [*thread.tokens, (message.automatic.original_message_id or "").partition("@")[0]]
    notices = (read_token(key, token) for token in named if token)
    quoted = find_references((brands[message.brand].prefix,), f"{message.subject}\n{message.text}")[:_REFERENCES]

    def hashed(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(mac(key, f"thread:{message.brand}", name).hex() for name in names))

    return Keys(
        contact=message.id,
        threads=hashed(look_up),
        registers=hashed(register),
        references=(message.reference, *quoted),
        notices=tuple(dict.fromkeys(notice for notice in notices if notice)),
        correspondents=tuple(
            correspondent(key, message.brand, each.kind, each.value) for each in message.sender.addresses
        ),
    )


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
