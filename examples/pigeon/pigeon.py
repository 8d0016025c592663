"""Carrier pigeons: customers write on small notes, and a loft's service brings them to us. An example to copy.

What it speaks
--------------
POST <path>        the loft's webhook: JSON, several notes in one post, signed with `X-Loft-Signature`, the HMAC-SHA256
                   of `<time>.<body>` in hex, and `X-Loft-Time`, seconds since 1970. `<path>` is
                   `/hooks/<connector's name>`.
POST <loft>/flights  one answer to one pigeon: `{"ring", "note"}` with our token.

What it confirms, and when
--------------------------
200 only after `Door.accept` returned for every note of the post; 503 when one could not be held, and the loft comes
again. 401 for what is not signed, or five minutes old: before anything is read from it. A note is known by its ring and
number, so what comes again is the same contact. `contact_at` is the loft's time: the pigeon's owner does not set it.

What each answer to a notice means
----------------------------------
    no connection                           Temporary  `not_connected`
    429                                     Temporary  `http_429`, after Retry-After
    401, 403                                Temporary  `pigeon_login`: the settings are at fault
    404 no such pigeon                      Permanent  `no_such_pigeon`
    any other 4xx                           Permanent  `http_<status>`
    no answer, or any 5xx                   Unknown    `no_answer`, `http_<status>`
    2xx without a flight's number           Unknown    `bad_answer`
    2xx with one                            sent

There is no loft, so it was never tried against one.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

import httpx2
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from intake_daemon.contract import Can, ConnectorSettings, Door, Draft, Raw, World
from intake_daemon.errors import Permanent, Temporary, Unknown
from intake_daemon.message import Address, Notice, Person, Receipt, Thread

_TOLERANCE = 300
_LARGEST = 1024 * 1024


# --- 1 settings: what an operator writes; the docstrings are the documentation ----------------------------------------


class PigeonSettings(ConnectorSettings):
    """One loft."""

    brand: str
    """Whose customers write here."""
    loft: str
    """The loft's service, `https://loft.example`."""
    token: str = Field(min_length=1, repr=False)
    """What the loft wants to see of us, and signs with; write `${ENV}` or `${file:…}`."""
    timeout: float = Field(default=15, gt=0)
    """The longest wait for an answer of the loft's, in seconds."""


# --- 2 parse: bytes in, drafts out; pure, and for any bytes ----------------------------------------------------------


def parse(raw: Raw) -> list[Draft]:
    """A draft for each note, or for the one that the envelope names. What cannot be read is kept as it is."""
    try:
        notes = _notes(raw.content)
    except ValueError:
        words = raw.content.decode("utf-8", "replace").replace("\x00", "\ufffd")
        return [Draft(f"pigeon:{hashlib.sha256(raw.content).hexdigest()}", "", "other", text=words)]
    wanted = raw.envelope.get("note")
    return [_draft(note) for number, note in enumerate(notes) if wanted in {None, str(number)}]


def _notes(content: bytes) -> list[dict[str, Any]]:
    """ValueError for what is no post of a loft."""
    try:
        body = json.loads(content)
    except RecursionError:
        raise ValueError("too deep") from None
    notes = body.get("notes") if isinstance(body, dict) else None
    if not isinstance(notes, list) or not all(isinstance(note, dict) for note in notes):
        raise ValueError("no notes")
    return notes


def _draft(note: Mapping[str, Any]) -> Draft:
    ring, number, text = (_text(note.get(name)) for name in ("ring", "number", "words"))
    address = Address(kind="pigeon", value=ring)
    return Draft(
        identity=f"pigeon:{ring}:{number}",  # the loft's own name of it, never one that we configured
        external_id=number,
        channel="other",
        sender=Person(addresses=(address,) if ring else ()),
        text=text,
        new_text=((0, len(text)),) if text else (),
        sent_at=_moment(note),
        thread=Thread(conversation=hashlib.sha256(ring.encode()).hexdigest()[:32] if ring else None),
        reply_address=address if ring else None,
    )


def _text(value: object) -> str:
    return str(value).encode("utf-8", "replace").decode().replace("\x00", "\ufffd") if value is not None else ""


