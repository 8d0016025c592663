"""The marks that mail clients put before a subject: an answer, a forward.

Rule: only the first mark counts: `Re: Fwd: x` is an answer to a forward.
"""

from __future__ import annotations

import re

_FORWARDS = frozenset(
    "fw fwd wg tr enc rv pd vl doorst i fs vb tov továbbítás pārs pārsūt ilt i̇lt iletilen yön yönləndirilib"
    " пересл пер перес vidarebef videres edasi przekazane prv 转发 轉寄 転送 전달".split()
)
_ANSWERS = frozenset(
    "re r aw sv vs antw ats odp res rif ref ynt на отв відп atb atbild vá vast cevab cavab σχετ απ"
    " 回复 答复 回覆 返信 답장".split()
)
_TAG = re.compile(r"\s*(?:\[[^\[\]]{1,40}\]\s*)?")
_MARK = re.compile(
    r"([^\W\d_](?:[^\W\d_]|\u0307){0,19}|[\u4e00-\u9fff\uac00-\ud7af]{2})"
    r"\.?\s?(?:\[\d{1,3}\]|\(\d{1,3}\)|\d{1,2})?\s?[:：]"
)


def is_forward(subject: str) -> bool:
    """Whether the subject says that the mail passes something on."""
    return _mark(subject) in _FORWARDS


def is_answer(subject: str) -> bool:
    """Whether the subject says that the mail answers something."""
    return _mark(subject) in _ANSWERS


def _mark(subject: str) -> str:
    tag = _TAG.match(subject[:200])
    match = _MARK.match(subject, tag.end() if tag else 0)
    return match[1].lower() if match else ""
