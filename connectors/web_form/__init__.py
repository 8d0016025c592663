"""The web form: `/forms/<brand>`, hosted by us, and the same address for forms on the company's own sites.

What it speaks
--------------
GET    the hosted form, in `?lang=` or the browser's language among those that the brand offers. No JavaScript needed.
POST   `multipart/form-data` and `application/x-www-form-urlencoded`, from that page or from a plain HTML form of a
       listed site; `application/json`, and multipart by script, from a listed site (CORS).
Fields `description` (the only one that must be there), `danger` (yes/no), `remedy`, `topic`, `name` or `name_given
       name_family name_patronymic`, `email`, `phone`, `staff_named ticket_refs dates_times caller_numbers emails_sent`,
       any number of files, and `lang`. What else a site sends is kept in the message's `fields`.

What it confirms, and when
--------------------------
Only after `accept` returned: the page with the reference (200), or 201 `{"reference", "next", "refused"}` for who
accepts JSON. A form does not come back by itself (no SOURCE_RETRIES), so the complaint is spooled while the broker is
away; when even that fails it is 503, and the page comes back with everything that was typed.

One contact, one effect. The page carries a random `key` (a site sends `Idempotency-Key`); key and answers are the
identity, so a double click, a reload and a browser's own repetition are one contact, and a corrected text is another.
Without a key it is the day: the same words twice on one day are one contact. Browsers that reload a sent form may send
its files empty; such a repetition of one of the last posts is told the same reference, and is not held again.

No person with a complaint is refused
-------------------------------------
- Only an empty description stops it (400, everything else kept). A malformed e-mail address is wondered at once and
  taken when it is sent again as it was (`email_seen` remembers). Whatever else the policy asks for may be missing
  (L-10, K-14).
- Who was sent here by a letter of ours comes with a link (`?start=`): the form shows what they have told us, and what
  they send is joined to it (A-12). A link that has ended opens an empty form.
- A file that is not taken does not stop the complaint; the answer names it and says why (browser/files.py).
- Floods are slowed, never refused (browser/pace.py).
- A post from a page that is neither ours nor listed in the brand's `sites` is not taken as it is, since its sender may
  not know that it was sent; the answer (403) is our own form with all of it filled in, to be sent with one more click.

There is no CSRF token, on purpose: CSRF abuses a session, and there is none. Nothing that a stranger's page could post
from a visitor's browser would carry more right than what the stranger posts himself. For the same reason a missing or
`null` Origin (old browsers, privacy settings) is taken.

Tried in Chromium, with and without JavaScript, and with plain HTTP clients; in no other browser.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field as Setting
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from connectors import knocking
from connectors.browser.files import Refused, UploadLimits, sort
from connectors.browser.pace import Pace
from connectors.browser.tongue import language_of
from connectors.web_form.answers import Form, canonical, good_link, named_as, parse, read
from connectors.web_form.pages import ASSETS, VERSION, Pages
from connectors.web_form.post import Post, page_of, wrong_in
from intake_daemon.contract import BrandFacts, Can, Canary, ConnectorSettings, Door, Draft, Raw, Told, World
from intake_daemon.errors import Permanent, Temporary
from intake_daemon.message import Notice, Receipt

__all__ = ["WebForm", "WebFormSettings", "parse"]

_MIB = 1024 * 1024
_LATELY = 1000


class WebFormSettings(ConnectorSettings):
    """The form's settings; all have defaults that suit a company."""

    brands: tuple[str, ...] = ()
    """Which brands' forms are served here; empty: all that accept web forms."""
    path: str = Setting("/forms", pattern=r"^(/[a-z0-9._~-]+)+$")
    """Where the forms hang on the public listener: `<path>/<brand>`."""
    max_file_bytes: int = Setting(10 * _MIB, ge=_MIB)
    """Bytes of one file; larger ones are left out, and the customer is told."""
    max_files: int = Setting(10, ge=1)
    """How many files are taken with one complaint."""
    max_total_bytes: int = Setting(25 * _MIB, ge=_MIB)
    """Bytes of all files of one complaint."""


