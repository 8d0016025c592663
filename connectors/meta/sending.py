"""A notice as messages of WhatsApp, Messenger or Instagram.

Within the window a notice goes in its own words; WhatsApp's later ones by a template; of Messenger and Instagram only
what a person wrote may go later, with the tag HUMAN_AGENT, where the app has the permission. Which moment the window
ends: 24 hours after the person's *last* message, that is of what the notice answers, or of what was `heard` since.
A window that is over is Permanent `window_closed`, told at once and not only by Meta's news of a failure: then the
router tries the customer's next address, and a person hears of it. Where Meta alone knew it (131047, at once or by its
news), WhatsApp's template goes before that.

A comment has one private answer, ever (MT-07); a second notice for it is Permanent `answered_once`. When the notice
does not fit into one message, a short page string (`meta_comment`) says the reference instead.

Each message carries the notice's id (`biz_opaque_callback_data`, `metadata`), and Meta's news bring it back: so a
notice in doubt settles itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from connectors.meta.finding import Of
from connectors.meta.graph import Graph
from connectors.meta.lengths import ROOM, parts
from connectors.meta.reading import WINDOW
from connectors.meta.settings import MetaSettings
from intake_daemon.contract import Cursor, Now
from intake_daemon.errors import IntakeError, Permanent, Temporary, Unknown
from intake_daemon.message import Notice, Receipt

_MOST_PARTS = 8
_PATIENCE = 12.0
"""Seconds that we wait between the parts of one notice when Meta asks for it; longer leaves it half sent."""
_TRIES = 3
_HUMAN = timedelta(days=7)
_CODES = {"pt": "pt_PT"}
"""Languages that WhatsApp's templates call otherwise than we do."""
_OF: Mapping[str, Of] = {"whatsapp": "whatsapp", "facebook": "messenger", "instagram": "instagram"}


@dataclass(frozen=True)
class Sender:
    """How a connector sends. `accounts`: which is whose; `short`: by language what a comment is told."""

    connector: str
    settings: MetaSettings
    accounts: Mapping[tuple[Of, str], str]
    now: Now
    short: Mapping[str, str]


@dataclass(frozen=True)
class Way:
    """Where a notice goes."""

    of: Of
    account: str
    to: str
    until: datetime | None
    message: str = ""
    comment: str = ""
    post: str = ""

    @property
    def public(self) -> str:
        """The comment or post that it answers."""
        return self.comment or self.post


REMEMBERED = 90
"""Days for which what was sent, and when somebody last wrote, is of use: longer than any window is open, and than
there is news of a message."""


def key(kind: str, *names: str) -> str:
    """Under which name something is remembered; it names nobody."""
    return f"meta-{kind}:{hashlib.sha256(' '.join(names).encode()).hexdigest()}"


