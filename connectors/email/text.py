"""Which parts are the letter, and what they say as text.

Rules
1. Plain text is preferred; HTML is read where there is none, or where the plain part is only a stub.
2. Every text part that is shown in line belongs to the letter (Apple Mail writes text, picture, text).
3. Lines end with a newline; `format=flowed` paragraphs are joined (RFC 3676); nothing else is changed.
4. At most `TEXT_LIMIT` code points (`limit_text`): it travels through the broker; the original is kept whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.email import calendar
from connectors.email.charset import decode, scrub
from connectors.email.html import to_text
from connectors.email.structure import Part

TEXT_LIMIT = 1_000_000
"""Code points of text that are read."""
_BYTES_LIMIT = 4 * TEXT_LIMIT
_HEAD = 4096  # bytes of a page in which it may state its charset
_META = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype\s+html|<html[\s>])", re.IGNORECASE)
_STUB = 120  # a plain part this short may only say "please view in a browser"


def letter(root: Part) -> list[Part]:
    """The text parts that make up the letter, in order."""
    found = _of(root)
    if not found:  # every text has a name: then the first shown one is the letter after all
        named = (part for part in root.leaves() if _is_text(part) and part.disposition != "attachment")
        found = [part for part in [next(named, None)] if part]
    if not found:
        invitation = (part for part in root.leaves() if part.media_type == "text/calendar")
        found = [part for part in [next(invitation, None)] if part]
    return found


def text_of(parts: list[Part], remarks: dict[str, None], pictures: Mapping[str, str] | None = None) -> str:
    """The words of these parts. `pictures`: Content-ID -> file name, to stand where a picture was shown."""
    texts = [text for part in parts if (text := _read(part, remarks, pictures or {}).strip("\n"))]
    whole = scrub("\n\n".join(texts))
    if len(whole) > TEXT_LIMIT:
        remarks["limit_text"] = None
        whole = whole[:TEXT_LIMIT]
    return whole


def _of(part: Part) -> list[Part]:
    kind = part.media_type
    if not part.children or kind.startswith("message/"):
        return [part] if _is_text(part) and part.disposition != "attachment" and not part.name else []
    if kind == "multipart/alternative":
        return _chosen([_of(child) for child in part.children])
    if kind == "multipart/related":
        return next((found for child in part.children if (found := _of(child))), [])
    if kind in {"multipart/report", "multipart/signed"}:
        return _of(part.children[0])
    return [found for child in part.children for found in _of(child)]


def _is_text(part: Part) -> bool:
    if part.media_type.startswith("multipart/"):
        return not part.children  # a multipart without a single part: its bytes are all there is to read
    return part.media_type in {"text/plain", "text/html", "text/enriched", "text/markdown", "text/richtext"}


def _chosen(offers: list[list[Part]]) -> list[Part]:
    """One of the alternatives: plain, unless it is empty or a stub."""
    offers = [offer for offer in offers if offer]
    plain = next((offer for offer in offers if all(part.media_type == "text/plain" for part in offer)), None)
    rich = next((offer for offer in reversed(offers) if any(part.media_type == "text/html" for part in offer)), None)
    if plain is None or rich is None:
        return plain or rich or next(iter(offers), [])
    ignored: dict[str, None] = {}
    short = len(text_of(plain, ignored).strip())
    if short > _STUB or sum(part.end - part.start for part in rich) < 8 * short + 200:
        return plain
    return rich if len(text_of(rich, ignored).strip()) > 5 * short else plain


def decoded(part: Part, remarks: dict[str, None]) -> str:
    """The content of a text part as it was written, lines ended by a newline."""
    content = part.content
    if len(content) > _BYTES_LIMIT:
        remarks["limit_text"] = None
        content = content[:_BYTES_LIMIT]
    charset = part.params.get("charset", "")
    if not charset and part.media_type == "text/html" and (stated := _META.search(content, 0, _HEAD)):
        charset = stated[1].decode("ascii")
    text, remark = decode(content, charset)
    if remark:
        remarks[remark] = None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def is_page(part: Part, text: str) -> bool:
    """Whether a text part is HTML, also where it does not say so."""
    return part.media_type == "text/html" or (part.media_type == "text/plain" and bool(_PAGE.match(text)))


def _read(part: Part, remarks: dict[str, None], pictures: Mapping[str, str]) -> str:
    text = decoded(part, remarks)
    if is_page(part, text):
        return to_text(text, pictures)
    if part.media_type == "text/calendar":
        return calendar.to_text(text)
    if part.params.get("format", "").lower() == "flowed":
        return unflowed(text, delsp=part.params.get("delsp", "").lower() == "yes")
    return text


def unflowed(text: str, *, delsp: bool) -> str:
    """Paragraphs of `format=flowed` joined to one line each (RFC 3676 section 4)."""
    lines: list[str] = []
    open_depth = -1  # quote depth of the paragraph that goes on, or -1
    for raw in text.split("\n"):
        depth = len(raw) - len(raw.lstrip(">"))
        line = raw[depth:]
        line = line.removeprefix(" ")
        flows = line.endswith(" ") and line != "-- "
        content = line[:-1] if flows and delsp else line
        if open_depth == depth and line != "-- ":
            lines[-1] += content
        else:
            lines.append(f"{'>' * depth} {content}" if depth else content)
        open_depth = depth if flows else -1
    return "\n".join(lines)
