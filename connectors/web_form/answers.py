"""What somebody wrote into a form, from the body of a request to the common message.

`read` keeps every word and every file that fits, whatever its neighbours are like: a file that is too large is counted
and thrown away while it comes in, and the rest of the form is kept. `parse` is pure and takes any bytes.

The original of a form (`Raw.content`) is canonical JSON, UTF-8: `{"answers": {name: text}, "refused": [{name, why}]}`,
keys sorted, empty answers left out. Its hash, with those of the files, is part of the contact's identity.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from connectors.browser.files import Upload, UploadLimits
from connectors.browser.multipart import Multipart
from connectors.browser.typed import email_address, language_tag, tidy
from intake_daemon.contract import BrandFacts, Draft, Raw
from intake_daemon.message import Address, Person, Thread, Tongue

TEXT_BYTES = 2 * 1024 * 1024
"""All typed answers together."""
_MOST = 500
"""Answers of one post, however it is written."""
_LONGEST_NAME = 60

PARTS = ("given", "family", "patronymic")
REMARKS = ("fast_sender", "broken_form")
"""What the envelope may say besides, for the message's remarks."""
OURS = frozenset({"key", "lang", "email_seen", "start"})
"""Fields that carry the form itself; they are no answers."""

_NAME = re.compile(rf"[\w.\-]{{1,{_LONGEST_NAME}}}", re.ASCII)
_LINK = re.compile(r"[\w\-]{20,100}", re.ASCII)
_KEY = re.compile(r"[\w.\-]{1,64}", re.ASCII)
_SHORTEST_PHONE = 5


@dataclass(frozen=True)
class Form:
    """One post: answers by field name, and what was attached."""

    values: Mapping[str, str]
    uploads: tuple[Upload, ...] = ()
    broken: bool = False
    """Its grammar broke in the middle; what came before is here."""


async def read(request: Request, limits: UploadLimits) -> Form:
    """The form of a POST: multipart, urlencoded or JSON. Raises HTTPException 413, 415 or 400 (JSON that is none)."""
    media_type, _, _ = request.headers.get("content-type", "").partition(";")
    match media_type.strip().lower():
        case "multipart/form-data":
            with Multipart(request.headers["content-type"], limits, TEXT_BYTES) as multipart:
                async for chunk in request.stream():
                    multipart.feed(chunk)
            return Form(_tidied(multipart.values), tuple(multipart.uploads), multipart.broken)
        case "application/x-www-form-urlencoded":
            body = (await _text(request.stream())).decode("ascii", "replace")
            return Form(_tidied(_urlencoded_pairs(body)))
        case "application/json":
            return Form(_tidied(_json_pairs(await _text(request.stream()))))
        case _:
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


def canonical(values: Mapping[str, str], refused: Sequence[tuple[str, str]]) -> bytes:
    """The original as it is kept: the same answers are always the same bytes."""
    answers = {name: value for name, value in values.items() if value and name not in OURS}
    document = {"answers": answers, "refused": [{"name": name, "why": why} for name, why in refused]}
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def parse(raw: Raw) -> list[Draft]:
    """The common message of one form. Pure; bytes that are no form become a Draft with the remark `unreadable_form`."""
    key = raw.envelope.get("key", "")
    answers, refused, remarks = _opened(raw.content)
    email, phone = email_address(answers.get("email", "")), phone_number(answers.get("phone", ""))
    addresses = tuple(Address(kind=kind, value=value) for kind, value in (("email", email), ("phone", phone)) if value)
    name = full_name(answers)
    remarks.extend(word for word in REMARKS if raw.envelope.get(word))
    remarks.extend(f"file_refused_{why}" for why in dict.fromkeys(refused))
    text = answers.get("description", "")
    return [
        Draft(
            identity=f"form:{raw.brand}:{key}:{_sum(raw)}",
            external_id=key,
            channel="web_form",
            sender=Person(name=name or None, addresses=addresses),
            text=text,
            new_text=((0, len(text)),) if text else (),
            fields=_fields(answers, name),
            language=Tongue(
                chosen=language_tag(raw.envelope.get("language", "")),
                client=language_tag(raw.envelope.get("client_language", "")),
            ),
            files=raw.files,
            thread=Thread(tokens=(start,)) if (start := raw.envelope.get("start", "")) else Thread(),
            reply_address=addresses[0] if addresses else None,
            remarks=tuple(remarks),
        )
    ]


