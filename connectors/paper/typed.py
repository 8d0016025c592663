"""What was typed on the staff page: read from a post, kept while somebody signs in again, written as a sidecar."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from intake_daemon.contract import File

FIELDS = ("brand", "channel", "arrived", "language", "name", "address", "email", "phone", "text", "answer_by", "danger")
LONGEST = 100_000
"""Characters of one answer."""


@dataclass
class Post:
    """What was typed, and what is wrong with it, by field."""

    values: dict[str, str]
    files: tuple[File, ...] = ()
    wrong: dict[str, str] = field(default_factory=dict)
    uploads: bool = False
    emptied: bool = False
    """A file came without content."""


@asynccontextmanager
async def posted(request: Request, *, files: int) -> AsyncIterator[FormData]:
    """The form of a post. HTTPException 400 for what is none, or has more than our page sends."""
    try:
        async with request.form(max_files=files, max_fields=50, max_part_size=LONGEST * 4) as form:
            yield form
    except MultiPartException:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from None


def named(key: str, values: Mapping[str, str]) -> str:
    """A name for what a post says, files aside."""
    return hashlib.sha256(json.dumps([key, dict(values)], sort_keys=True).encode()).hexdigest() if key else ""


def sidecar(values: Mapping[str, str]) -> bytes:
    """What was typed, as the file that stands beside a scan."""
    sender = {name: values[name] for name in ("name", "address", "email", "phone") if values[name]}
    said: dict[str, object] = {
        name: values[name] for name in ("brand", "channel", "arrived", "language", "text") if values[name]
    }
    if sender:
        said["sender"] = sender
    if values["answer_by"] in {"email", "phone", "letter"}:
        said["answer_by"] = values["answer_by"]
    if values["danger"] == "yes":
        said["danger"] = "yes"
    return json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1).encode()


def text(form: FormData, name: str) -> str:
    """One answer; empty where there is none, or a file in its place."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def values_of(form: FormData) -> dict[str, str]:
    """Every answer, tidied."""
    return {name: text(form, name).replace("\r\n", "\n").strip()[:LONGEST] for name in FIELDS}


async def kept(request: Request, files: int) -> str:
    """What a stranger's post has typed in it, for the sign-in to carry: nothing is lost on the way."""
    try:
        async with posted(request, files=files) as form:
            values = {name: value for name, value in values_of(form).items() if value}
    except HTTPException:
        return ""
    return json.dumps(values, ensure_ascii=False) if values else ""


def carried(form: FormData) -> dict[str, str]:
    """The same, out of the sign-in."""
    try:
        values = json.loads(text(form, "kept"))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(values, dict):
        return {}
    return {name: str(values[name])[:LONGEST] for name in FIELDS if name in values}
