"""What we give to customers to be recognised by: the reference, and the token in our letters. Pure.

Rules
-----
1. A reference is derived from a message's id and the installation's key: whichever process takes a repeated contact
   tells the same one, at once. It can be read out on the telephone and cannot be guessed.
2. It is read back leniently: lower case, spaces, O for 0, I and L for 1, Cyrillic lookalikes (AT-X26).
3. A token names a notice and carries a seal; nobody else can make one. A link's token ends by itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
import uuid
from datetime import datetime

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SYMBOLS = 11
_UUID, _ENDS, _LINK_SEAL = 16, 5, 15
"""Bytes of a link: the notice, the second in which it ends, the seal."""
_LOOKALIKE: dict[int, str] = {
    ord(typed): meant for typed, meant in zip("OILU" + "АВЕКМНОРСТХУІЈЅЗ", "011V" + "ABEKMH0PCTXY1JS3", strict=True)
}
"""What people and their keyboards write for a symbol: O for 0, I and L for 1, Cyrillic letters that look Latin."""


def mac(key: bytes, purpose: str, value: str) -> bytes:
    """HMAC-SHA256 of `value` under the installation's key, apart per purpose."""
    return hmac.new(key, f"{purpose}:{value}".encode(), hashlib.sha256).digest()


def reference(prefix: str, key: bytes, message: str) -> str:
    """What the customer is told: `WLZ-4T7K-Q9MX-2RH0`; eleven symbols of an HMAC and one to check them."""
    number = int.from_bytes(mac(key, "reference", message), "big")
    symbols = []
    for _ in range(_SYMBOLS):
        number, digit = divmod(number, 32)
        symbols.append(_CROCKFORD[digit])
    body = "".join(symbols)
    return _shown(prefix, body + _check_symbol(body))


def read_reference(prefix: str, typed: str) -> str | None:
    """The reference that somebody typed or read out, or None when it cannot be one.

    Lenient after the prefix: lower case, spaces, O for 0, I and L for 1, Cyrillic lookalikes (AT-X26).
    """
    plain = unicodedata.normalize("NFKC", typed).upper().translate(_LOOKALIKE)
    plain = re.sub(r"[\s\-‐‑‒–—_.]+", "", plain)
    marked = prefix.upper().translate(_LOOKALIKE)
    if not plain.startswith(marked):
        return None
    body = plain[len(marked) :]
    if len(body) != _SYMBOLS + 1 or any(symbol not in _CROCKFORD for symbol in body):
        return None
    if _check_symbol(body[:_SYMBOLS]) != body[_SYMBOLS]:
        return None
    return _shown(prefix, body)


def find_references(prefixes: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Every valid reference of these prefixes that stands in `text`, in order, each once."""
    found: dict[str, None] = {}
    for prefix in prefixes:
        for match in _reference_pattern(prefix).finditer(text):
            if read := read_reference(prefix, match.group()):
                found[read] = None
    return tuple(found)


def token(key: bytes, notice: str) -> str:
    """What a notice carries in its Message-ID and bounce address: its id and a seal, safe in lower case."""
    packed = uuid.UUID(notice).bytes + mac(key, "token", notice)[:8]
    return base64.b32encode(packed).decode().rstrip("=").lower()


def named(notice: str) -> str:
    """What every token of this notice begins with; whether it is sealed by us, `read_token` says."""
    return base64.b32encode(uuid.UUID(notice).bytes).decode()[:25].lower()


def read_token(key: bytes, seen: str) -> str | None:
    """The notice id that a token names, or None when the token is not ours."""
    try:
        packed = base64.b32decode(seen.upper() + "=" * (-len(seen) % 8))
    except ValueError:
        return None
    if len(packed) != 24:  # noqa: PLR2004 -- a uuid and eight bytes of seal
        return None
    notice = str(uuid.UUID(bytes=packed[:16]))
    return notice if hmac.compare_digest(packed[16:], mac(key, "token", notice)[:8]) else None


def link(key: bytes, what: str, notice: str, until: datetime) -> str:
    """What a customer's link carries: the notice that it stands in, when it ends, and a seal. `what`: the page that it
    opens, and no other; nothing in it is personal, and a mail's own token opens no page."""
    named = uuid.UUID(notice).bytes + int(until.timestamp()).to_bytes(_ENDS, "big")
    return base64.urlsafe_b64encode(named + _link_seal(key, what, named)).decode().rstrip("=")


def read_link(key: bytes, what: str, seen: str, now: datetime) -> str | None:
    """The notice that a link names, or None when it is not ours, opens another page, or has ended."""
    try:
        packed = base64.b64decode(seen + "=" * (-len(seen) % 4), altchars="-_", validate=True)
    except ValueError:
        return None
    named, sealed = packed[:-_LINK_SEAL], packed[-_LINK_SEAL:]
    if len(named) != _UUID + _ENDS or not hmac.compare_digest(sealed, _link_seal(key, what, named)):
        return None
    ended = int.from_bytes(named[_UUID:], "big") < now.timestamp()
    return None if ended else str(uuid.UUID(bytes=named[:_UUID]))


def _link_seal(key: bytes, what: str, named: bytes) -> bytes:
    return mac(key, f"link {what}", named.hex())[:_LINK_SEAL]


def _shown(prefix: str, body: str) -> str:
    return "-".join((prefix, body[:4], body[4:8], body[8:]))


def _check_symbol(body: str) -> str:
    """Luhn mod 32: finds every single wrong symbol and nearly every swap of neighbours."""
    total = 0
    for place, symbol in enumerate(reversed(body)):
        digit = _CROCKFORD.index(symbol)
        if place % 2 == 0:
            digit *= 2
            digit = digit // 32 + digit % 32
        total += digit
    return _CROCKFORD[-total % 32]


def _reference_pattern(prefix: str) -> re.Pattern[str]:
    """A prefix (also in lookalikes) followed by twelve symbols with anything usual between them."""
    return re.compile(rf"(?<!\w){_lenient(prefix)}(?:[\s\-‐‑‒–—_.]*[^\W_]){{{_SYMBOLS + 1}}}(?![^\W_])", re.IGNORECASE)


def _lenient(prefix: str) -> str:
    """The prefix as a pattern in which every letter may be any of its lookalikes."""
    alike: dict[str, str] = {}
    for source, target in _LOOKALIKE.items():
        alike[target] = alike.get(target, "") + chr(source)
    plain = prefix.upper().translate(_LOOKALIKE)
    return r"[\s\-]*".join(f"[{re.escape(letter + alike.get(letter, ''))}]" for letter in plain)
