"""How many segments an SMS has: whether a letter is short enough for a telephone.

A segment has 140 bytes: 160 characters of the GSM-7 alphabet (3GPP TS 23.038), 153 where there are several; with one
character outside it 70, or 67, of UCS-2.
"""

from __future__ import annotations

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWICE = frozenset("^{}\\[~]|€\f")
MOST = 3
"""Segments of what we say by ourselves."""


def segments(text: str) -> int:
    """Of a text as it stands."""
    if all(each in _GSM or each in _TWICE for each in text):
        size, one, several = len(text) + sum(each in _TWICE for each in text), 160, 153
    else:
        size, one, several = len(text.encode("utf-16-le", "replace")) // 2, 70, 67
    return 1 if size <= one else -(-size // several)
