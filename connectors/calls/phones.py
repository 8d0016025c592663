"""Telephone numbers as everybody writes them, as E.164 (`+442079460958`).

`tel:` and `sip:` addresses, spaces, brackets, `00` before the country. A national number needs to know its country; so
does none that begins with `+`. A short number (an extension, `*6060`) is nobody's address.
"""

from __future__ import annotations

import re

import phonenumbers

_HIDDEN = frozenset(
    "anonymous restricted unavailable unknown private withheld blocked none null hidden no-caller-id".split()
)
_SCHEME = re.compile(r"^(?:tel|sips?|callto|phone):", re.IGNORECASE)
_DIGITS = 6
"""Fewer are an extension, or a short number of the network's."""


def e164(written: str, country: str = "") -> str:
    """The number, or "" when it is withheld or none. A national one of an unknown country keeps its bare digits.

    `country`: two letters, where numbers without a country are at home."""
    user = _SCHEME.sub("", written.strip()).partition("@")[0].partition(";")[0]
    if user.replace(" ", "-").casefold() in _HIDDEN:
        return ""
    try:
        found = phonenumbers.parse(user, country.upper() or None)
        if phonenumbers.is_possible_number(found) and found.national_number >= 10 ** (_DIGITS - 1):
            return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        pass
    digits = re.sub(r"[\s().\-/]", "", user)
    if digits.startswith("00"):
        return e164(f"+{digits[2:]}")
    return digits if digits.isascii() and digits.isdecimal() and len(digits) >= _DIGITS and not country else ""


def is_whole(number: str) -> bool:
    """Whether it says its country."""
    return number.startswith("+")
