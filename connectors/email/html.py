"""HTML to text that a person can read, in one pass over the tags.

Rules
1. Linear in the length for any bytes. (HTML5 tree builders are not: 200,000 open `div`s took one of them two minutes.)
2. Words are never lost for a broken tag: what is never closed hides nothing; a `<` that opens no tag is a letter.
3. Kept: paragraphs, lists, table rows (cells apart by a tab), link targets, quotes as `> `. Dropped: what the reader of
   the mail did not see (scripts, styles, comments, `display:none`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from urllib.parse import unquote

_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9:_-]*+)((?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>""")
_BEGINS = re.compile(r"<(?=[a-zA-Z/!?])")
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""")
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9:_-]*")
_ASCII_UPPER = re.compile(r"[A-Z]+")
_TAG_LIMIT = 4_000  # code points of a tag's attributes that are read
_DEPTH_LIMIT = 20  # quote marks before a line
_WHITE = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?<![\w-])opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)"
    r"|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$)"
    r"|(?:max-)?height\s*:\s*0(?:px)?\s*;.*overflow\s*:\s*hidden|overflow\s*:\s*hidden.*max-height\s*:\s*0",
    re.IGNORECASE,
)
_NO_MARGIN = re.compile(r"margin\s*:\s*0(?:px|pt|cm|in)?\s*(?:;|$)|margin-bottom\s*:\s*0", re.IGNORECASE)
_INDENT = re.compile(r"margin\s*:\s*0(?:px)?\s+0(?:px)?\s+0(?:px)?\s+40px", re.IGNORECASE)

_VOID = frozenset("area base basefont bgsound br col embed frame hr img input link meta param source track wbr".split())
_RAW = frozenset("script style title textarea xmp noframes".split())
_APART = frozenset("p h1 h2 h3 h4 h5 h6 table ul ol dl blockquote pre".split())
_LINE = frozenset(
    "address article aside body caption center dd details div dt fieldset figcaption figure footer form header html"
    " legend li main nav option section summary tbody tfoot thead tr".split()
)


def to_text(page: str, pictures: Mapping[str, str] | None = None) -> str:
    """The words of an HTML page as plain text, lines ended by a newline. `pictures`: the file names of its pictures by
    their Content-ID; each stands in brackets where the picture was."""
    sheet = _Sheet(hide=True, pictures=pictures or {})
    _run(page, sheet)
    if sheet.hides:  # something hidden was never closed: it may have swallowed the letter
        sheet = _Sheet(hide=False, pictures=pictures or {})
        _run(page, sheet)
    return sheet.text()


class _Ahead:
    """Where something stands next, looked for once and remembered: asking again and again stays linear."""

    def __init__(self, page: str) -> None:
        self._page, self._lower = page, ""
        self._next: dict[str, int] = {}

    def find(self, what: str, place: int) -> int:
        """The first `what` at or behind `place`, or -1; places may only grow. Letters in `what` are in lower case."""
        known = self._next.get(what, -2)
        if known == -1 or known >= place:
            return known
        if what.startswith("</") and not self._lower:
            self._lower = self._page.lower() if self._page.isascii() else _ASCII_UPPER.sub(_lowered, self._page)
        self._next[what] = found = (self._lower if what.startswith("</") else self._page).find(what, place)
        return found


def _lowered(match: re.Match[str]) -> str:
    return match[0].lower()


def _run(page: str, sheet: _Sheet) -> None:
    place, end = 0, len(page)
    ahead = _Ahead(page)
    while place < end:
        begins = _BEGINS.search(page, place)
        tag = begins.start() if begins else -1
        if tag < 0 or ahead.find(">", tag) < 0:  # no tag begins, or none ends any more
            sheet.write(page[place:].replace("<!--", ""))
            return
        if tag > place:
            sheet.write(page[place:tag])
        match = _TAG.match(page, tag)
        place = _element(match, ahead, sheet) if match else _odd(page, tag, ahead, sheet)


def _odd(page: str, tag: int, ahead: _Ahead, sheet: _Sheet) -> int:
    """A `<` that begins no sound tag: a comment, a declaration, a tag with odd quotes, a letter."""
    if page.startswith("<!--", tag):
        stop = ahead.find("-->", tag + 4)
        return stop + 3 if stop >= 0 else tag + 4
    stop = ahead.find(">", tag + 1)
    if stop >= 0 and page[tag + 1 : tag + 2] in {"!", "?", "/"}:
        return stop + 1
    name = _NAME.match(page, tag + 1)
    if name and 0 <= stop - tag < _TAG_LIMIT:
        sheet.open(name[0].lower(), "")
        return stop + 1
    sheet.write("<")
    return tag + 1


def _element(match: re.Match[str], ahead: _Ahead, sheet: _Sheet) -> int:
    """Handle one tag; returns where to go on."""
    name = match[2].lower()
    if match[1]:
        sheet.close(name)
    elif name in _RAW:
        stop = ahead.find(f"</{name}", match.end())
        if stop >= 0:
            after = ahead.find(">", stop)
            return after + 1 if after >= 0 else stop
    else:
        sheet.open(name, match[3][:_TAG_LIMIT])
    return match.end()


class _Sheet:
    """The page as it is written: finished lines, the line being written, and what is open."""

    def __init__(self, *, hide: bool, pictures: Mapping[str, str]) -> None:
        self._hide = hide
        self._pictures = pictures
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes: list[bool] = []
        self._depth = 0
        self._above = 0  # the depth of the line above
        self._tight = False  # whether the paragraph has no margin
        self._lists: list[int | None] = []
        self._links: list[tuple[str, int]] = []
        self._apart = False
        self._space = False
        self._pre = 0
        self._hidden = ""
        self._nested = 0

    @property
    def hides(self) -> bool:
        """Whether something hidden is still open."""
        return bool(self._hidden)

    def text(self) -> str:
        """All that was written."""
        self._flush()
        return "\n".join(self._lines).strip("\n")

    def write(self, raw: str) -> None:
        """Words between tags."""
        if self._hidden:
            return
        words = unescape(raw) if "&" in raw else raw
        if self._pre:
            first, *more = words.replace("\r\n", "\n").split("\n")
            self._put(first)
            for line in more:
                self._flush(empty=True)
                self._put(line)
            return
        words = _WHITE.sub(" ", words)
        if words == " " or not words:
            self._space = self._space or bool(words and self._line)
            return
        if words[0] == " " and self._line:
            self._space = True
        core = words.strip(" ")
        self._put((" " if self._space and self._line else "") + core)
        self._space = words[-1] == " "

    def open(self, name: str, attributes: str) -> None:
        """A tag opens. `attributes`: as they stand in it."""
        if self._hidden:
            self._nested += name == self._hidden
            return
        style = attributes and "style" in attributes.lower()
        if (style or "hidden" in attributes) and name not in _VOID and self._hide and _is_hidden(attributes):
            self._hidden, self._nested = name, 1
            return
        if name in _LINE or name in _APART:
            self._block(name, attributes)
        elif name == "br":
            self._flush(empty=True)
        elif name in {"td", "th"}:
            if self._line:
                self._line.append("\t")
                self._space = False
        elif name == "hr":
            self._flush()
            self._put("_" * 32)
            self._flush()
        elif name == "a":
            self._links.append((_target(attributes), len(self._lines)))
            self._here = len(self._line)
        elif name == "img":
            self._picture(attributes)

    def _picture(self, attributes: str) -> None:
        alt = _WHITE.sub(" ", unescape(_attribute(attributes, "alt"))).strip()
        source = unescape(_attribute(attributes, "src")).strip() if self._pictures else ""
        file = self._pictures.get(unquote(source[4:])) if source[:4].lower() == "cid:" else None
        if shown := file if not alt or alt == file else f"{alt}: {file}" if file else alt:
            self.write(f" [{escape(shown)}] ")

    def _block(self, name: str, attributes: str) -> None:
        self._flush()
        if name == "p":
            self._tight = "MsoNormal" in attributes or bool(_NO_MARGIN.search(attributes))
        if name in _APART and not (name == "p" and self._tight):
            self._apart = True
        if name == "blockquote":
            quoting = not _INDENT.search(attributes)
            self._quotes.append(quoting)
            self._depth += quoting
        elif name in {"ul", "ol"}:
            self._lists.append(0 if name == "ol" else None)
        elif name == "li":
            count = self._lists[-1] if self._lists else None
            if count is not None:
                self._lists[-1] = count + 1
            self._put("- " if count is None else f"{count + 1}. ")
        elif name == "pre":
            self._pre += 1

    def close(self, name: str) -> None:
        """A tag closes."""
        if self._hidden:
            if name == self._hidden:
                self._nested -= 1
                if not self._nested:
                    self._hidden = ""
            return
        if name == "a" and self._links:
            self._link(*self._links.pop())
        elif name in _LINE or name in _APART:
            self._flush()
            self._apart = self._apart or (name in _APART and not (name == "p" and self._tight))
            if name == "blockquote" and self._quotes:
                self._depth -= self._quotes.pop()
            elif name in {"ul", "ol"} and self._lists:
                self._lists.pop()
            elif name == "pre" and self._pre:
                self._pre -= 1

    def _link(self, target: str, line: int) -> None:
        if not target or line != len(self._lines):
            return
        shown = "".join(self._line[-20:])[-2000:].lower()
        bare = target.lower().removeprefix("http://").removeprefix("https://").rstrip("/")
        if bare not in shown:
            self._put(f" <{target}>")

    def _put(self, words: str) -> None:
        if not words:
            return
        if not self._line:
            if self._apart and self._lines and self._lines[-1].strip("> "):
                self._lines.append(">" * min(self._depth, self._above, _DEPTH_LIMIT))
            self._apart = False
            if not self._pre:
                words = words.lstrip(" ")
        self._line.append(words)

    def _flush(self, *, empty: bool = False) -> None:
        """End the line. `empty`: also when nothing stands on it."""
        if self._line or empty:
            line = "".join(self._line).replace("\xa0", " ")
            line = "-- " if line.rstrip() == "--" and (self._space or line == "-- ") else line.rstrip()
            self._lines.append(f"{'>' * min(self._depth, _DEPTH_LIMIT)} {line}" if self._depth else line)
            self._line, self._above = [], self._depth
        self._space = False


def _is_hidden(attributes: str) -> bool:
    found = dict(_attributes(attributes))
    words = _ATTRIBUTE.sub("", attributes).lower().split()
    return "hidden" in words or bool(_HIDDEN.search(unescape(found.get("style", ""))))


def _attributes(attributes: str) -> list[tuple[str, str]]:
    return [(match[1].lower(), match[2].strip("\"'")) for match in _ATTRIBUTE.finditer(attributes)]


def _attribute(attributes: str, name: str) -> str:
    return next((value for key, value in _attributes(attributes) if key == name), "")


def _target(attributes: str) -> str:
    """The address that a link leads to, when a reader would want it."""
    target = unescape(_attribute(attributes, "href")).strip()
    if target.lower().startswith("mailto:"):
        return target[7:].partition("?")[0]
    return target if target.lower().startswith(("http://", "https://")) and len(target) < 2000 else ""  # noqa: PLR2004 -- what browsers take
