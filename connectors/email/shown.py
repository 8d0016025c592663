"""The letter as HTML that may be shown: what a customer wrote is trusted nowhere.

Rules
1. Only words and their form stay: no scripts, forms, frames, nothing that is fetched from elsewhere (a picture that is
   loaded tells its sender that we read). Pictures of the mail itself stay as `cid:`, by `Attachment.content_id`.
2. Links lead only to http, https, mailto and tel, and carry `noopener noreferrer nofollow`.
3. Pages that are too long or nested too deeply to be cleaned in linear time are left out (`limit_html`); `text` and the
   original have their words.

HTML parsing and the rules of what is safe are ammonia's (nh3).
"""

from __future__ import annotations

import re

import nh3

from connectors.email.structure import Part
from connectors.email.text import decoded, is_page

HTML_LIMIT = 256 * 1024
"""Code points of a page that is kept."""
_DEPTH_LIMIT = 500
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)")
_UNCOUNTED = frozenset(
    "area base br col embed hr img input link meta param source track wbr"  # these hold nothing
    " p li td th tr dt dd tbody thead tfoot option".split()  # these end by themselves where the next one begins
)
_TAGS = frozenset(
    "a abbr address article b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em"
    " figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section small"
    " span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr".split()
)
_ATTRIBUTES = {
    "*": {"dir", "lang", "title", "style"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
}
_STYLES = {"display", "visibility", "font-weight", "font-style", "text-align", "text-decoration", "white-space"}
"""Properties that cannot fetch, cover or move anything; `display` keeps hidden what the mail's reader did not see."""


def page_of(root: Part) -> Part | None:
    """The part that is the letter as a page, or None."""
    for leaf in root.leaves():
        if leaf.disposition == "attachment" or leaf.name:
            continue
        if leaf.media_type == "text/html" or (leaf.media_type == "text/plain" and is_page(leaf, _beginning(leaf))):
            return leaf
    return None


def shown(root: Part, remarks: dict[str, None]) -> str:
    """The letter's page, cleaned; "" without one."""
    part = page_of(root)
    if part is None:
        return ""
    ignored: dict[str, None] = {}
    page = decoded(part, ignored) if part.end - part.start <= 8 * HTML_LIMIT else " " * (HTML_LIMIT + 1)
    if len(page) > HTML_LIMIT or _too_deep(page):
        remarks["limit_html"] = None
        return ""
    return nh3.clean(
        page,
        tags=set(_TAGS),
        clean_content_tags={"script", "style", "title", "head", "noscript", "template", "textarea", "select"} - _TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        filter_style_properties=_STYLES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    ).strip()


def _beginning(leaf: Part) -> str:
    return leaf.content[:400].decode("latin-1")


def _kept(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "src":
        return value if value.strip().lower().startswith("cid:") else None
    if attribute == "href":
        return value if tag == "a" and not value.strip().lower().startswith("cid:") else None
    return value


def _too_deep(page: str) -> bool:
    """Whether more elements are open at some place than a letter needs; a parser's time grows with their square."""
    depth = 0
    for match in _TAG.finditer(page):
        if match[2].lower() in _UNCOUNTED:
            continue
        depth = max(depth - 1, 0) if match[1] else depth + 1
        if depth > _DEPTH_LIMIT:
            return True
    return False