def _moment(note: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(_text(note.get("landed"))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# --- 3 verify: on the raw bytes, in constant time, before parsing ----------------------------------------------------


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime | None) -> str | None:
    """None when the signature holds, else why not, as a code. `now`: None leaves the time out."""
    said, signature = headers.get("x-loft-time", ""), headers.get("x-loft-signature", "")
    if not said or not signature:
        return "signature_missing"
    expected = hmac.new(secret.encode(), said.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        return "signature_bad"
    stale = now is not None and not (said.isdecimal() and abs(now.timestamp() - int(said)) <= _TOLERANCE)
    return "signature_stale" if stale else None


# --- 4 the class: the only part that does anything -------------------------------------------------------------------


class Pigeon:
    """One loft's pigeons."""

    Settings: ClassVar[type[ConnectorSettings]] = PigeonSettings
    can: ClassVar[frozenset[Can]] = frozenset({Can.REPLY, Can.THREADS, Can.SOURCE_RETRIES})

    def __init__(self, name: str, settings: PigeonSettings, world: World) -> None:
        self.name = name
        self._settings = settings
        self._world = world

    async def run(self, door: Door) -> None:
        """Ask for the route, and be there until cancelled."""
        door.http(f"/hooks/{self.name}", partial(self._land, door), methods=("POST",))
        await asyncio.Event().wait()

    async def _land(self, door: Door, request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST:
                door.refused("too_large")
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        content, headers = bytes(body), {name.lower(): value for name, value in request.headers.items()}
        if why := verify(self._settings.token, headers, content, self._world.now()):
            door.refused(why)  # counted, and nothing personal
            raise HTTPException(HTTPStatus.UNAUTHORIZED)
        try:
            notes: Sequence[Mapping[str, Any]] = _notes(content)
        except ValueError:
            await door.park(Raw(content, self._settings.brand, "application/json"), "pigeon_unreadable")
            return JSONResponse({"kept": True}, HTTPStatus.ACCEPTED)
        # Temporary leaves this handler: the web door says 503 with Retry-After, and the loft comes again
        for number, note in enumerate(notes):
            envelope = {"note": str(number)}
            raw = Raw(content, self._settings.brand, "application/json", contact_at=_moment(note), envelope=envelope)
            await door.accept(raw, parse)
        return JSONResponse({"held": len(notes)})

    async def reply(self, notice: Notice) -> Receipt:
        """One answer to one pigeon. Never tries twice: what follows is decided elsewhere."""
        flight = {"ring": notice.to.value, "note": notice.text, "key": notice.id}
        try:
            async with httpx2.AsyncClient(timeout=self._settings.timeout, trust_env=False) as client:
                answer = await client.post(
                    f"{self._settings.loft.rstrip('/')}/flights",
                    json=flight,
                    headers={"authorization": f"Bearer {self._settings.token}"},
                )
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise Temporary("not_connected") from None
        except httpx2.HTTPError:
            raise Unknown("no_answer") from None
        number = _flight(answer)
        return Receipt(notice=notice.id, connector=self.name, outcome="sent", at=self._world.now(), provider_id=number)


def _flight(answer: httpx2.Response) -> str:
    """The flight's number, or what the answer means: the table above."""
    status = answer.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        after = answer.headers.get("retry-after", "")
        raise Temporary("http_429", after=float(after) if after.isdecimal() else None)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise Temporary("pigeon_login")
    if status == HTTPStatus.NOT_FOUND:
        raise Permanent("no_such_pigeon")
    if answer.is_client_error:
        raise Permanent(f"http_{status}")
    if not answer.is_success:
        raise Unknown(f"http_{status}")
    try:
        number = answer.json().get("flight")
    except (ValueError, AttributeError):
        number = None
    if not number:
        raise Unknown("bad_answer")
    return str(number)


# --- for `intake parse --kind pigeon` and `intake verify --kind pigeon` -----------------------------------------------


def payload(content: bytes, settings: ConnectorSettings | None) -> Iterator[Draft]:
    """A draft for each note of a recorded post; nothing for what is none."""
    del settings
    try:
        notes = _notes(content)
    except ValueError:
        return
    yield from map(_draft, notes)


def verified(secret: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[str, str] | None:
    """None when a recorded post's signature holds, else a code and a sentence."""
    del url
    why = verify(secret, headers, body, None)
    return (why, "The signature is not of this body, this time and this secret.") if why else None
