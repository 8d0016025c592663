"""From what an item says to the common message: addresses, dates, files, and the identity. Pure.

Identity
--------
`hook:<brand>:<source>:<id>`: `source` is the sending system's name (the setting `source`), `id` the first of: what
the mapping's `id` gives; the post's webhook-id with the item's place; the hash of the item. To the mapping's `id`
belongs the version: what `edited` gave, or the words. Items of one `id` are parts of one contact, whenever they come,
so that other words under a known number are neither lost nor a second case.

What is claimed and cannot be (an address that is none, a date that nobody can read, base64 that is broken) is left out
with a remark, and stays in the original.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.utils import parseaddr
from typing import Any
from zoneinfo import ZoneInfo

from connectors.email.html import to_text
from connectors.hook.answers import text_of
from connectors.hook.body import Json
from connectors.hook.guessing import EMAIL
from connectors.hook.mapping import Item
from connectors.hook.moments import moment
from connectors.hook.table import CHANNELS
from intake_daemon.contract import Draft, File
from intake_daemon.message import Address, Part, Person, Thread, Tongue, message_id

_FIELD_LENGTH = 10_000
_NAME_LENGTH = 200
_HTML = re.compile(r"<(?:p|br|div|span|ul|ol|li|table|strong|em|h[1-6])\b[^>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DATA = re.compile(r"data:(?P<type>[\w.+/-]*)(?:;[\w=.+-]+)*;base64,(?P<content>.*)", re.IGNORECASE | re.DOTALL)
_YES = frozenset("yes true 1 on sim tak jā ja да bəli hə y".split())
_SHORTEST_PHONE = 5
_TONGUES = {
    "en": "english inglês angielski angļu английский ingilis ingiliscə",
    "pt": "portuguese português portugalski portugāļu португальский",
    "lv": "latvian latviešu letão łotewski латышский",
    "pl": "polish polski polaco poļu польский",
    "ru": "russian русский russo rosyjski krievu rus rusca",
    "az": "azerbaijani azərbaycan azərbaycanca azeri азербайджанский",
}
_LANGUAGES = {word: tag for tag, words in _TONGUES.items() for word in words.split()}


@dataclass(frozen=True)
class Place:
    """Where an item came from. `zone`: of times that name none."""

    brand: str = ""
    source: str = ""
    channel: str = "other"
    webhook_id: str = ""
    number: int | None = None
    """The item's place in its post, where that holds several."""
    zone: tzinfo = UTC
    month_first: bool = False


@dataclass(frozen=True)
class Link:
    """A file that must be fetched."""

    url: str
    name: str = ""


def draft(item: Item, place: Place, files: tuple[File, ...] = (), missing: tuple[str, ...] = ()) -> Draft:
    """`files`: those that were fetched by their links; `missing`: remarks about those that were not."""
    said, remarks = item.fields, [*item.remarks, *missing]
    addresses, contact = _addresses(said, remarks)
    name = " ".join(text_of(said.get("name")).split())[:_NAME_LENGTH]
    text = _text(said.get("text"))
    if not text:
        remarks.append("no_text")
    inline, _, broken = files_of(said.get("files"))
    own = _line(said.get("id"))
    first = f"hook:{place.brand}:{place.source}:{_named(own, item, place)}"
    edited = _line(said.get("edited"))
    # without a word on edits: the same id with other words is kept, as a further part of the same contact
    version = edited if "edited" in said else text if own else ""
    conversation = _line(said.get("conversation"))
    return Draft(
        identity=f"{first}:{_hash(version)[:16]}" if version else first,
        external_id=_line(said.get("external_id")) or own or place.webhook_id or _hash(_canonical(item.raw))[:32],
        channel=channel if (channel := _line(said.get("channel"))) in CHANNELS else place.channel,
        sender=Person(name=name or None, addresses=addresses),
        subject=" ".join(_text(said.get("subject")).split()),
        text=text,
        new_text=((0, len(text)),) if text else (),
        sent_at=_moment(said, "sent_at", place, remarks) or _moment(said, "contact_at", place, remarks),
        fields=_fields(item, text, name, contact, remarks),
        language=Tongue(chosen=_tag(_line(said.get("language")))),
        files=(*inline, *files),
        thread=Thread(conversation=_hash(f"{place.source}:{conversation}")[:32] if conversation else None),
        part_of=Part(group=first, last=True) if own else None,
        revision_of=message_id(first) if edited else None,
        reply_address=addresses[0] if addresses else None,
        remarks=tuple(dict.fromkeys((*remarks, *broken))),
    )


def named_brand(item: Item) -> str:
    """Whose it says that it is; nothing where it does not say."""
    return str(item.fields.get("brand") or "").strip()


def contact_at(item: Item, place: Place) -> datetime | None:
    """When it reached the sending system, where the mapping says that its clock counts."""
    return _moment(item.fields, "contact_at", place, [])


def files_of(value: Json) -> tuple[tuple[File, ...], tuple[Link, ...], tuple[str, ...]]:
    """Files that are inside, those that must be fetched, and remarks about what is neither."""
    inside: list[File] = []
    links: list[Link] = []
    remarks: list[str] = []
    for each in _flat(value):
        name, media_type, content, url = _file(each)
        if content is not None:
            decoded = _decoded(content)
            if decoded is None:
                remarks.append("bad_base64")
            else:
                inside.append(File(name or f"file-{len(inside) + 1}", media_type, decoded))
        elif url:
            links.append(Link(url, name))
        else:
            remarks.append("file_unreadable")
    return tuple(inside), tuple(links), tuple(dict.fromkeys(remarks))


