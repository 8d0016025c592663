"""The web chat: a widget for the company's pages (one script tag), and a page of ours with it, `/chat/<brand>`.

    <script src="https://complaints.example/chat/welzo/widget.js" defer></script>

The page's policy must allow our origin in `script-src` and `connect-src`; its own origin stands in the brand's `sites`.
`data-lang="pt"` chooses a language, else the page's own, else the browser's; `data-into="ID"` puts the chat into an
element instead of behind a button.

What it speaks
--------------
WebSocket  `/chat/<brand>/socket` (sockets.py); where that does not go through, plain requests with long polling
           (posts.py); files always by POST; without JavaScript the page is a form (plain.py).
A visitor's secret (`session`) is made by us at their first line and lives in their browser; nothing of it stands in an
address. Tables and messages know its hash, the conversation.

What it confirms, and when
--------------------------
A line is "received" only after `accept` returned: confirmed, or spooled while the broker is away (no SOURCE_RETRIES).
Until then the browser keeps it, sends it again after a reload, a cut connection, a 503, and says so. Each line has an
id that the browser made, and is held once, whichever way and however often it comes.
Our lines lie in the shared memory: whichever process has the visitor shows them. A notice is `sent` when the window has
told that it was shown (telling.py); the conversation's other address gets what stays unseen.

Every line is a contact of its own for us; what is said in one go the router knows by `thread.conversation` and time.
'New complaint' sends its line with `fields["command"]` = `new`; who types `/new` or `/status` says the same. An e-mail
address that the visitor leaves goes with their lines: as an address of the sender, behind the chat's own. It is typed,
not verified.

No person with a complaint is refused
-------------------------------------
Who writes very much is slowed, and told so (browser/pace.py). When there are more windows than sockets they look for
news every few seconds. A page of another origin than ours and the brand's `sites` gets no session (403); its widget
shows where our own page is.

What each answer to `reply` means
---------------------------------
    shown by the window                     sent
    not yet shown                           deferred, `unseen`, until the visitor's time is over; sent when shown
    not shown when that was over            Permanent  `unseen`
    its case was erased meanwhile           Permanent  `erased`
    an address that is no conversation      Permanent  `bad_address`
    no memory                               Temporary  `database_away`
Nothing is Unknown: a notice is put into the memory under its id, so a second copy is the first one, and whether it was
shown can be looked up.

Tried in Chromium, with its accessibility tree, and with plain clients; in no other browser, and with no screen reader.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import urlsplit

from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket
from websockets.frames import CloseCode

from connectors.browser.files import UploadLimits
from connectors.web_chat.canary import visit
from connectors.web_chat.hearing import Hearing
from connectors.web_chat.lines import parse
from connectors.web_chat.pages import STYLE, VERSION, Pages
from connectors.web_chat.plain import Plain
from connectors.web_chat.posts import Posts
from connectors.web_chat.settings import WebChatSettings
from connectors.web_chat.sockets import Socket
from connectors.web_chat.switchboard import Switchboard
from connectors.web_chat.telling import tell
from intake_daemon.contract import BrandFacts, Can, Canary, ConnectorSettings, Door, Draft, Handler, Raw, World
from intake_daemon.errors import Temporary
from intake_daemon.message import Notice, Receipt

__all__ = ["WebChat", "WebChatSettings", "parse"]

_SWEEP = 3600.0
_ANYWHERE = {
    "cache-control": "public, max-age=300",
    "cross-origin-resource-policy": "cross-origin",
    "access-control-allow-origin": "*",
}
"""For the widget's code and words, which are everybody's."""
_PEER = 50
"""Sockets of one peer address: an office behind one address has many visitors, a flood has more."""


class WebChat:
    """The chats of its brands."""

    Settings: ClassVar[type[ConnectorSettings]] = WebChatSettings
    can: ClassVar[frozenset[Can]] = frozenset(
        (Can.REPLY, Can.ATTACHMENTS, Can.THREADS, Can.LATE_RECEIPTS, Can.LOOKUP, Can.COPIES_ARE_ONE)
    )

    def __init__(self, name: str, settings: WebChatSettings, world: World) -> None:
        self.name = name
        self._settings = settings
        self._world = world
        self._limits = UploadLimits(settings.max_file_bytes, settings.max_files, settings.max_total_bytes)
        self._pages = Pages(world, settings.path, settings.max_file_bytes, settings.max_files)
        self._own = _origin(world.base_url)
        self._switchboard = Switchboard()
        self._door: Door | None = None
        self._peers: dict[str, int] = {}

    async def run(self, door: Door) -> None:
        """Ask for the routes, watch the memory, and be there until cancelled."""
        self._door = door
        self._switchboard.open()
        hearing = Hearing(door, self._limits, self._switchboard, self._world.now)
        posts = Posts(self.name, door, hearing, self._switchboard, self._limits, self._settings.max_sockets)
        plain = Plain(self.name, door, hearing, self._switchboard, self._pages, self._limits)
        self._routes(door, hearing, posts, plain)
        try:
            if door.chats is None:
                await asyncio.Event().wait()
            else:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._switchboard.watch(door.chats))
                    group.create_task(self._sweep(door))
        finally:
            self._switchboard.close()

    async def reply(self, notice: Notice) -> Receipt:
        """Put it into the conversation, and wait a moment for the window; see the table above."""
        if self._door is None or self._door.chats is None:
            raise Temporary("not_running")
        return await tell(
            notice,
            self._door.chats,
            self._switchboard,
            connector=self.name,
            now=self._world.now,
            patience=self._patience,
            seconds=self._settings.shown_seconds,
        )

    def read_again(self, raw: Raw) -> list[Draft]:
        """An original that was parked."""
        return parse(raw)

    hears_back = True
    leaves_traces = False

    def tried_for(self) -> Sequence[str]:
        """The brands with a chat here."""
        return [brand.id for brand in self._world.brands.values() if self._serves(brand)]

    async def bring(self, canary: Canary) -> None:
        """A visitor of ours."""
        await visit(canary, f"{self._settings.path}/{canary.brand}")

    def _patience(self, reachable: bool) -> timedelta:  # noqa: FBT001 -- handed on
        return self._settings.patience(reachable=reachable)

    def _routes(self, door: Door, hearing: Hearing, posts: Posts, plain: Plain) -> None:
        path = f"{self._settings.path}/{{brand}}"

        async def page(request: Request) -> Response:
            brand = self._brand(request.path_params["brand"])
            if request.method == "POST":
                response = await plain.post(request, brand, foreign=not self._may(brand, request.headers, request.url))
            else:
                response = plain.page(request, brand)
            response.headers["vary"] = "Accept-Language"
            return response

        async def socket(found: WebSocket) -> None:
            await self._socket(found, door, hearing)

        door.http(path, page, methods=("GET", "POST"))
        door.http(f"{path}/widget.js", self._widget, methods=("GET",))
        door.http(f"{path}/words.{{language}}.json", self._words, methods=("GET",))
        door.http(f"{path}/style.{{version}}.css", self._style, methods=("GET",))
        for name, handler in {"session": posts.session, "lines": posts.lines, "news": posts.news}.items():
            door.http(f"{path}/{name}", self._shared(door, handler), methods=("POST", "OPTIONS"))
        door.socket(f"{path}/socket", socket)

    def _shared(self, door: Door, handler: Callable[[Request, str], Awaitable[Response]]) -> Handler:
        """For our own page and the brand's sites, and nobody else's; also these may read that they may not (CORS)."""

        async def answer(request: Request) -> Response:
            brand = self._brand(request.path_params["brand"])
            origin = request.headers.get("origin", "")
            response: Response
            if request.method == "OPTIONS":
                response = Response(status_code=HTTPStatus.NO_CONTENT)
            elif not self._may(brand, request.headers, request.url):
                door.refused("foreign_origin")
                response = JSONResponse({"title": "foreign_origin"}, HTTPStatus.FORBIDDEN)
            else:
                response = await handler(request, brand.id)
            response.headers["vary"] = "Origin"
            if origin:
                response.headers["access-control-allow-origin"] = origin
                response.headers["access-control-allow-methods"] = "POST"
                response.headers["access-control-allow-headers"] = "content-type"
                response.headers["access-control-expose-headers"] = "retry-after"
                response.headers["access-control-max-age"] = "600"
                response.headers["cross-origin-resource-policy"] = "cross-origin"
            return response

        return answer

    async def _socket(self, socket: WebSocket, door: Door, hearing: Hearing) -> None:
        """Who gets no socket is answered before it opens (403), and goes on by plain requests."""
        brand = self._brand(socket.path_params["brand"])
        peer = socket.client.host if socket.client else ""
        full = len(self._switchboard) >= self._settings.max_sockets or self._peers.get(peer, 0) >= _PEER
        if full or not self._may(brand, socket.headers, socket.url):
            door.refused("too_many_sockets" if full else "foreign_origin")
            await socket.close(CloseCode.TRY_AGAIN_LATER)
            return
        self._peers[peer] = self._peers.get(peer, 0) + 1
        try:
            await Socket(socket, brand.id, self.name, door, hearing, self._switchboard).serve()
        finally:
            self._peers[peer] -= 1
            if not self._peers[peer]:
                del self._peers[peer]

    async def _widget(self, request: Request) -> Response:
        brand = self._brand(request.path_params["brand"])
        return Response(
            self._pages.widget(brand), headers={**_ANYWHERE, "content-type": "text/javascript; charset=utf-8"}
        )

    async def _words(self, request: Request) -> Response:
        brand, language = self._brand(request.path_params["brand"]), request.path_params["language"]
        if language not in brand.languages:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return JSONResponse(self._pages.said(brand, language), headers=_ANYWHERE)

    async def _style(self, request: Request) -> Response:
        current = request.path_params["version"] == VERSION
        keep = "public, max-age=31536000, immutable" if current else "no-cache"
        return Response(STYLE, headers={"cache-control": keep, "content-type": "text/css; charset=utf-8"})

    def _brand(self, name: str) -> BrandFacts:
        """HTTPException 404 for a brand that we do not know or do not serve."""
        brand = self._world.brands.get(name)
        if brand is None or not self._serves(brand):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return brand

    def _serves(self, brand: BrandFacts) -> bool:
        """Those that are named, also one whose policy takes no chats: its customers are told here where to write."""
        if self._settings.brands:
            return brand.id in self._settings.brands
        return brand.channels.get("chat", brand.channels.get("other", True))

    def _may(self, brand: BrandFacts, headers: Mapping[str, str], url: URL) -> bool:
        """Whether this page may. Without an Origin it is no browser's page; there is nothing of a visitor's to abuse,
        since the session is no cookie."""
        origin = headers.get("origin", "")
        scheme = "https" if url.scheme in {"https", "wss"} else "http"
        return origin in {"", f"{scheme}://{url.netloc}", self._own} or origin in brand.sites

    async def _sweep(self, door: Door) -> None:
        """Conversations that ended long ago are forgotten."""
        while door.chats is not None:
            try:
                while await door.chats.sweep(self._world.now() - timedelta(days=self._settings.keep_days)):
                    pass
            except Temporary:
                pass
            await asyncio.sleep(_SWEEP)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