def good_link(offered: str) -> str:
    """A link of one of our letters, as far as it can be one; what it opens the desk knows."""
    return offered if _LINK.fullmatch(offered) else ""


def good_key(offered: str, day: str) -> str:
    """The key of a contact: what page or site gave; without one, the day (a reload of the same words is no second)."""
    if not offered:
        return f"day-{day}"
    return offered if _KEY.fullmatch(offered) else hashlib.sha256(offered.encode("utf-8", "replace")).hexdigest()[:32]


def phone_number(typed: str) -> str | None:
    """Digits, with a plus if there was one (`00` counts as plus); None when they are too few."""
    number = unicodedata.normalize("NFKC", typed)
    digits = "".join(str(unicodedata.digit(c)) for c in number if c.isdigit())
    if len(digits) < _SHORTEST_PHONE:
        return None
    if number.lstrip(" (").startswith("+"):
        return f"+{digits}"
    return f"+{digits[2:]}" if digits.startswith("00") else digits


def named_as(brand: BrandFacts, name: str) -> dict[str, str]:
    """A name as the brand's form asks for it: in one line, or in parts (given, family, patronymic)."""
    parts = next((ask.parts for ask in brand.ask if ask.field == "customer.name"), ())
    if not parts:
        return {"name": name}
    words = name.split()
    return {f"name_{part}": word for part, word in zip(PARTS, [*words[:2], " ".join(words[2:])], strict=False) if word}


def full_name(answers: Mapping[str, str]) -> str:
    """The name as one line, also when it was asked in parts."""
    parts = [answers.get(f"name_{part}", "") for part in PARTS]
    return " ".join((answers.get("name") or " ".join(part for part in parts if part)).split())


def _fields(answers: Mapping[str, str], name: str) -> dict[str, Any]:
    """The structured answers: under the policy's names (`ask`) where it has one. The description is the text."""
    fields: dict[str, Any] = {key: value for key, value in answers.items() if value and key != "description"}
    if name:
        fields.pop("name", None)
        fields["customer.name"] = name
    if contact := answers.get("email") or answers.get("phone"):
        fields["customer.contact"] = contact
    if answers.get("danger"):
        fields["danger"] = answers["danger"].lower() in {"yes", "true", "1", "on"}
    return fields


def _opened(content: bytes) -> tuple[dict[str, str], list[str], list[str]]:
    """Answers, reasons why files were refused, remarks."""
    try:
        document = json.loads(content)
        answers = {str(name): tidy(str(value)) for name, value in document["answers"].items()}
        return answers, [str(each["why"]) for each in document["refused"]], []
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {"description": tidy(content.decode("utf-8", "replace"))}, [], ["unreadable_form"]


def _sum(raw: Raw) -> str:
    total = hashlib.sha256(raw.content)
    for file in raw.files:
        total.update(hashlib.sha256(file.content).digest())
    return total.hexdigest()


async def _text(stream: AsyncIterable[bytes]) -> bytes:
    body = bytearray()
    async for chunk in stream:
        body += chunk
        if len(body) > TEXT_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return bytes(body)


def _urlencoded_pairs(body: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body, keep_blank_values=True, errors="replace", max_num_fields=_MOST)
    except ValueError:
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from None


def _json_pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        document = json.loads(body)
        if isinstance(document, dict):
            return [pair for name, value in document.items() for pair in _flat(name, value)]
    except (ValueError, RecursionError):  # also lists in lists without end
        pass
    raise HTTPException(HTTPStatus.BAD_REQUEST)


def _flat(name: str, value: object) -> list[tuple[str, str]]:
    """A JSON value as answers: `{"name": {"given": ...}}` is `name_given`, lists are lines, true is yes."""
    if len(name) > _LONGEST_NAME:  # none of ours; written out with each of its inner names it would fill the memory
        return []
    match value:
        case dict():
            return [pair for key, inner in value.items() for pair in _flat(f"{name}_{key}", inner)]
        case list():
            return [pair for inner in value for pair in _flat(name, inner)]
        case bool():
            return [(name, "yes" if value else "no")]
        case None:
            return []
        case _:
            return [(name, str(value))]


def _tidied(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Answers by name; one that was given several times is several lines. Names that cannot be ours are left out."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if _NAME.fullmatch(name):
            values.setdefault(name, []).append(tidy(value))
    return {name: "\n".join(filter(None, lines)) for name, lines in values.items()}