def _flat(value: Json) -> Iterator[Json]:
    if isinstance(value, list):
        for each in value:
            yield from _flat(each)
    elif value not in (None, ""):
        yield value


def _file(each: Json) -> tuple[str, str, str | None, str]:
    """Name, media type, base64 or None, link."""
    if isinstance(each, str):
        said: Mapping[str, Json] = {"content" if each[:5].lower() == "data:" else "url": each.strip()}
    else:
        said = each if isinstance(each, dict) else {}
    name = _first(said, "name", "filename", "fileName", "file_name", "originalName", "title")
    media_type = _first(said, "type", "mimeType", "content_type", "contentType", "mime_type", "media_type", "mimetype")
    content = _first(said, "content", "data", "base64", "contents", "body")
    url = _first(said, "url", "content_url", "contentUrl", "link", "href", "downloadUrl", "download_url", "src")
    if found := _DATA.fullmatch(content or url):
        return name, media_type or found["type"] or "application/octet-stream", found["content"], ""
    return name, media_type or "application/octet-stream", content or None, url if "://" in url else ""


def _decoded(content: str) -> bytes | None:
    try:
        plain = "".join(content.split()).replace("-", "+").replace("_", "/")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _first(said: Mapping[str, Json], *names: str) -> str:
    return next((value for name in names if isinstance(value := said.get(name), str) and value), "")


def _addresses(said: Mapping[str, Any], remarks: list[str]) -> tuple[tuple[Address, ...], str]:
    """Those that can be answered, and how the customer wrote the first of them."""
    found, contact = [], ""
    typed = _line(said.get("email"))
    if typed:
        email = email_address(typed)
        if email:
            found.append(Address(kind="email", value=email))
        else:
            remarks.append("email_malformed")
        contact = typed
    typed = _line(said.get("phone"))
    if phone := phone_number(typed):
        found.append(Address(kind="phone", value=phone))
        contact = contact or typed
    if postal := _text(said.get("postal")):
        found.append(Address(kind="postal", value=postal))
        contact = contact or postal
    return tuple(found), contact


def email_address(typed: str) -> str | None:
    """An address that mail can be sent to, its domain in lower case; None when it surely is none."""
    address = typed.strip().removeprefix("mailto:")
    if "<" in address:
        address = parseaddr(address)[1]
    if len(address) > 320 or not EMAIL.fullmatch(address):  # noqa: PLR2004 -- RFC 3696's erratum: no address is longer
        return None
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def phone_number(typed: str) -> str | None:
    """Digits, with a plus if there was one (`00` counts as plus); None when they are too few."""
    number = unicodedata.normalize("NFKC", typed)
    digits = "".join(str(unicodedata.digit(c)) for c in number if c.isdigit())
    if not _SHORTEST_PHONE <= len(digits) <= 20:  # noqa: PLR2004 -- E.164 has 15, with some for extensions
        return None
    if number.lstrip(" (").startswith("+"):
        return f"+{digits}"
    return f"+{digits[2:]}" if digits.startswith("00") else digits


def _text(value: Json) -> str:
    text = text_of(value).replace("\r\n", "\n").replace("\r", "\n").strip()
    return to_text(text).strip() if _HTML.search(text[:20_000]) else text


def _line(value: Json) -> str:
    """One line of text; of a list its first."""
    if isinstance(value, list):
        value = next((each for each in value if each not in (None, "")), None)
    return " ".join(text_of(value).split())


def _moment(said: Mapping[str, Any], field: str, place: Place, remarks: list[str]) -> datetime | None:
    value = said.get(field)
    if isinstance(value, list):
        value = next(iter(value), None)
    if value in (None, ""):
        return None
    found = moment(value, place.zone, month_first=place.month_first)
    if found is None:
        remarks.append(f"{field}_unreadable")
    return found


def _tag(said: str) -> str | None:
    tag = said.partition(",")[0].partition(";")[0].strip().replace("_", "-")
    tag = _LANGUAGES.get(tag.lower(), tag)
    return tag if _TAG.fullmatch(tag) else None


def _fields(item: Item, text: str, name: str, contact: str, remarks: list[str]) -> dict[str, Any]:
    """The structured answers, without the complaint itself and without files' bytes."""
    given = item.fields.get("fields")
    found: dict[str, Any] = dict(given) if isinstance(given, dict) else {}
    found |= {field[7:]: value for field, value in item.fields.items() if field.startswith("fields.")}
    fields: dict[str, Any] = {}
    for field, value in found.items():
        if value in (None, "", [], {}) or text_of(value).strip() == text:
            continue
        if len(json.dumps(value, ensure_ascii=False)) > _FIELD_LENGTH:
            remarks.append("field_too_long")
            continue
        fields[str(field)] = value
    if name:
        fields["customer.name"] = name
    if contact:
        fields["customer.contact"] = contact
    if danger := text_of(item.fields.get("danger")):
        fields["danger"] = danger.strip().casefold() in _YES
    return fields


def _named(own: str, item: Item, place: Place) -> str:
    if own:
        return own
    if place.webhook_id:
        return place.webhook_id if place.number is None else f"{place.webhook_id}/{place.number}"
    return _hash(_canonical(item.raw))


def _canonical(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def zone_of(name: str) -> tzinfo:
    """A time zone by its name; UTC for one that is not known here."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return UTC
    except KeyError:
        return UTC