class WebForm:
    """Serves the forms of its brands. It cannot answer later: the page says the reference, mail does the rest."""

    Settings: ClassVar[type[ConnectorSettings]] = WebFormSettings
    can: ClassVar[frozenset[Can]] = frozenset({Can.ATTACHMENTS})

    def __init__(self, name: str, settings: WebFormSettings, world: World) -> None:
        self.name = name
        self._settings = settings
        self._world = world
        self._limits = UploadLimits(settings.max_file_bytes, settings.max_files, settings.max_total_bytes)
        self._pages = Pages(world, settings.path, settings.max_file_bytes)
        self._pace = Pace()
        self._lately: OrderedDict[str, tuple[str | None, Refused]] = OrderedDict()
        self._own = _origin(world.base_url)
        self._door: Door | None = None

    async def run(self, door: Door) -> None:
        """Ask for the routes, and be there until cancelled."""
        self._door = door
        path = self._settings.path
        door.http(f"{path}/assets/{{version}}/{{name}}", self._asset, methods=("GET",))
        door.http(f"{path}/{{brand}}", self._answer, methods=("GET", "POST", "OPTIONS"))
        await asyncio.Event().wait()

    async def reply(self, notice: Notice) -> Receipt:  # noqa: ARG002 -- the contract's signature
        """A form cannot be answered; `outgoing` of the brand says who sends to the address that was given."""
        raise Permanent("no_reply")

    def read_again(self, raw: Raw) -> list[Draft]:
        """An original that was parked."""
        return parse(raw)

    hears_back = False
    leaves_traces = False

    def tried_for(self) -> Sequence[str]:
        """The brands whose forms hang here."""
        return [name for name in self._world.brands if self._serves(name)]

    async def bring(self, canary: Canary) -> None:
        """As a form of the company's own site posts it."""
        answers = {"description": canary.text, "email": canary.address}
        headers = {"accept": "application/json", "idempotency-key": canary.id}
        await knocking.post(
            f"{canary.web}{self._settings.path}/{canary.brand}", say=answers, headers=headers, seconds=canary.seconds
        )

    async def _asset(self, request: Request) -> Response:
        asset = ASSETS.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        current = request.path_params["version"] == VERSION
        keep = "public, max-age=31536000, immutable" if current else "no-cache"
        return Response(asset[1], headers={"cache-control": keep, "content-type": asset[0]})

    async def _answer(self, request: Request) -> Response:
        brand = self._brand(request.path_params["brand"])
        origin = request.headers.get("origin", "")
        if request.method == "OPTIONS":
            response = Response(status_code=HTTPStatus.NO_CONTENT)
        elif request.method == "POST":
            response = await self._post(request, brand, foreign=not self._may_post(request, brand, origin))
        else:
            response = await self._form(request, brand)
        response.headers["vary"] = "Origin, Accept, Accept-Language"
        if origin in brand.sites:
            response.headers["access-control-allow-origin"] = origin
            response.headers["access-control-allow-methods"] = "POST"
            response.headers["access-control-allow-headers"] = "content-type, idempotency-key"
            response.headers["access-control-max-age"] = "600"
            response.headers["cross-origin-resource-policy"] = "cross-origin"
        return response

    def _brand(self, name: str) -> BrandFacts:
        """HTTPException 404 for a brand that we do not know, do not serve, or that takes no forms."""
        if not self._serves(name):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return self._world.brands[name]

    def _serves(self, name: str) -> bool:
        brand = self._world.brands.get(name)
        served = brand is not None and (not self._settings.brands or name in self._settings.brands)
        return served and bool(brand and brand.channels.get("web_form", brand.channels.get("other", True)))

    def _may_post(self, request: Request, brand: BrandFacts, origin: str) -> bool:
        here = f"{request.url.scheme}://{request.url.netloc}"
        return origin in {"", "null", here, self._own} or origin in brand.sites

    async def _form(self, request: Request, brand: BrandFacts) -> Response:
        """Empty, or by the link of a letter filled in with what its customer has told us. A link that opens nothing,
        or cannot be looked up now, is an empty form."""
        start = good_link(request.query_params.get("start", ""))
        told = await self._told(brand, start) if start else None
        values = {"description": told.text, "email": told.email, "phone": told.phone} if told else {}
        if told and told.name:
            values |= named_as(brand, told.name)
        page = self._pages.form(
            brand,
            language_of(request, brand),
            key=secrets.token_urlsafe(16),
            values={name: value for name, value in values.items() if value},
            errors={},
            start=start,
        )
        return page_of(page, HTTPStatus.OK, keep="no-store" if told else "private, no-cache")

    async def _told(self, brand: BrandFacts, link: str) -> Told | None:
        try:
            return await self._door.customers.told(brand.id, link) if self._door and self._door.customers else None
        except Temporary:
            return None

    async def _post(self, request: Request, brand: BrandFacts, *, foreign: bool) -> Response:
        slow = await self._pace.wait(request.client.host if request.client else "")
        try:
            form = await read(request, self._limits)
        except HTTPException as error:
            self._refused("too_large" if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else "unreadable")
            post = Post(self._pages, request, brand, Form({}))
            if error.status_code != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                raise
            return post.again(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", errors={"files": "error_too_large"})
        post = Post(self._pages, request, brand, form)
        if foreign:
            self._refused("foreign_origin")
            return post.again(HTTPStatus.FORBIDDEN, "foreign_origin", said=("error_origin",))
        if errors := wrong_in(form):
            return post.again(HTTPStatus.BAD_REQUEST, "missing_or_malformed", errors=errors)
        return await self._hold(post, slow=slow)

    async def _hold(self, post: Post, *, slow: bool) -> Response:
        if self._door is None:
            raise Temporary("not_running")
        said = post.said()
        if any(upload.size == 0 for upload in post.form.uploads) and said in self._lately:
            return post.thanks(*self._lately[said])
        files, refused = await asyncio.to_thread(sort, post.form.uploads, self._limits)
        raw = Raw(
            content=canonical(post.form.values, refused),
            brand=post.brand.id,
            media_type="application/json",
            envelope=post.envelope(self._world.now().date().isoformat(), slow=slow),
            files=files,
        )
        try:
            held = await self._door.accept(raw, parse)
        except Temporary as error:
            return post.later(error.after)
        except Exception as error:  # noqa: BLE001 -- what was typed goes back first; the web door hears of it after
            return post.later(None, error)
        reference = held[0].reference if held else None
        self._lately[said] = (reference, refused)
        if len(self._lately) > _LATELY:
            self._lately.popitem(last=False)
        return post.thanks(reference, refused)

    def _refused(self, reason: str) -> None:
        if self._door is not None:
            self._door.refused(reason)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
