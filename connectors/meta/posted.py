"""Which public things are said to us: comments, posts on our page, reviews, mentions. Pure.

page feed        comment add, edited          a contact, a revision of it
                 post, photo, video … add     a contact, when somebody else than the page wrote it
                 like, reaction, remove …     none
page mention, ratings, instagram comments, live_comments, mentions
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.meta.values import first, mapping, name, string

_POSTS = frozenset("post status photo video share link note album event".split())
_EDITS = frozenset(("edit", "edited", "update"))
_GONE = frozenset(("remove", "hide", "delete", "unhide", "block", "unblock", "mute"))


def public_kind(about: str, value: Mapping[str, Any], account: str) -> str:
    """What a change's value is. `about`: its field; `account`: our page, or our Instagram account."""
    if about in {"comments", "live_comments"}:
        return "own" if _ours(value, account) else "comment"
    if about == "mentions":
        return "mention"
    if about not in {"feed", "mention", "ratings"}:
        return about or "unknown"
    item, verb = string(value.get("item")), string(value.get("verb")) or "add"
    if verb in _GONE:
        return "deleted"
    if _ours(value, account):
        return "own"
    kind = _feed(about, item, value)
    return f"{kind}_edit" if verb in _EDITS and kind in {"comment", "post", "review"} else kind


def _feed(about: str, item: str, value: Mapping[str, Any]) -> str:
    if about == "mention":
        return "mention"
    if item == "comment":
        return "comment"
    if about == "ratings":
        return "review" if words(value) else "rating"
    if item in _POSTS and (string(value.get("verb")) or "add") in {"add", *_EDITS}:
        return "post"
    return item or "feed"


def words(value: Mapping[str, Any]) -> str:
    """What is written in it."""
    return first(*(string(value.get(key)) for key in ("message", "text", "review_text", "caption")))


def _ours(value: Mapping[str, Any], account: str) -> bool:
    """Whether we wrote it."""
    who = name(mapping(value.get("from")).get("id")) or name(value.get("sender_id"))
    return account not in {"", "0"} and who == account
