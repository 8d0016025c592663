"""Contacts that may be about one matter though nothing ties them: suggested to a person with a score, never merged.

What is compared is what the ledger keeps of every contact of a customer (`signs`), within a brand and for half a year:

    sender       the address that it came from              name    the full name, as it sounds in any script
    order        a number of five digits or more in it      message_id    the mail's own
    words        a print of the new words: whether they are the same to the letter, and how near they are otherwise

All of them are hashes under the installation's key: who has only the database learns neither the words nor the name.
Near words are found by SimHash (Charikar, 2002): 64 signs of the words and their neighbours, each by majority; a few
changed words change a few signs. Ours differ in up to 6 of 64 for a letter that was touched up, in some 26 between two
letters that have nothing to do with each other.

The score is in hundredths. One sign alone suggests nothing but a Message-ID that came twice, and the name of somebody
who wrote from elsewhere: a customer has other matters, and a case shows the earlier ones of its sender anyhow.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from intake_daemon.message import Message
from intake_daemon.reference import mac
from router.sounds import flat, skeleton
from router.turn import Sign, Signs

ENOUGH = 50
"""Score from which a link is suggested."""
MOST = 3
"""Links that one contact suggests, the likeliest."""
_NEAR = 6
"""Signs of 64 in which the prints of near words differ at most."""
_TELLING = 8
"""Words from which their print can be near another; fewer are the same or they are not."""
_FEW = 3
_WORDS = 500
"""Words of a contact that are looked at."""
_NUMBERS = 4
"""Numbers of a contact that are looked at; a list of more is no order."""
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"(?<![\w.,:/+-])(?=(?:[A-Za-z/-]{0,8}\d){5})[A-Za-z0-9][A-Za-z0-9/-]{4,30}(?![\w/+-])")
_DATE = re.compile(r"\d{1,4}[/-]\d{1,2}[/-]\d{1,4}")

_SCORES = {"same_message_id": 90, "same_words": 90, "similar_words": 75, "order": 50, "name": 40, "sender": 40}
"""What each is worth; the reason of a link is the first of these that holds."""
_REASONS = {"order": "same_order", "name": "same_name", "sender": "same_sender"}


class Suggested(NamedTuple):
    """A case that may be about the same matter."""

    reference: str
    reason: str
    score: int


def signs(message: Message, key: bytes, senders: Sequence[str]) -> Signs:
    """What this contact is recognised by. `senders`: the keys of its addresses."""
    words = [flat(word) for word in _WORD.findall(message.new_words[: _WORDS * 20])][:_WORDS]

    def sign(kind: str, value: str) -> str:
        return mac(key, f"sign:{message.brand}:{kind}", value).hex()[:32]

    named = {sign("sender", each): "sender" for each in senders}
    name = sorted(skeleton(part) for part in _WORD.findall(message.sender.name or ""))
    if len(name) > 1:
        named[sign("name", " ".join(name))] = "name"
    for number in _numbers(f"{message.subject}\n{message.new_words}"):
        named[sign("order", number)] = "order"
    if message.thread.message_id:
        named[sign("message_id", message.thread.message_id)] = "message_id"
    return Signs(named, _print(words, key) if len(words) >= _FEW else "")


def suggested(mine: Signs, found: Sequence[Sign]) -> Iterator[Suggested]:
    """The likeliest cases of the contacts that share a sign, none below `ENOUGH`."""
    shared: dict[tuple[str, str], set[str]] = defaultdict(set)
    prints: dict[str, str] = {}
    for each in found:
        shared[each.reference, each.contact].add(mine.named.get(each.sign, ""))
        prints[each.contact] = each.words
    best: dict[str, Suggested] = {}
    for (reference, contact), kinds in shared.items():
        one = _judged(reference, kinds, mine.words, prints[contact])
        if one.score >= ENOUGH and (reference not in best or best[reference].score < one.score):
            best[reference] = one
    yield from sorted(best.values(), key=lambda one: (-one.score, one.reference))[:MOST]


def _judged(reference: str, kinds: set[str], mine: str, theirs: str) -> Suggested:
    known = bool({"sender", "name"} & kinds)
    reasons: list[str] = [each for each in ("order", "name", "sender") if each in kinds]
    if known and mine and theirs:
        if mine == theirs:
            reasons.insert(0, "same_words")
        elif _near(mine, theirs):
            reasons.insert(0, "similar_words")
    if "message_id" in kinds:
        reasons.insert(0, "same_message_id")
    if not reasons:
        return Suggested(reference, "", 0)
    score = max(_SCORES[each] for each in reasons)
    if score < _SCORES["similar_words"]:
        score = sum(_SCORES[each] for each in reasons)
    if reasons == ["name"]:  # an address that is not the earlier one's: the name is all that can be told of them
        score += 15
    return Suggested(reference, _REASONS.get(reasons[0], reasons[0]), min(score, 95))


def _numbers(text: str) -> Iterator[str]:
    """Numbers by which an order, an invoice or a parcel is called, without what people write between the digits."""
    found = dict.fromkeys(
        re.sub(r"[/-]", "", each.group()).upper()
        for each in _NUMBER.finditer(text[: _WORDS * 20])
        if not _DATE.fullmatch(each.group())
    )
    yield from list(found)[:_NUMBERS]


def _print(words: Sequence[str], key: bytes) -> str:
    """SimHash of the words and of their pairs, then a hash of all; each in 16 digits, under the key."""
    planes: list[int] = []
    """How often each of the 64 bits was set: plane n holds bit n of all 64 counters."""
    features = [*words, *(f"{one} {after}" for one, after in pairwise(words))]
    for feature in features:
        carry = int.from_bytes(hashlib.blake2b(feature.encode(), key=key[:64], digest_size=8).digest(), "big")
        for number, plane in enumerate(planes):
            planes[number], carry = plane ^ carry, plane & carry
        if carry:
            planes.append(carry)
    near = 0
    for place in range(64):
        count = sum((plane >> place & 1) << number for number, plane in enumerate(planes))
        near |= (2 * count > len(features)) << place
    whole = mac(key, "words", " ".join(words)).hex()[:16]
    return f"{near:016x}{whole}" if len(words) >= _TELLING else whole


def _near(mine: str, theirs: str) -> bool:
    if len(mine) != len(theirs) or len(mine) < 32:  # noqa: PLR2004 -- one of the two has too few words
        return False
    return (int(mine[:16], 16) ^ int(theirs[:16], 16)).bit_count() <= _NEAR
