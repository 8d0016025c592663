"""What somebody says of a paper: a sidecar file, or the staff page, which writes the same thing. Pure.

    brand: kontakt                    # whose complaint it is
    channel: store                    # letter (as here by default), or store: a shop or counter form
    arrived: 2026-11-18               # the day, or the moment, at which the company first had it
    sender: {name: Leyla Məmmədova, address: "…", email: leyla@…, phone: "+994 …"}
    language: az
    text: |                           # the complaint, in the customer's words
      …
    subject: …
    fields: {Order: "4711"}           # whatever else stands on the form
    danger: no
    answer_by: letter                 # email, phone, letter: as the customer wants; else what is given, in this order
    files: [page-1.tif, page-2.tif]   # where the scans are not called like the sidecar

YAML or JSON, UTF-8. Every value is read as text first, so a number keeps its zeros and its plus. Keys are strict: what
is misspelled must not be lost in silence. `${…}` means nothing here: a sidecar comes from a scanner, not from an
operator.
"""

from __future__ import annotations

import contextlib
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from intake_daemon.message import sound
from intake_daemon.settings import did_you_mean

LARGEST = 1024 * 1024
"""Bytes of a sidecar."""
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[^\s@<>()\[\],;:\".]{2,}")
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SHORTEST_PHONE = 5
_FIRST_YEAR, _LAST_YEAR = 1900, 2900
_LINE = re.compile(r"line (\d+)")
_DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})\.?")


class SidecarFault(ValueError):  # noqa: N818 -- named for what is wrong, as Fault is
    """It cannot be read, or not be right. The sentence says where and what to write."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, populate_by_name=True)


def _lines(value: object) -> object:
    return "\n".join(map(str, value)) if isinstance(value, list) else value


def _no_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _day(value: object) -> object:
    """A day, or a moment; `18.11.2026` too, as people write it."""
    value = _no_blank(value)
    if not isinstance(value, str):
        return value
    written = value.strip()
    if found := _DAY_FIRST.fullmatch(written):
        written = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    try:
        day = date.fromisoformat(written) if len(written) == len("2026-11-18") else datetime.fromisoformat(written)
    except ValueError:
        raise ValueError("this is no day. Write it like 2026-11-18.") from None
    if not _FIRST_YEAR <= day.year < _LAST_YEAR:  # at the calendar's ends it has no moment in UTC either
        raise ValueError("no paper arrived in that year. Write the day like 2026-11-18.")
    return day


def _email(value: object) -> object:
    value = _no_blank(value)
    if isinstance(value, str) and not _EMAIL.fullmatch(value.strip()):
        raise ValueError("this is no mail address. Leave it out when it cannot be read.")
    return value.strip() if isinstance(value, str) else value


def _phone(value: object) -> object:
    value = _no_blank(value)
    if isinstance(value, str) and phone_number(value) is None:
        raise ValueError("this is no telephone number. Leave it out when it cannot be read.")
    return value


def _tag(value: object) -> object:
    value = _no_blank(value)
    if isinstance(value, str) and not _TAG.fullmatch(value.strip()):
        raise ValueError("write the language as two letters, such as pl.")
    return value.strip() if isinstance(value, str) else value


Text = Annotated[str | None, BeforeValidator(_lines), BeforeValidator(_no_blank)]


class Sender(_Strict):
    """From whom it is."""

    name: Text = None
    address: Text = None
    email: Annotated[str | None, BeforeValidator(_email)] = None
    phone: Annotated[str | None, BeforeValidator(_phone)] = None


class Entry(_Strict):
    """What is said of one paper."""

    brand: Text = None
    channel: Literal["letter", "store"] = "letter"
    arrived: Annotated[datetime | date | None, BeforeValidator(_day)] = None
    sender: Sender = Sender()
    language: Annotated[str | None, BeforeValidator(_tag)] = None
    text: Text = None
    subject: Text = None
    fields: Mapping[str, str] = {}
    danger: bool = False
    answer_by: Annotated[Literal["email", "phone", "letter"] | None, BeforeValidator(_no_blank)] = None
    files: tuple[str, ...] = ()

    def arrived_at(self, zone: str) -> datetime | None:
        """The arrival in UTC; of a day its beginning, where the brand is."""
        if self.arrived is None:
            return None
        here = _zone(zone)
        if not isinstance(self.arrived, datetime):
            return datetime.combine(self.arrived, time(0), here).astimezone(UTC)
        at = self.arrived if self.arrived.tzinfo else self.arrived.replace(tzinfo=here)
        return at.astimezone(UTC)


def entry_of(content: bytes) -> Entry:
    """Raises SidecarFault with every fault, each with its line."""
    if not content.strip():
        return Entry()
    if len(content) > LARGEST:
        raise SidecarFault("This is too long for a sidecar; the scan itself goes beside it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SidecarFault("This is not UTF-8. Save it as UTF-8.") from None
    try:
        data: Any = _loaded(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        line = _LINE.search(str(error))
        where = f"Line {line[1]}: this" if line else "This"
        raise SidecarFault(f"{where} is neither YAML nor JSON. Check indent and quotes.") from None
    if not isinstance(data, dict):
        raise SidecarFault("A sidecar holds keys with values: brand, arrived, sender, text …")
    try:
        return Entry.model_validate(_sound(data))
    except ValidationError as error:
        raise SidecarFault("\n".join(_said(each, text) for each in error.errors(include_url=False))) from None


def _loaded(text: str) -> Any:  # noqa: ANN401 -- YAML
    if text.lstrip().startswith("{"):
        with contextlib.suppress(ValueError):
            return json.loads(text, parse_int=str, parse_float=str)
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 -- the one loader that makes nothing but text of it


def phone_number(typed: str) -> str | None:
    """Digits, with a plus if there was one (`00` counts as plus); None when they are too few."""
    number = unicodedata.normalize("NFKC", typed)
    digits = "".join(str(unicodedata.digit(c)) for c in number if c.isdigit())
    if len(digits) < _SHORTEST_PHONE:
        return None
    if number.lstrip(" (").startswith("+"):
        return f"+{digits}"
    return f"+{digits[2:]}" if digits.startswith("00") else digits


_EXPECTED = {"bool": "yes or no", "mapping": "keys with values", "model": "keys with values", "string": "text"}


def _said(detail: Mapping[str, Any], text: str) -> str:
    """One fault in the words of who typed it."""
    at = [str(part) for part in detail["loc"] if part not in {"date", "datetime"}]
    key = at[-1] if at else "this"
    kind: str = detail["type"]
    found = next((n for n, line in enumerate(text.splitlines(), 1) if re.search(rf'\b{re.escape(key)}"?\s*:', line)), 0)
    where = f"Line {found}: " if found else ""
    if kind == "extra_forbidden":
        known = list(Sender.model_fields if at[:-1] == ["sender"] else Entry.model_fields)
        return f"{where}{key!r} is not known here. {did_you_mean(key, known)}"
    if kind == "value_error":
        return f"{where}{key!r}: {detail['ctx']['error']}"
    if kind == "literal_error":
        return f"{where}{key!r} should be {detail['ctx']['expected']}."
    return f"{where}{key!r} should be {_EXPECTED.get(kind.partition('_')[0], 'text')}."


def _sound(value: Any) -> Any:  # noqa: ANN401 -- YAML
    match value:
        case dict():
            return {sound(str(key)): _sound(each) for key, each in value.items()}
        case list():
            return [_sound(each) for each in value]
        case None:
            return None
        case _:
            return sound(str(value)).replace("\r\n", "\n")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
