"""Posts of any other system: a ticket system, an app, a form service. Signed, in JSON or as a form.

What it speaks
--------------
POST <path>   one item or several, in any shape: a mapping (YAML, docs/hooks.md) says by expressions which part of it
              is the text, who complains, how they are reached. `<path>` is `/hooks/<connector's name>`.
We ship mappings for Typeform, Tally, Google Forms and Jotform, and `plain` for any post with ordinary field names.

What it confirms, and when
--------------------------
    200   held, every item of it: `{"contacts": [{"id", "reference"}]}`; none where the mapping says it is no complaint
    202   it can be read by nobody: kept whole for a person (`hook_unreadable`)
    401   unsigned, wrongly signed, signed more than 5 minutes ago or ahead; before anything is read from it
    403   a copy of a post that is held: same id, same second. A sender's own retry has a new second, and is told 200
    413   larger than `max_body_bytes`, or more than 1,000 items
    503   not held, or not all of it: come again. What was held of it stays; the same item again is the same contact

Senders that do not come again (`retries: false`): the post is spooled while the broker is away.

One contact, one effect: an item is known by the sender's own id of it (the mapping's `id`), else by the post's
webhook-id and its place in the post, else by its words; with it stands the source's name, so that two systems that
count from 1 are never taken for each other. Other words under a known id belong to the same contact, and its case; what
the mapping calls `edited` is a revision of the first.

Files come inside (base64) or by link; linked ones are fetched before the item is held, only from the hosts that the
mapping or the settings name, for `file_seconds` at most (links.py). What is missing then is a remark; the words are
held.

`contact_at` is the sending system's time where the mapping names one that the customer does not control, never later
than our receipt. An answer goes by the brand's `outgoing` to the mail address or telephone in the post.

Sources: standardwebhooks.com 1.0.0; typeform.com/developers/webhooks; tally.so/help/webhooks; Jotform's and Google's
documentation. Tried with the standardwebhooks scheme written out anew and with their documented payloads, never against
these services themselves.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import ClassVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors import knocking
from connectors.hook.body import Json, opened
from connectors.hook.canary import body, can_sign, headers
from connectors.hook.drafting import contact_at, files_of, named_brand
from connectors.hook.links import LinkLimits, Links
from connectors.hook.mapping import ITEMS
from connectors.hook.reading import parse, place_of
from connectors.hook.settings import HookSettings
from connectors.hook.signature import Stamp, stamp, verify
from intake_daemon.contract import Can, Canary, ConnectorSettings, Door, Draft, Held, Raw, World
from intake_daemon.errors import Permanent, Temporary
from intake_daemon.message import Notice, Receipt

_RETRY_AFTER = 30
_REMEMBERED = 100_000
_JSON = "application/json"


class Hook:
    """One sender's posts. It answers nobody itself: the brand's `outgoing` does."""

    Settings: ClassVar[type[ConnectorSettings]] = HookSettings
    can: ClassVar[frozenset[Can]] = frozenset({Can.ATTACHMENTS, Can.THREADS, Can.SOURCE_RETRIES})

    def __init__(self, name: str, settings: HookSettings, world: World) -> None:
        self.name = name
        self._settings = settings
        self._world = world
        if not settings.retries:
            # of this sender alone: others of the kind come again
            self.can = self.can - {Can.SOURCE_RETRIES}  # type: ignore[misc]
        limits = LinkLimits(settings.max_file_bytes, settings.max_files, settings.hosts, settings.file_token)
        self._links = Links(limits)
        self._parse = partial(parse, mapping=settings.loaded)
        self._copies = _Copies(settings.tolerance)

    async def run(self, door: Door) -> None:
        """Ask for the route, and be there until cancelled."""
        path = self._settings.path or f"/hooks/{self.name}"
        if self._settings.scheme == "address":
            path += "/{secret}"
        door.http(path, partial(self._post, door), methods=("POST",))
        await asyncio.Event().wait()

    async def reply(self, notice: Notice) -> Receipt:  # noqa: ARG002 -- the contract's signature
        """A post cannot be answered; `outgoing` of the brand says who sends to the address that was given."""
        raise Permanent("no_reply")

    def read_again(self, raw: Raw) -> list[Draft]:
        """An original that was parked, by the mapping of today."""
        return self._parse(raw)

    hears_back = False
    leaves_traces = False

    def tried_for(self) -> Sequence[str]:
        """The brand that the post comes to, where we can be the sender."""
        settings, mapping = self._settings, self._settings.loaded
        brand = mapping.canary_brand or settings.brand
        ours = mapping.canary is not None and can_sign(settings.scheme, settings.secret)
        return [brand] if ours and brand in self._world.brands else []

    async def bring(self, canary: Canary) -> None:
        """Signed as the sender signs."""
        settings, now = self._settings, self._world.now()
        content = body(settings.loaded.canary, canary, now)
        beside = headers(settings.scheme, settings.secret, canary, content, now)
        address = f"/{settings.secret}" if settings.scheme == "address" else ""
        url = f"{canary.web}{settings.path or f'/hooks/{self.name}'}{address}"
        await knocking.post(url, body=content, headers=beside, seconds=canary.seconds)

    async def _post(self, door: Door, request: Request) -> Response:
        content = await self._body(door, request)
        stamped = self._true(door, request, content)
        try:
            held = await self._hold(door, request, content, stamped)
        except Temporary as error:
            after = str(int(_RETRY_AFTER if error.after is None else error.after))
            return _said({"problem": "not_held"}, HTTPStatus.SERVICE_UNAVAILABLE, {"retry-after": after})
        self._copies.held(stamped)
        if held is None:
            return _said({"problem": "unreadable", "kept": True}, HTTPStatus.ACCEPTED)
        return _said({"contacts": [{"id": each.id, "reference": each.reference} for each in held]}, HTTPStatus.OK)

    async def _body(self, door: Door, request: Request) -> bytes:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._settings.max_body_bytes:
                door.refused("too_large")
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return bytes(body)

    def _true(self, door: Door, request: Request, content: bytes) -> Stamp:
        """HTTPException 401 for what is not the sender's, 403 for a copy; counted."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        settings = self._settings
        why = verify(
            settings.scheme,
            settings.secrets,
            headers,
            content,
            now=self._world.now(),
            tolerance=settings.tolerance,
            address=request.path_params.get("secret", ""),
        )
        stamped = stamp(headers) if settings.scheme == "standard" else Stamp()
        if why is None and self._copies.known(stamped):
            why = "signature_replayed"
        if why is None:
            return stamped
        door.refused(why)
        raise HTTPException(HTTPStatus.FORBIDDEN if why == "signature_replayed" else HTTPStatus.UNAUTHORIZED)

    async def _hold(self, door: Door, request: Request, content: bytes, stamped: Stamp) -> list[Held] | None:
        """Every item, in order. None: nobody can read it, and it is parked. Raises Temporary, HTTPException 413."""
        media_type = request.headers.get("content-type", "").partition(";")[0].strip() or _JSON
        said = {"source": self._settings.system, "channel": self._settings.channel or ""}
        envelope = {**said, "webhook_id": stamped.id}
        raw = Raw(content, self._settings.brand, media_type, envelope={k: v for k, v in envelope.items() if v})
        try:
            body, items = await asyncio.to_thread(self._items, content)
        except ValueError:
            await door.park(raw, "hook_unreadable")
            return None
        if len(items) > ITEMS:
            door.refused("too_many_items")
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        until = time.monotonic() + self._settings.file_seconds
        held = []
        for number, item in enumerate(items):
            which = {"item": str(number)} if len(items) > 1 else {}
            one = await self._one(
                body, item, Raw(content, raw.brand, media_type, envelope={**raw.envelope, **which}), until
            )
            held += await door.accept(one, self._parse)
        return held

    def _items(self, content: bytes) -> tuple[Json, list[Json]]:
        body = opened(content)
        return body, self._settings.loaded.items(body)

    async def _one(self, body: Json, item: Json, raw: Raw, until: float) -> Raw:
        """A delivery with what only the door can add to it: whose it is, since when, and its linked files."""
        mapping = self._settings.loaded
        found = await asyncio.to_thread(mapping.found, body, item)
        named = named_brand(found)
        brand = named if named in self._world.brands else raw.brand
        zone = self._world.brands[brand].tz if brand in self._world.brands else "UTC"
        envelope: Mapping[str, str] = {**raw.envelope, "zone": zone}
        whole = Raw(raw.content, brand, raw.media_type, envelope=envelope)
        _, links, _ = files_of(found.fields.get("files"))
        files, missing = await self._links.fetch(links, until - time.monotonic())
        if named and named != brand:
            missing = (*missing, "brand_unknown")
        if missing:
            envelope = {**envelope, "missing": " ".join(missing)}
        at = contact_at(found, place_of(whole, mapping, None))
        return Raw(raw.content, brand, raw.media_type, contact_at=at, envelope=envelope, files=files)


class _Copies:
    """Posts that are held, by id and second, for as long as their signature would still count.

    Of this process only: a copy that another one gets is the same contact by its identity, and has no effect either."""

    def __init__(self, tolerance: float) -> None:
        self._lasts = 2 * tolerance + 1
        self._known: OrderedDict[Stamp, float] = OrderedDict()

    def known(self, stamped: Stamp) -> bool:
        """Whether it is a copy."""
        return stamped in self._known and self._known[stamped] > time.monotonic()

    def held(self, stamped: Stamp) -> None:
        """From now on another one is."""
        if not stamped.id:
            return
        now = time.monotonic()
        self._known[stamped] = now + self._lasts
        while self._known and (len(self._known) > _REMEMBERED or next(iter(self._known.values())) < now):
            self._known.popitem(last=False)


def _said(body: Json, status: HTTPStatus, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(body, status, {"cache-control": "no-store", **(headers or {})})