class Sending:
    """Sends notices."""

    def __init__(self, sender: Sender, graphs: Mapping[Of, Graph]) -> None:
        self._sender = sender
        self._graphs = graphs

    async def send(self, notice: Notice, cursor: Cursor) -> Receipt:
        """Deliver it, in parts if need be. Raises as the manual's table says."""
        way = self._way(notice)
        if way.public:
            said = [await self._private_answer(notice, way, cursor)]
        else:
            said = await self._said(notice, way, cursor)
        if len(said) > _MOST_PARTS:
            raise Permanent("too_long")
        try:
            ids = await self._all(notice, way, said)
        except Permanent as refused:  # Meta counts the window otherwise than we do
            if refused.code != "window_closed" or way.of != "whatsapp" or "template" in said[0]:
                raise
            ids = await self._all(notice, way, [self._template(notice, way)])
        # What was sent was sent: that we cannot write it down now must not send it again.
        with contextlib.suppress(IntakeError):
            if way.public:
                await cursor.save(key("answered", way.of, way.public), {"notice": notice.id}, days=REMEMBERED)
            await cursor.save(key("sent", way.of, ids[-1]), {"notice": notice.id}, days=REMEMBERED)
        return Receipt(
            notice=notice.id,
            connector=self._sender.connector,
            outcome="sent",
            at=self._sender.now(),
            provider_id=ids[-1],
            code="accepted",
        )

    async def _all(self, notice: Notice, way: Way, said: Sequence[Mapping[str, Any]]) -> list[str]:
        """Every part; their ids."""
        ids: list[str] = []
        for part, body in enumerate(said, 1):
            marked = self._marked(way, dict(body), f"{notice.id} {part}/{len(said)}")
            ids.append(await self._one(way, marked, first=part == 1))
        return ids

    def _way(self, notice: Notice) -> Way:
        """Raises Permanent for an address or an account that is none of ours."""
        told = {each: values[0] for each, values in parse_qs(notice.thread or "").items()}
        of = _OF.get(notice.to.kind)
        if of is None or not notice.to.value.strip():
            raise Permanent("bad_address")
        account, until = told.get("account", ""), told.get("until", "")
        here = told.get("of") == of and self._sender.accounts.get((of, account)) == notice.brand
        if not here:
            told, until = {}, ""
            mine = (one for (kind, one), brand in self._sender.accounts.items() if kind == of and brand == notice.brand)
            account = next(mine, "")
        if not account:
            raise Permanent("no_account")
        return Way(
            of,
            account,
            notice.to.value,
            datetime.fromisoformat(until) if until else None,
            told.get("message", ""),
            told.get("comment", ""),
            told.get("post", ""),
        )

    async def _said(self, notice: Notice, way: Way, cursor: Cursor) -> list[dict[str, Any]]:
        """The messages that it becomes. Raises Permanent when the window is over."""
        now = self._sender.now()
        until = None if notice.window_closed else await self._until(way, now, cursor)
        if until is None or now >= until:
            return [self._late(notice, way, until, now)]
        texts = list(parts(notice.text, ROOM[way.of]))
        return [
            self._worded(way, text, "RESPONSE", answers=way.message if not n else "") for n, text in enumerate(texts)
        ]

    def _heard(self, way: Way) -> str:
        return heard_key(self._sender.settings.app_secret, way.of, way.account, way.to)

    async def _until(self, way: Way, now: datetime, cursor: Cursor) -> datetime | None:
        """When the window ends: what the notice answers tells, or what was heard since."""
        if way.until and now < way.until:
            return way.until
        heard = (await cursor.load(self._heard(way)) or {}).get("at", "")
        later = datetime.fromisoformat(heard).astimezone(UTC) + WINDOW if heard else None
        return max(filter(None, (way.until, later)), default=None)

    def _late(self, notice: Notice, way: Way, until: datetime | None, now: datetime) -> dict[str, Any]:
        if way.of == "whatsapp":
            return self._template(notice, way)
        by_person = notice.automatic == "no" and self._sender.settings.human_agent
        if by_person and until and now < until - WINDOW + _HUMAN and ROOM[way.of].fits(notice.text):
            return self._worded(way, notice.text, "MESSAGE_TAG") | {"tag": "HUMAN_AGENT"}
        raise Permanent("window_closed")

    def _template(self, notice: Notice, way: Way) -> dict[str, Any]:
        templates = self._sender.settings.templates
        names = (f"{notice.purpose}.{notice.language}", notice.purpose, f"*.{notice.language}", "*")
        chosen = next((templates[each] for each in names if each in templates), None)
        if chosen is None:
            raise Permanent("window_closed")
        called, _, language = chosen.partition(":")
        values = [{"type": "text", "text": text} for text in (notice.reference, notice.sender_name)]
        template = {
            "name": called,
            "language": {"code": language or _CODES.get(notice.language, notice.language)},
            "components": [{"type": "body", "parameters": values}],
        }
        return self._to_whatsapp(way) | {"type": "template", "template": template}

    async def _private_answer(self, notice: Notice, way: Way, cursor: Cursor) -> dict[str, Any]:
        if await cursor.load(key("answered", way.of, way.public)):
            raise Permanent("answered_once")
        if way.until is None or self._sender.now() >= way.until:
            raise Permanent("window_closed")
        text = notice.text.strip()
        if not ROOM[way.of].fits(text):
            text = self._sender.short.get(notice.language, "").format(
                brand=notice.sender_name, reference=notice.reference
            )
        if not text or not ROOM[way.of].fits(text):
            raise Permanent("too_long")
        recipient = {"comment_id": way.comment} if way.comment else {"post_id": way.post}
        return {"recipient": recipient, "message": {"text": text}}

    def _worded(self, way: Way, text: str, kind: str, *, answers: str = "") -> dict[str, Any]:
        if way.of == "whatsapp":
            said = self._to_whatsapp(way) | {"type": "text", "text": {"body": text, "preview_url": False}}
            return said | ({"context": {"message_id": answers}} if answers else {})
        return {"recipient": {"id": way.to}, "messaging_type": kind, "message": {"text": text}}

    @staticmethod
    def _to_whatsapp(way: Way) -> dict[str, Any]:
        """A number, or the business-scoped id of who hides theirs."""
        digits = way.to.lstrip("+")
        to = {"to": digits} if digits.isdecimal() else {"recipient": way.to}
        return {"messaging_product": "whatsapp", "recipient_type": "individual", **to}

    @staticmethod
    def _marked(way: Way, said: dict[str, Any], mark: str) -> dict[str, Any]:
        if way.of == "whatsapp":
            return said | {"biz_opaque_callback_data": mark}
        if way.of == "messenger":  # Instagram knows no such field
            return said | {"message": {**said["message"], "metadata": mark}}
        return said

    async def _one(self, way: Way, said: Mapping[str, Any], *, first: bool) -> str:
        """One message; its id. A later part that surely was not sent is tried again, then the notice is in doubt."""
        settings = self._sender.settings
        token = settings.tokens.get(way.account) or settings.token
        path = f"{way.account}/messages" if way.of == "whatsapp" else "me/messages"
        graph = self._graphs[way.of]
        if first:
            return await graph.send(path, said, token)
        for _ in range(_TRIES):
            try:
                return await graph.send(path, said, token)
            except Temporary as error:
                if (error.after or 0) > _PATIENCE:
                    break
                await asyncio.sleep(1.0 if error.after is None else error.after)
            except IntakeError:
                break
        raise Unknown("partly_sent")


def heard_key(secret: str, of: Of, account: str, person: str) -> str:
    """Under which name it is kept when somebody last wrote. `person`: the address by which they are answered; keyed
    with the app's secret, for telephone numbers are few enough to try them all."""
    mac = hmac.new(secret.encode(), f"{of} {account} {person}".encode(), hashlib.sha256)
    return f"meta-heard:{mac.hexdigest()}"
