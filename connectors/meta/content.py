"""What a message holds: its words, structured things, and files that must be fetched. Values only; who reads what
stands in whatsapp.py and direct.py.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from connectors.meta.values import name, number, string

_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u202a-\u202e\u2066-\u2069]+")
_TYPE = re.compile(r"^[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,80}$")
_LONGEST_NAME = 120
_ENDING = 6
_TYPES = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "audio": "audio/ogg",
    "voice": "audio/ogg",
    "sticker": "image/webp",
    "document": "application/octet-stream",
    "file": "application/octet-stream",
}


@dataclass(frozen=True)
class Media:
    """A file that must be fetched: by WhatsApp's id for it, or by a link. Name and type are claims; size in bytes."""

    name: str
    media_type: str
    id: str = ""
    url: str = ""
    size: int | None = None

    @property
    def told(self) -> dict[str, str]:
        """As `fields["files_missing"]` names it, so that a person can still ask for it."""
        return {"name": self.name} | ({"id": self.id} if self.id else {})


@dataclass(frozen=True)
class Content:
    """What a message holds. `remarks`: what of it we could not read."""

    text: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    media: tuple[Media, ...] = ()
    remarks: tuple[str, ...] = ()


def media(kind: str, told: Mapping[str, Any], *, link: str = "") -> Media:
    """A file of this kind. `link`: where it lies, when it has no id."""
    said = string(told.get("mime_type")).partition(";")[0].strip().lower()
    media_type = said if _TYPE.match(said) else _TYPES.get(kind, "application/octet-stream")
    called = _name(string(told.get("filename")) or string(told.get("name"))) or _in_link(link)
    if not called:
        called = kind + (mimetypes.guess_extension(media_type) or "")
    return Media(called, media_type, "" if link else name(told.get("id")), link, number(told.get("file_size")))


def _in_link(link: str) -> str:
    """The name that a link ends with, where it is a file's; Meta's own (a row of numbers) say nothing."""
    last = unquote(link.partition("?")[0].rpartition("/")[2])
    stem, dot, ending = last.rpartition(".")
    said = dot and ending.isalnum() and len(ending) < _ENDING and not stem.replace("_", "").rstrip("no").isdecimal()
    return _name(last) if said else ""


def place(told: Mapping[str, Any], latitude: object, longitude: object) -> tuple[str, dict[str, Any]]:
    """A place as readable lines, and as `fields["location"]`. The last line is RFC 5870."""
    names = {key: string(told.get(key)).strip() for key in ("name", "title", "address", "url")}
    lines = [names["name"] or names["title"], names["address"]]
    where: dict[str, Any] = {key: value for key, value in names.items() if value}
    if latitude is not None and longitude is not None:
        lines.append(f"geo:{latitude},{longitude}")
        where |= {"latitude": latitude, "longitude": longitude}
    return "\n".join(filter(None, lines)), where


def joined(*lines: str) -> str:
    """Those lines that say something."""
    return "\n".join(line for line in lines if line)


def _name(told: str) -> str:
    called = _UNFIT.sub("_", told).strip(" ._")
    if len(called) <= _LONGEST_NAME:
        return called
    stem, dot, ending = called.rpartition(".")
    return f"{stem[: _LONGEST_NAME - 12]}{dot}{ending[:10]}" if dot else called[:_LONGEST_NAME]
