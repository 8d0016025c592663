"""The page's plain form: the chat for who has no JavaScript. One POST says a line and shows the conversation.

The session goes with the form, never in the address. A reload sends the same line id again: the same line. Without
words it only shows what is new; what is shown was seen.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from connectors.browser.files import UploadLimits
from connectors.browser.multipart import Multipart
from connectors.browser.tongue import language_of
from connectors.web_chat.hearing import Hearing
from connectors.web_chat.lines import Said, conversation_of, is_line, new_session, said_in
from connectors.web_chat.pages import Pages
from connectors.web_chat.posts import TEXT_BYTES, peer
from connectors.web_chat.switchboard import Switchboard
from connectors.web_chat.windows import seen
from intake_daemon.contract import BrandFacts, ChatLine, Door
from intake_daemon.errors import Temporary

WHY = {"kind": "file_kind", "too_large": "file_large", "too_many": "file_large", "empty": "file_kind"}
"""Which of our words says why a file was not taken."""


class Plain:
    """GET and POST of the page."""

    def __init__(
        self,
        connector: str,
        door: Door,
        hearing: Hearing,
        switchboard: Switchboard,
        pages: Pages,
        limits: UploadLimits,
    ) -> None:
        self._connector = connector
        self._door = door
        self._hearing = hearing
        self._switchboard = switchboard
        self._pages = pages
        self._limits = limits

    def page(self, request: Request, brand: BrandFacts) -> Response:
        """The page before anything was said."""
        chosen = request.query_params.get("lang", "") in brand.languages
        session = new_session()  # in the page already: a reload of the first line must not begin another conversation
        page = self._pages.page(brand, language_of(request, brand), session=session, key=_key(), chosen=chosen)
        return _page(page, HTTPStatus.OK, keep="private, no-cache")

    async def post(self, request: Request, brand: BrandFacts, *, foreign: bool) -> Response:
        """Says a line, and shows what there is. Raises HTTPException 400, 413."""
        with Multipart(request.headers.get("content-type", ""), self._limits, TEXT_BYTES) as multipart:
            async for chunk in request.stream():
                multipart.feed(chunk)
        values = dict(multipart.values)
        language = values.get("lang", "") if values.get("lang") in brand.languages else language_of(request, brand)
        if conversation_of(brand.id, values.get("session", "")) is None:
            values["session"] = new_session()
        if not is_line(values.get("id", "")):  # not our page's form: what was typed is a line all the same
            values["id"] = _key()
        said = said_in(brand.id, {**values, "lang": language}, tuple(multipart.uploads))
        words = self._pages.words(brand, language)
        if foreign:
            self._door.refused("foreign_origin")
            return await self._again(brand, language, values, [words["check"]], HTTPStatus.FORBIDDEN)
        if said is None or not (said.text or said.uploads):
            return await self._shown(brand, language, values, [])
        return await self._hear(request, brand, language, said, values)

    async def _hear(
        self, request: Request, brand: BrandFacts, language: str, said: Said, values: Mapping[str, str]
    ) -> Response:
        words = self._pages.words(brand, language)
        # browsers that reload a sent form may send its files empty: what is held is not heard again
        if any(line.id == said.id and not line.ours for line in await self._lines(brand, values["session"])):
            return await self._shown(brand, language, values, [words["held_plain"]])
        try:
            heard = await self._hearing.hear(brand.id, said, peer(request))
        except Temporary:
            return await self._again(brand, language, values, [words["waiting_plain"]], HTTPStatus.SERVICE_UNAVAILABLE)
        told = [words[WHY[why]].format(field=name) for name, why in heard.refused]
        if heard.held:
            told.insert(0, words["held_plain"])
        return await self._shown(brand, language, values, told)

    async def _again(
        self, brand: BrandFacts, language: str, values: Mapping[str, str], told: list[str], status: HTTPStatus
    ) -> Response:
        """What was typed goes back, under the same key: when only our answer was lost it is the same line."""
        key = values.get("id") or _key()
        lines = await self._lines(brand, values["session"])
        page = self._pages.page(
            brand, language, session=values["session"], key=key, lines=lines, said=told, values=values
        )
        return _page(page, status)

    async def _shown(self, brand: BrandFacts, language: str, values: Mapping[str, str], told: list[str]) -> Response:
        lines = await self._lines(brand, values["session"])
        kept = {"mail": values.get("mail", "")}
        page = self._pages.page(
            brand, language, session=values["session"], key=_key(), lines=lines, said=told, values=kept
        )
        return _page(page, HTTPStatus.OK)

    async def _lines(self, brand: BrandFacts, session: str) -> list[ChatLine]:
        """The conversation, which counts as seen."""
        conversation = conversation_of(brand.id, session)
        if conversation is None or self._door.chats is None:
            return []
        with contextlib.suppress(Temporary):
            lines = await self._door.chats.since(conversation, 0, 1000)
            await seen(self._door, self._switchboard, self._connector, conversation, lines[-1].number if lines else 0)
            return lines
        return []


def _key() -> str:
    return secrets.token_hex(16)


def _page(page: str, status: HTTPStatus, keep: str = "no-store") -> Response:
    # `same-origin`, since under `no-referrer` browsers say `Origin: null` even to us (Fetch, "append a request Origin")
    return HTMLResponse(page, status, {"cache-control": keep, "referrer-policy": "same-origin"})
