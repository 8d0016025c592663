"""Bytes to text, whatever the mail says of its charset.

Rules
1. UTF-8 that is valid is UTF-8, also when a single-byte charset was declared: by chance that hardly ever happens.
2. A declared multi-byte charset that fits is believed.
3. Of single-byte charsets the one wins whose text reads most like a language; the declared one wins a tie. Mail clients
   of small languages label cp1257 or cp1254 as Latin-1, and Latin-1 fits every byte.
4. What was encoded as UTF-8 twice is decoded twice, where all of it can be (`Ã¼` for `ü`).
5. The result holds no lone surrogate (it could not become JSON) and no U+0000 (PostgreSQL refuses it): both become
   U+FFFD.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import Any

import eldc

CANDIDATES = ("cp1252", "cp1250", "cp1257", "cp1254", "cp1251", "koi8-r")
_ELSEWHERE = ("gb18030", "big5", "euc_kr", "shift_jis", "euc_jp", "cp1253", "cp1255", "cp1256")
_SURELY = 0.8
"""Below this no candidate reads like its language, above it one does: measured on sentences of three words and more."""
_LANGUAGES = "az be bg cs da de el en es et fi fr hr hu it lt lv nl no pl pt ro ru sk sl sq sr sv tr uk".split()
_FEW = 3  # letters that tell no script
_SAMPLE = 4096  # bytes around the first 8-bit ones that vote
_MARGIN = 0.3  # how much better than a charset that was chosen on purpose another one must read
_SLIGHT = 0.01  # the same for Latin-1, which is what clients write when they do not know
_REFUSED = frozenset(("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"))
_ALIAS = re.compile(r"^(?:x-|(?:x-)?(?:windows|cp|ibm|win|dos)[-_]?(?=\d))")
"""How clients write before a charset's name what is none of it: `x-sjis`, `windows-874`, `cp-850`."""
_CALLED = {
    "unicode-1-1-utf-7": "utf-7",
    "mac-ce": "mac_latin2",
    "mac-roman": "mac_roman",
    "mac-cyrillic": "mac_cyrillic",
    "utf8mb4": "utf-8",
    "utf-8mb4": "utf-8",
    "euc": "euc_jp",
    "utf": "utf-8",
}
_WIDER = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-13": "cp1257"}
"""Charsets whose Windows superset is what clients really write (WHATWG Encoding section 4.2)."""
_WIDER_MULTIBYTE = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "gb18030",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso2022_jp": "iso2022_jp_ext",
}
"""The same of charsets of several bytes: what was added to them later, under their name."""
_MULTIBYTE = re.compile(r"gb|big5|euc|shift_jis|iso2022|utf|hz|johab|cp9[34]|cp950")
_SURROGATES = re.compile(r"[\ud800-\udfff\x00]")
_CP1252 = {
    ord(bytes([code]).decode("cp1252")): code for code in range(0x80, 0xA0) if code not in b"\x81\x8d\x8f\x90\x9d"
}
_TWICE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf" + "".join(map(re.escape, map(chr, _CP1252))) + "]")
_CONTROLS = re.compile("[\x80-\x9f]")
_EIGHT = re.compile(rb"[\x80-\xff]")


def scrub(text: str) -> str:
    """The text without what JSON or PostgreSQL refuse."""
    if "\0" not in text:
        try:
            text.encode()  # much faster than looking for what makes it fail
        except UnicodeEncodeError:
            pass
        else:
            return text
    return _SURROGATES.sub("\ufffd", text)


def decode(content: bytes, declared: str = "") -> tuple[str, str | None]:
    """The text, and a remark (`charset_repaired`, `charset_unknown`) when the declared charset was not the one."""
    codec = known(declared)
    if content.isascii() and (codec is None or not _MULTIBYTE.search(codec) or codec == "utf-8"):
        escaped = _strict(content, "iso-2022-jp") if b"\x1b$" in content else None
        return scrub(escaped or content.decode("ascii")), "charset_repaired" if escaped else None
    if marked := _by_mark(content):
        return marked, None
    if codec and codec != "utf-8" and _MULTIBYTE.search(codec):
        for name in (codec, _WIDER_MULTIBYTE.get(codec)):
            if name and (text := _strict(content, name)) is not None:
                return scrub(text), None
    if (text := _strict(content, "utf-8")) is not None:
        mended = _encoded_once(text)
        return scrub(mended or text), None if codec in {"utf-8", None} and not mended else "charset_repaired"
    return _by_vote(content, codec, declared)


