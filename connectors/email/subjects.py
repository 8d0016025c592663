"""The marks that mail clients put before a subject: an answer, a forward.

Rules
1. Only the first mark counts: `Re: Fwd: x` is an answer to a forward.
2. `VS` answers in Finnish and forwards in Danish and Norwegian: it says nothing by itself.
"""

from __future__ import annotations

import re

_FORWARDS = frozenset(
    "fw fwd wg tr enc rv pd vl doorst dgs i fs vb tov továbbítás pārs pārsūt ilt i̇lt iletilen yön yönləndirilib"
    " пересл пер перес прв препр vidarebef videres videresend videresendt edasi przekazane prv προωθ πρθ redir rid"
    " 转发 轉寄 轉發 転送 전달 הועבר trans terusan ส่งต่อ".split()
)
_ANSWERS = frozenset(
    "re r aw sv antw ats odp res rif ref ynt на ha от отг отв відп ад atb atbild vá vast cevab cavab σχετ απ rép rép'"
    " odg одг odpoveď odpověď hl trả bls ตอบ תגובה השב رد پاسخ balas 回复 答复 回覆 返信 답장 회신".split()
)
_TWO_MEANINGS = frozenset({"vs"})
_TAG = re.compile(r"\s*(?:\[[^\[\]]{1,40}\]\s*)?")
_MARK = re.compile(
    r"([^\W\d_](?:[^\W\d_]|\u0307){0,19}|[\u4e00-\u9fff\uac00-\ud7af]{2}|ส่งต่อ)"
    r"\.?\s?(?:\[\d{1,3}\]|\(\d{1,3}\)|\d{1,2}|\^\d)?\s?[:：]"
)
_KNOWN = _FORWARDS | _ANSWERS | _TWO_MEANINGS


def is_forward(subject: str) -> bool:
    """Whether the subject says that the mail passes something on."""
    return _mark(subject) in _FORWARDS


def is_answer(subject: str) -> bool:
    """Whether the subject says that the mail answers something."""
    return _mark(subject) in _ANSWERS


def is_either(subject: str) -> bool:
    """Whether the mark says one of both, and which depends on the language."""
    return _mark(subject) in _TWO_MEANINGS


def bare(subject: str) -> str:
    """A subject without its marks, for comparing."""
    rest = subject[:500].strip()
    for _ in range(10):
        match = _MARK.match(rest)
        if match is None or match[1].lower() not in _KNOWN:
            break
        rest = rest[match.end() :].strip()
    return " ".join(rest.casefold().split())


def _mark(subject: str) -> str:
    tag = _TAG.match(subject[:200])
    match = _MARK.match(subject, tag.end() if tag else 0)
    return match[1].lower() if match else ""
