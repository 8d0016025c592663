"""What a message holds, told by its fields: words, files to fetch, and structured things, for any JSON object.

    text, caption                       the words, whole
    venue location contact poll dice    a readable line each, and the thing itself in `fields`
    checklist, rich_message             their texts, line by line
    photo                               its largest size
    document video animation audio voice video_note live_photo     the file
    sticker                             its emoji; the picture is no evidence
    what we do not know                 held all the same, with the remark `unknown_content`

Service messages (somebody joined, a title changed, a payment) are none: SERVICE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SERVICE = frozenset(
    """boost_added channel_chat_created chat_background_set chat_owner_changed chat_owner_left chat_shared
    checklist_tasks_added checklist_tasks_done community_chat_added community_chat_joined community_chat_removed
    connected_website delete_chat_photo direct_message_price_changed forum_topic_closed forum_topic_created
    forum_topic_edited forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden gift
    gift_upgrade_sent giveaway giveaway_completed giveaway_created giveaway_winners group_chat_created invoice
    left_chat_member managed_bot_created message_auto_delete_timer_changed migrate_from_chat_id migrate_to_chat_id
    new_chat_member new_chat_members new_chat_participant new_chat_photo new_chat_title paid_message_price_changed
    passport_data pinned_message poll_option_added poll_option_deleted proximity_alert_triggered refunded_payment
    successful_payment suggested_post_approval_failed suggested_post_approved suggested_post_declined
    suggested_post_paid suggested_post_refunded supergroup_chat_created unique_gift user_shared users_shared
    video_chat_ended video_chat_participants_invited video_chat_scheduled video_chat_started web_app_data
    write_access_allowed""".split()
)
"""Fields that make a message a notice of Telegram's own."""

_FILES: Mapping[str, tuple[str, str]] = {
    "animation": ("animation.mp4", "video/mp4"),
    "video": ("video.mp4", "video/mp4"),
    "live_photo": ("photo.mp4", "video/mp4"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "voice": ("voice.ogg", "audio/ogg"),
    "video_note": ("video_note.mp4", "video/mp4"),
    "document": ("document", "application/octet-stream"),
}
"""Name and type where the sender's client gave none. An animation comes as a document, too: the first one counts."""
_LONGEST_NAME = 120
_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u202a-\u202e\u2066-\u2069]+")
_TYPE = re.compile(r"^[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,80}$")


@dataclass(frozen=True)
class Media:
    """A file that must be fetched. Name and type are claims; `size` in bytes, when it is known."""

    file_id: str
    name: str
    media_type: str
    size: int | None = None
    picture: bool = False
    """Telegram itself made it a JPEG."""


@dataclass(frozen=True)
class Content:
    """What a message holds."""

    text: str
    fields: Mapping[str, Any]
    media: tuple[Media, ...] = ()
    known: bool = True


def content_of(message: Mapping[str, Any]) -> Content:
    """All that it holds."""
    fields: dict[str, Any] = {}
    lines = [text_of(message)]
    lines += [line for line in _things(message, fields) if line]
    files = tuple(_files(message))
    text = "\n".join(line for line in lines if line)
    if links := _links(message):
        fields["links"] = links
    known = bool(text or files or fields) or any(name in message for name in ("sticker", "dice"))
    return Content(text, fields, files, known)


def text_of(message: Mapping[str, Any]) -> str:
    """Its own words: text or caption."""
    return string(message.get("text")) or string(message.get("caption"))


def _things(message: Mapping[str, Any], fields: dict[str, Any]) -> Iterator[str]:
    venue, where, person = (mapping(message.get(name)) for name in ("venue", "location", "contact"))
    where = where or mapping(venue.get("location"))
    if venue:
        fields["venue"] = {name: string(venue.get(name)) for name in ("title", "address")}
        yield ", ".join(each for each in fields["venue"].values() if each)
    if where:
        fields["location"] = {name: where.get(name) for name in ("latitude", "longitude")}
        yield f"geo:{where.get('latitude')},{where.get('longitude')}"  # RFC 5870
    if person:
        names = ("first_name", "last_name", "phone_number", "vcard")
        fields["contact"] = {name: string(person.get(name)) for name in names if person.get(name)}
        fields["contact"]["own"] = number(person.get("user_id")) == number(mapping(message.get("from")).get("id"))
        yield " ".join(fields["contact"].get(name, "") for name in names[:3]).strip()
    poll, checklist = mapping(message.get("poll")), mapping(message.get("checklist"))
    if poll:
        options = [string(option.get("text")) for option in mappings(poll.get("options"))]
        fields["poll"] = {"question": string(poll.get("question")), "options": options}
        yield "\n- ".join((string(poll.get("question")), *options))
    if checklist:
        yield "\n- ".join(
            (string(checklist.get("title")), *(string(t.get("text")) for t in mappings(checklist.get("tasks"))))
        )
    yield "\n".join(_every_text(message.get("rich_message")))
    yield string(mapping(message.get("sticker")).get("emoji")) or string(mapping(message.get("dice")).get("emoji"))


def _files(message: Mapping[str, Any]) -> Iterator[Media]:
    sizes = mappings(message.get("photo"))
    if sizes:
        largest = max(sizes, key=lambda size: (number(size.get("width")) or 0) * (number(size.get("height")) or 0))
        yield from _media(largest, "photo.jpg", "image/jpeg", picture=True)
    for name, (called, media_type) in _FILES.items():
        if found := mapping(message.get(name)):
            yield from _media(found, called, media_type)
            return


def _media(found: Mapping[str, Any], called: str, media_type: str, *, picture: bool = False) -> Iterator[Media]:
    if file_id := string(found.get("file_id")):
        told = string(found.get("mime_type")).lower()
        yield Media(
            file_id,
            _name(string(found.get("file_name"))) or called,
            told if _TYPE.match(told) else media_type,
            number(found.get("file_size")),
            picture,
        )


def _name(told: str) -> str:
    name = _UNFIT.sub("_", told).strip(" ._")
    if len(name) <= _LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: _LONGEST_NAME - 12]}{dot}{ending[:10]}" if dot else name[:_LONGEST_NAME]


def _links(message: Mapping[str, Any]) -> list[str]:
    """Addresses that stand behind words, since the words alone would lose them."""
    entities = mappings(message.get("entities")) or mappings(message.get("caption_entities"))
    return [string(each.get("url")) for each in entities if each.get("type") == "text_link" and each.get("url")]


def _every_text(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, dict) and depth < 20:  # noqa: PLR2004 -- deeper than any document
        if isinstance(value.get("text"), str):
            yield value["text"]
        for inner in value.values():
            yield from _every_text(inner, depth + 1)
    elif isinstance(value, list) and depth < 20:  # noqa: PLR2004 -- the same
        for inner in value:
            yield from _every_text(inner, depth + 1)


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object, or an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> Sequence[Mapping[str, Any]]:
    """The objects of a JSON array."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def string(value: object) -> str:
    """A JSON string, or an empty one."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int | None:
    """A whole number, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