@lru_cache(maxsize=256)
def known(declared: str) -> str | None:
    """Python's name of a declared charset, or None when it is none that text can be in."""
    info = None
    said = declared.strip(" \t\"'").lower()
    for name in (said, *(_ALIAS.sub(meant, said) for meant in ("", "cp"))) if said.isascii() and said else ():
        try:
            info = codecs.lookup(_CALLED.get(name, name))
        except (LookupError, ValueError):
            continue
        break
    if info is None or info.name in _REFUSED or not getattr(info, "_is_text_encoding", True):
        return None
    return info.name


def _by_mark(content: bytes) -> str | None:
    """The text when a byte order mark tells the encoding."""
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark) and (text := _strict(content, codec)) is not None:
            return scrub(text)
    return None


def _encoded_once(text: str) -> str | None:
    """The text as it was before somebody took its UTF-8 for cp1252 and encoded that once more, or None."""
    if not _TWICE.search(text):
        return None
    try:
        once = text.translate(_CP1252).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None
    return None if _CONTROLS.search(once) else once


def _by_vote(content: bytes, codec: str | None, declared: str) -> tuple[str, str | None]:
    if codec and _MULTIBYTE.search(codec):
        text = scrub(content.decode(_WIDER_MULTIBYTE.get(codec, codec), "replace"))
        few = text.count("\ufffd") * 20 <= len(text)
        if few:
            return text, "charset_repaired"
        codec = None
    preferred = _WIDER.get(codec, codec) if codec else None
    winner = vote(content, preferred)
    remark = (
        None if winner == preferred and codec else ("charset_repaired" if codec or not declared else "charset_unknown")
    )
    return scrub(content.decode(winner, "replace")), remark


def vote(content: bytes, preferred: str | None) -> str:
    """The single-byte charset in which these bytes read most like a language."""
    first = _EIGHT.search(content)
    start = max(0, first.start() - _SAMPLE // 2) if first else 0
    sample = content[start : start + _SAMPLE]
    scores = {
        codec: _likeness(sample, codec) for codec in dict.fromkeys((*CANDIDATES, *((preferred,) if preferred else ())))
    }
    best: str = max(scores, key=lambda codec: scores[codec])
    if preferred and preferred not in CANDIDATES and _of_its_script(sample, preferred):
        return preferred
    if scores[best] < _SURELY and (other := _elsewhere(sample)):
        return other
    margin = _SLIGHT if preferred == "cp1252" else _MARGIN
    if preferred and scores[best] < scores[preferred] + margin:
        return preferred
    return best


def _of_its_script(sample: bytes, codec: str) -> bool:
    """Whether a charset was declared whose script the voters do not know (Thai), and nearly all letters are of it."""
    text = _strict(sample, codec)
    letters = [letter for letter in text or "" if letter.isalpha() and not letter.isascii()]
    return len(letters) > _FEW and sum(letter >= "\u0530" for letter in letters) > _SURELY * len(letters)


def _elsewhere(sample: bytes) -> str | None:
    """The charset of another script in which these bytes surely read like a language, or None."""
    found: dict[str, float] = {}
    for codec in _ELSEWHERE:
        # the sample may end inside a letter
        text = next((text for cut in range(4) if (text := _strict(sample[: len(sample) - cut], codec))), None)
        if text is not None:
            found[codec] = max(_detector(every=True).detect_details(scrub(text)).scores.values(), default=0.0)
    best = max(found, key=lambda codec: found[codec], default=None)
    return best if best and found[best] > _SURELY else None


def _likeness(sample: bytes, codec: str) -> float:
    text = sample.decode(codec, "replace")
    odd = sum(1 for letter in text if letter == "\ufffd" or "\x80" <= letter <= "\x9f")
    scores: dict[str, float] = _detector().detect_details(scrub(text)).scores
    return max(scores.values(), default=0.0) - 0.1 * odd


@lru_cache(maxsize=2)
def _detector(*, every: bool = False) -> Any:  # noqa: ANN401 -- the library ships no types
    """Our own instance, of the languages that vote or of every one: what others set does not reach it."""
    eldc.init()
    instance = eldc.instance()
    if not every:
        instance.set_languages(_LANGUAGES)
    return instance


def _strict(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None
