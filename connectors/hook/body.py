"""The body of a post as plain values: JSON, a form, or a multipart form whose fields may hold JSON (Jotform). Pure.

Rules
-----
1. Whatever the media type says, the bytes decide: services send JSON as text/plain, and forms without a type.
2. Numbers too large for the expressions, broken characters and depth beyond `_DEEPEST` become text or nothing, so that
   no body can stop the expressions that read its neighbours.
3. A form's repeated field is a list; a field whose text is a JSON object or list is that.
4. JSON Lines (one object a line) is a list of them.
"""

from __future__ import annotations

import json
import math
import re
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import parse_qsl

from intake_daemon.message import sound

Json = Any
"""null, true, false, numbers, text, lists, objects."""

FORM = "application/x-www-form-urlencoded"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_LARGEST = 2**63
_DEEPEST = 60
_FIELDS = 5000
_NAMED = re.compile(rb"[\w.~%+\[\]{}:/-]+=", re.ASCII)
_BOUNDARY = re.compile(rb"\A\s*--([^\r\n]{1,200}?)[ \t]*\r?\n[A-Za-z-]+:", re.ASCII)


def opened(content: bytes) -> Json:
    """The body as plain values. Raises ValueError for what is none of them."""
    if content[:2] in _UTF_16:
        content = content.decode("utf-16", "replace").encode()
    stripped = content.strip().removeprefix(b"\xef\xbb\xbf").lstrip()
    if stripped[:1] in {b"{", b"["}:
        return plain(_json(stripped))
    if boundary := _BOUNDARY.match(content):
        return plain(_multipart(content, boundary[1]))
    if _NAMED.match(stripped) and b"\n" not in stripped:
        return plain(_form(stripped))
    raise ValueError("it is neither JSON nor a form")


def plain(value: Json, depth: int = 0) -> Json:  # noqa: PLR0911 -- a case for each kind of value
    """The same, safe for the expressions."""
    if depth > _DEEPEST:
        return None
    match value:
        case bool() | None:
            return value
        case int():
            return value if -_LARGEST <= value < _LARGEST else str(value)
        case float():
            return value if math.isfinite(value) else None
        case str():
            return sound(value)
        case list():
            return [plain(each, depth + 1) for each in value]
        case dict():
            return {sound(str(key)): plain(each, depth + 1) for key, each in value.items()}
        case _:  # YAML's dates, in an example
            return str(value)


def _json(content: bytes) -> Json:
    text = content.decode("utf-8", "replace")
    try:
        return json.loads(text, strict=False)
    except RecursionError:
        raise ValueError("it is too deep") from None
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):  # noqa: PLR2004 -- several lines
            raise
    return [json.loads(line, strict=False) for line in lines]


def _form(content: bytes) -> Json:
    pairs = parse_qsl(
        content.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=_FIELDS
    )
    return _together(pairs)


def _multipart(content: bytes, boundary: bytes) -> Json:
    """The fields of a multipart form. What is a file in it is left to the original: services send links."""
    head = b'content-type: multipart/form-data; boundary="' + boundary.replace(b'"', b"") + b'"\r\n\r\n'
    pairs = []
    for part in message_from_bytes(head + content, policy=policy.compat32).walk():
        name = part.get_param("name", header="content-disposition")
        if part.is_multipart() or not isinstance(name, str) or part.get_filename():
            continue
        found = part.get_payload(decode=True)
        if isinstance(found, bytes):
            pairs.append((name, found.decode("utf-8", "replace")))
    if not pairs:
        raise ValueError("it is a multipart form without fields")
    return _together(pairs)


def _together(pairs: list[tuple[str, str]]) -> dict[str, Json]:
    fields: dict[str, Json] = {}
    for name, text in pairs:
        value = _inner(text)
        if name not in fields:
            fields[name] = value
        elif isinstance(fields[name], list):
            fields[name].append(value)
        else:
            fields[name] = [fields[name], value]
    return fields


def _inner(text: str) -> Json:
    if text.lstrip()[:1] not in {"{", "["}:
        return text
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return text
