"""What a direct message of Messenger or Instagram holds. Pure, for any JSON object.

text, quick_reply           the words; the pressed one's payload in `fields["button"]`
image video audio file      a file, fetched by its link
location fallback template  a readable line each
share, reel, post           the link of what is shared, in `fields["links"]`, its picture where Meta gives one
story_mention               the story, fetched; reply_to.story: that it answers a story of ours
postback                    what was pressed, as words; its payload in `fields["button"]`
feedback                    what they wrote into the page's survey
message_edit                the words as they now are
is_unsupported, what we do not know     held with a remark: somebody said something
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from connectors.meta.content import Content, Media, joined, media, place
from connectors.meta.events import free_words
from connectors.meta.values import kept, mapping, mappings, name, string

_FILES = frozenset("image video audio file".split())
_SHARED = frozenset("share post ig_post ig_reel reel ig_story story_share media_share clip fallback".split())
_LIKE = frozenset(("369239263222822", "369239343222814", "369239383222810"))
"""The thumb, in its three sizes, comes as a sticker."""
_DEPOTS = ("fbsbx.com", "fbcdn.net", "cdninstagram.com")
_SURE = 0.8


@dataclass
class _Held:
    lines: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    files: list[Media] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def content_of(event: Mapping[str, Any]) -> Content:
    """All that it holds."""
    if edit := mapping(event.get("message_edit")):
        return Content(string(edit.get("text")), remarks=() if edit.get("text") else ("unknown_content",))
    if pressed := mapping(event.get("postback")):
        words = string(pressed.get("title")) or string(pressed.get("payload"))
        referral = _referral(mapping(pressed.get("referral")))
        return Content(words, kept(button=string(pressed.get("payload")), referral=referral))
    if mapping(event.get("messaging_feedback")):
        return Content(joined(*free_words(event)))
    return _message(mapping(event.get("message")), event)


def _message(message: Mapping[str, Any], event: Mapping[str, Any]) -> Content:
    held = _Held([_words(message)])
    for each in _attachments(message):
        _attached(string(each.get("type")), mapping(each.get("payload")), each, held)
    story = mapping(mapping(message.get("reply_to")).get("story"))
    held.fields |= kept(
        button=string(mapping(message.get("quick_reply")).get("payload")),
        story=kept(answers=name(story.get("id")), url=string(story.get("url"))),
        referral=_referral(mapping(message.get("referral")) or mapping(event.get("referral"))),
        links=held.links,
        sticker=name(message.get("sticker_id")),
    )
    if message.get("is_unsupported") is True:
        held.remarks.append("unsupported")
    elif not any(held.lines) and not held.files and not held.links and not held.remarks:
        held.remarks.append("unknown_content")
    return Content(joined(*held.lines), held.fields, tuple(held.files), tuple(dict.fromkeys(held.remarks)))


def _words(message: Mapping[str, Any]) -> str:
    text = message.get("text")
    said = string(text) or string(mapping(text).get("body"))
    return said or ("\N{THUMBS UP SIGN}" if name(message.get("sticker_id")) in _LIKE else "")


def _attachments(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    told = message.get("attachments")
    if isinstance(told, dict):  # as the API lists them: {"data": [{"image_data": {"url"}}, …]}
        yield from mappings(told.get("data")) or [told]
    else:
        yield from mappings(told)


def _attached(kind: str, payload: Mapping[str, Any], whole: Mapping[str, Any], held: _Held) -> None:
    url = string(payload.get("url")) or string(whole.get("url"))
    title = string(payload.get("title")) or string(whole.get("title"))
    if kind in _FILES and url:
        if name(payload.get("sticker_id")) in _LIKE:
            held.lines += [] if any(held.lines) else ["\N{THUMBS UP SIGN}"]
        else:
            held.files.append(media(kind, payload, link=url))
    elif kind == "location":
        spot = mapping(payload.get("coordinates"))
        text, found = place({**whole, **payload}, spot.get("lat"), spot.get("long"))
        held.lines.append(text)
        held.fields |= kept(location=found)
    elif kind == "story_mention":
        held.fields["story"] = {"mention": True}
        held.files += [media("file", {"name": "story"}, link=url)] if url else []
    elif kind == "like_heart":
        held.lines.append("\N{HEAVY BLACK HEART}")
    elif kind == "template":
        held.lines += _elements(payload)
    elif kind in _SHARED:
        held.lines += [title, string(payload.get("description"))]
        _shared(kind, url, held)
    else:
        held.lines.append(title)
        held.links += [url] if url else []
        held.remarks.append("unknown_content")


def _shared(kind: str, url: str, held: _Held) -> None:
    """A post or a page that was passed on. Where Meta gives the picture itself it is fetched, else the link is kept."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    if kind != "fallback" and any(host == each or host.endswith(f".{each}") for each in _DEPOTS):
        held.files.append(media("file", {"name": "shared"}, link=url))
    elif url:
        held.links.append(url)
        held.lines.append(url)


def _elements(payload: Mapping[str, Any]) -> Iterator[str]:
    within = [payload, mapping(payload.get("generic")), mapping(payload.get("product"))]
    elements = next(filter(None, (mappings(each.get("elements")) for each in within)), [])
    yield string(payload.get("text"))
    for each in elements:
        yield joined(string(each.get("title")), string(each.get("subtitle")))


def _referral(told: Mapping[str, Any]) -> dict[str, Any]:
    """The advertisement or link that they came from."""
    names = ("source", "type", "ref", "ad_id")
    found = {key: name(told.get(key)) for key in names if name(told.get(key))}
    return found | kept(product=name(mapping(told.get("product")).get("id")))


def answered(event: Mapping[str, Any]) -> str:
    """The id of the message that it answers."""
    return name(mapping(mapping(event.get("message")).get("reply_to")).get("mid"))


def own_id(event: Mapping[str, Any]) -> str:
    """Its `mid`."""
    for key in ("message", "postback", "message_edit", "messaging_feedback", "reaction", "read"):
        if mid := name(mapping(event.get(key)).get("mid")):
            return mid
    return ""


def language(event: Mapping[str, Any]) -> str | None:
    """What Meta's own reading takes the words for, when it is sure (`nlp.detected_locales`)."""
    told = mapping(mapping(mapping(event.get("message")).get("nlp"))).get("detected_locales")
    for each in mappings(told):
        sure = each.get("confidence")
        if isinstance(sure, (int, float)) and sure >= _SURE:
            return string(each.get("locale")).partition("_")[0].lower() or None
    return None
