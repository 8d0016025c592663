"""The staff page: who may open it, what it shows, and what becomes of a post. Shapes from templates/, words from
words.yaml."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml
from babel import Locale, negotiate_locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from connectors.paper import login
from connectors.paper.entry import SidecarFault, entry_of
from connectors.paper.reading import parse
from connectors.paper.scans import kind_of
from connectors.paper.settings import PaperSettings
from connectors.paper.typed import FIELDS, Post, carried, kept, named, posted, sidecar, text, values_of
from intake_daemon.contract import Colleague, Door, File, Raw, World
from intake_daemon.errors import Temporary
from intake_daemon.message import Address

_HERE = Path(__file__).parent
_CSS = (_HERE / "templates" / "paper.css").read_bytes()
VERSION = hashlib.sha256(_CSS).hexdigest()[:12]
_LATELY = 500
_KEPT = {"cache-control": "no-store", "referrer-policy": "same-origin"}


class Desk:
    """Serves the page."""

    def __init__(self, settings: PaperSettings, world: World, door: Door) -> None:
        self._settings = settings
        self._world = world
        self._door = door
        self._lately: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def open(self) -> None:
        """Ask for the routes."""
        path = self._settings.path
        self._door.staff_page(path, self._answer, methods=("GET", "POST"))
        self._door.staff_page(f"{path}/login", self._login, methods=("POST",))
        self._door.staff_page(f"{path}/leave", self._leave, methods=("POST",))
        self._door.staff_page(f"{path}/assets/{{version}}/paper.css", _style, methods=("GET",))

    async def _answer(self, request: Request) -> Response:
        who = await login.colleague(request, self._door)
        if who is None:
            typed = await kept(request, self._settings.max_files + 1) if request.method == "POST" else ""
            return self._shown("login.html", _language(request, None), wrong=False, kept=typed)
        if request.method != "POST":
            return self._form(request, who, Post(self._beginning(who)))
        async with posted(request, files=self._settings.max_files + 1) as form:
            if not login.carries(request, text(form, "check")):
                self._door.refused("foreign_form")
                raise HTTPException(HTTPStatus.FORBIDDEN)
            post = await self._read(form, who)
            key = text(form, "key")[:64]
        told = self._lately.get(named(key, post.values)) if key else None
        if told is not None and post.emptied:  # a browser that loads the answer again may leave the files out
            return self._thanks(request, who, *told)
        if post.wrong:
            return self._form(request, who, post, HTTPStatus.BAD_REQUEST, key=key)
        return await self._hold(request, who, post, key)

    async def _login(self, request: Request) -> Response:
        async with posted(request, files=0) as form:
            token, typed, said = text(form, "token").strip(), carried(form), text(form, "kept")
        who = await login.known(token, self._door)
        if who is None:
            self._door.refused("wrong_token")
            page = _language(request, None)
            return self._shown("login.html", page, wrong=True, kept=said, status=HTTPStatus.FORBIDDEN)
        response: Response = RedirectResponse(self._settings.path, HTTPStatus.SEE_OTHER)
        if typed:
            response = self._form(request, who, Post(self._beginning(who) | typed), token=token)
        login.let_in(response, request, token, self._settings.path)
        return response

    async def _leave(self, _request: Request) -> Response:
        response = RedirectResponse(self._settings.path, HTTPStatus.SEE_OTHER)
        login.let_go(response, self._settings.path)
        return response

    async def _hold(self, request: Request, who: Colleague, post: Post, key: str) -> Response:
        values = post.values
        facts = self._world.brands[values["brand"]]
        content = sidecar(values)
        raw = Raw(
            content,
            facts.id,
            "application/json",
            contact_at=entry_of(content).arrived_at(facts.tz),
            envelope={"key": key or "none", "by": who.id, **({} if values["text"] else {"undescribed": "yes"})},
            files=post.files,
        )
        try:
            held = await self._door.accept(raw, parse)
        except Temporary:
            post.wrong[""] = "error_held"
            return self._form(request, who, post, HTTPStatus.SERVICE_UNAVAILABLE, key=key)
        message = held[0].message if held else None
        way = message.reply_to.address if message and message.reply_to else None
        told = (held[0].reference if held else "", _way(way, posted=bool(values["address"])))
        self._lately[named(key, values)] = told
        if len(self._lately) > _LATELY:
            self._lately.popitem(last=False)
        return self._thanks(request, who, *told)

    def _thanks(self, request: Request, who: Colleague, reference: str, next_word: str) -> Response:
        return self._shown("thanks.html", _language(request, who), reference=reference, next_word=next_word, who=who)

    async def _read(self, form: FormData, who: Colleague) -> Post:
        values = values_of(form)
        uploads = [each for each in form.getlist("files") if isinstance(each, UploadFile) and each.filename]
        post = Post(values, uploads=bool(uploads), emptied=any(each.size == 0 for each in uploads))
        files = []
        for upload in uploads[: self._settings.max_files]:
            content = b"" if (upload.size or 0) > self._settings.max_file_bytes else await upload.read()
            kind = kind_of(content)
            if kind is None:
                post.wrong["files"] = "error_file"
            else:
                files.append(File(Path(upload.filename or "scan").name, kind, content))
        post.files = tuple(files)
        if values["brand"] not in self._brands(who):
            post.wrong["brand"] = "error_brand"
        if not values["text"] and not files:
            post.wrong["text"] = "error_text"
        self._judge(post)
        return post

    def _judge(self, post: Post) -> None:
        """What the sidecar that it makes would not take, and an arrival that has not come."""
        values = post.values
        for name in ("arrived", "email", "phone"):
            alone = sidecar({**dict.fromkeys(FIELDS, ""), "channel": "letter", name: values[name]})
            try:
                entry_of(alone)
            except SidecarFault:
                post.wrong[name] = f"error_{name}"
        if values["channel"] not in {"letter", "store"}:
            values["channel"] = "letter"
        if not values["arrived"]:
            post.wrong["arrived"] = "error_arrived"
        if "arrived" not in post.wrong and values["arrived"] > self._today(values["brand"]):
            post.wrong["arrived"] = "error_arrived"

    def _brands(self, who: Colleague) -> list[str]:
        served = self._settings.brands or tuple(self._world.brands)
        return [name for name in self._world.brands if name in served and name in who.brands]

    def _today(self, brand: str) -> str:
        zone = self._world.brands[brand].tz if brand in self._world.brands else "UTC"
        return self._world.now().astimezone(ZoneInfo(zone)).date().isoformat()

    def _beginning(self, who: Colleague) -> dict[str, str]:
        brands = self._brands(who)
        first = brands[0] if len(brands) == 1 else ""
        return dict.fromkeys(FIELDS, "") | {"brand": first, "channel": "letter", "arrived": self._today(first)}

    def _form(
        self,
        request: Request,
        who: Colleague,
        post: Post,
        status: HTTPStatus = HTTPStatus.OK,
        *,
        key: str = "",
        token: str | None = None,
    ) -> Response:
        """The page. `token`: of who has just signed in, and has no cookie yet."""
        brands = [(name, self._world.brands[name].name) for name in self._brands(who)]
        codes = dict.fromkeys(code for name, _ in brands for code in self._world.brands[name].languages)
        return self._shown(
            "form.html",
            _language(request, who),
            status=status,
            who=who,
            post=post,
            brands=brands,
            languages=[(code, _own_name(code)) for code in codes],
            today=self._today(post.values["brand"]),
            key=key or secrets.token_urlsafe(16),
            check=login.word(request, token),
        )

    def _shown(self, template: str, language: str, status: HTTPStatus = HTTPStatus.OK, **values: object) -> Response:
        words = _words()[language]
        page = self._environment.get_template(template).render(
            language=language,
            path=self._settings.path,
            css=f"{self._settings.path}/assets/{VERSION}/paper.css",
            say=words.__getitem__,
            **{"who": None, **values},
        )
        return HTMLResponse(page, status, _KEPT)


def _way(address: Address | None, *, posted: bool) -> str:
    """Which sentence says how the customer will hear of it."""
    kinds = {"email": "next_email", "phone": "next_phone"}
    return kinds.get(address.kind, "next_letter") if address else "next_letter" if posted else "next_nobody"


def _language(request: Request, who: Colleague | None) -> str:
    """The colleague's own where we have it, else the browser's."""
    known = list(_words())
    if who is not None and who.language in known:
        return who.language
    wanted = [part.partition(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    return negotiate_locale([each for each in wanted if each], known, sep="-") or "en"


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    words: dict[str, dict[str, str]] = yaml.safe_load((_HERE / "words.yaml").read_text(encoding="utf-8"))
    return words


def _own_name(code: str) -> str:
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]


async def _style(request: Request) -> Response:
    keep = "public, max-age=31536000, immutable" if request.path_params["version"] == VERSION else "no-cache"
    return Response(_CSS, media_type="text/css", headers={"cache-control": keep})
