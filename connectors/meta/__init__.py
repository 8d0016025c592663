"""WhatsApp (Cloud API), Messenger and Instagram by Meta: direct messages, and what is said to us in public.

What it speaks
--------------
GET  <path>     Meta's question whether we are the ones: who knows the verify token gets the challenge back.
POST <path>     every webhook of the app, signed with `X-Hub-Signature-256`; `<path>` is `/hooks/<connector's name>`.
Graph API       sends notices; gives the links of WhatsApp's files.
Subscribe the app to WhatsApp's `messages`, the page's `messages`, `message_edits`, `messaging_postbacks`,
`message_deliveries`, `message_echoes`, `feed`, `ratings`, `mention`, Instagram's `messages`, `message_edit`,
`comments`, `mentions`. What else comes does no harm.

    connectors:
      meta: {kind: meta, app_secret: "${META_APP_SECRET}", verify_token: "${META_VERIFY_TOKEN}", token: "${META_TOKEN}",
             whatsapp: {"106540352242922": welzo}, pages: {"206540352242922": welzo}, templates: {"*": complaint_news}}

What it confirms, and when
--------------------------
200 only after `Door.accept` returned for everything in the post; 503 when a part of it cannot be held: Meta comes again
for 36 hours and more (MT-04). A post holds up to a thousand things of many people; each is held by itself, in order per
conversation, and what was held is known when the post comes again. 403 for what is not signed. Nothing in a post says
when it was made, so what is replayed is known by its identity: the same contact, once.
`contact_at` is Meta's time of the message. Of several things in one post each gets an original of its own, in which
nobody else's words stand.

Which things are contacts stands in finding.py, events.py, posted.py; what of them in whatsapp.py, direct.py,
reading.py; files in media.py; answers in sending.py; what Meta tells of them in telling.py. Reactions, typing, reads,
deliveries, echoes, handovers, calls, chats from before we were connected and news of the account are none.
Comments, posts on the page, reviews and mentions are contacts, unless `comments: false`. Nothing is ever said in
public: who commented gets one private answer within seven days; a review and a hidden name get none.

What each answer to a notice means
----------------------------------
    no connection                                         Temporary  `not_connected`
    429; limits of app, page, number, pair (4, 17, 32,
      613, 80007, 130429, 131056, 131048, 368 …)          Temporary  `http_429`, `meta_<code>`, after what it says
    503 with Retry-After                                  Temporary  `http_503`
    token, permission, account not in order (190, 10,
      200-299, 131005, 131031, 133010, 100/33 …)          Temporary  `meta_login`: the settings are at fault
    another application is talking with the customer      Temporary  `thread_elsewhere`, half an hour
    no answer; connection lost after it was written       Unknown    `no_answer`, `connection_lost`
    any other 5xx; codes 1 and 2 (Meta sends, and says
      that it failed); 2xx or 3xx that names no message   Unknown    `http_<status>`, `bad_answer`
    a later part of a long notice could not be sent       Unknown    `partly_sent`
    131047, 10/2018278: the window is over                Permanent  `window_closed`
    131026, 131030, 551, 100/2018001                      Permanent  `undeliverable`
    131050                                                Permanent  `opted_out`
    10900, 10903, or we have answered it: a comment       Permanent  `answered_once`
    any other refusal                                     Permanent  `meta_<code>`, `http_<status>`
    no account of ours for that brand, no such address    Permanent  `no_account`, `bad_address`
    2xx with a message's id                               sent

WhatsApp's statuses, Messenger's echoes and deliveries, Instagram's reads are late receipts; `failed` comes with Meta's
code, `window_closed` and `undeliverable` among them. A notice in doubt settles itself by them.
Sources: developers.facebook.com/documentation/business-messaging (WhatsApp, Messenger Platform, Instagram), their
webhook references and error codes. Tried against a Graph API of our own on the wire (tests/fakes/meta), never against
Meta itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response

from connectors import knocking
from connectors.meta.canary import headers, post
from connectors.meta.finding import Of
from connectors.meta.graph import Graph
from connectors.meta.media import Fetching, MediaLimits
from connectors.meta.reading import parse, payload
from connectors.meta.receiving import Receiving
from connectors.meta.sending import Sender, Sending
from connectors.meta.settings import MetaSettings
from connectors.meta.signature import verified
from connectors.meta.webhook import Webhook
from intake_daemon.contract import Can, Canary, ConnectorSettings, Door, World
from intake_daemon.errors import Temporary
from intake_daemon.message import Notice, Receipt

__all__ = ["Meta", "MetaSettings", "parse", "payload", "verified"]

_OF: tuple[Of, ...] = ("whatsapp", "messenger", "instagram")


class Meta:
    """One app and its accounts."""

    Settings: ClassVar[type[ConnectorSettings]] = MetaSettings
    can: ClassVar[frozenset[Can]] = frozenset(
        (Can.REPLY, Can.ATTACHMENTS, Can.THREADS, Can.SOURCE_RETRIES, Can.LATE_RECEIPTS)
    )

    def __init__(self, name: str, settings: MetaSettings, world: World) -> None:
        self.name = name
        self._settings = settings
        self._path = settings.path or f"/hooks/{name}"
        self._world = world
        self._accounts = accounts = settings.accounts(world)
        self._tried = 0
        apis = dict.fromkeys(_OF, settings.api_url) | {"instagram": settings.instagram_api_url or settings.api_url}
        self._graphs: dict[Of, Graph] = {of: Graph(f"{apis[of]}/{settings.version}", settings.timeout) for of in _OF}
        limits = MediaLimits(settings.max_file_bytes, settings.max_files, settings.media_seconds, settings.media_hosts)
        fetching: dict[Of, Fetching] = {of: Fetching(self._graphs[of], limits) for of in _OF}
        self._receiving = Receiving(name, settings, accounts, fetching, world.now)
        short = {language: page.get("meta_comment", "") for language, page in world.pages.items()}
        self._sending = Sending(Sender(name, settings, accounts, world.now, short), self._graphs)
        self._door: Door | None = None

    async def run(self, door: Door) -> None:
        """Ask for the route; the rest happens in it, until cancelled."""
        self._door = door
        webhook = Webhook(self._settings.secrets(), self._settings.verify_token, self._receiving, door)

        async def called(request: Request) -> Response:
            return await (webhook.posted(request) if request.method == "POST" else webhook.asked(request))

        door.http(self._path, called, methods=("GET", "POST"))
        await asyncio.Event().wait()

    async def reply(self, notice: Notice) -> Receipt:
        """Send one notice; see the table above."""
        if self._door is None:
            raise Temporary("not_running")
        return await self._sending.send(notice, self._door.cursor)

    hears_back = False
    leaves_traces = False

    def tried_for(self) -> Sequence[str]:
        """Brands with an account."""
        return list(dict.fromkeys(self._accounts.values()))

    async def bring(self, canary: Canary) -> None:
        """To one of the brand's accounts after the other, signed with the app's secret."""
        theirs = [account for account, brand in self._accounts.items() if brand == canary.brand]
        of, account = theirs[self._tried % len(theirs)]
        self._tried += 1
        body = post(canary, of, account, self._world.now())
        beside = headers(self._settings.app_secret, body)
        await knocking.post(f"{canary.web}{self._path}", body=body, headers=beside, seconds=canary.seconds)
