"""What a post holds becomes ours: files are fetched, each contact is held, and only then Meta is told.

Rules
-----
1. One conversation goes in order of Meta's time, several go side by side: a post may hold a thousand things of many
   people, in any order (MT-03, MT-05).
2. What cannot be held now is asked for again as a whole post; what of it was held is known then and is not fetched
   anew, so a post that takes longer than Meta waits gets further each time.
3. A thing that fails in our own hands, that nobody can read, or that is for an account which nobody named, is parked;
   it blocks nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import weakref
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.meta.finding import NEWS, SAID, Found, Of
from connectors.meta.media import Fetching
from connectors.meta.reading import content_of, conversation, draft, identity_of, missing
from connectors.meta.sending import REMEMBERED, heard_key
from connectors.meta.settings import MetaSettings
from connectors.meta.telling import receipts
from connectors.meta.values import mapping, name, string
from intake_daemon.contract import NOBODY, Door, Draft, Now, Raw
from intake_daemon.errors import IntakeError, Temporary

JSON = "application/json"
_AT_ONCE = 8
"""Conversations that are held side by side."""
_REMEMBERED = 20_000
_DIRECT = frozenset("message edit postback feedback".split())
"""What is said to us and to nobody else."""
_HEARD_AGAIN = 900
"""Seconds after which it is written down anew that somebody wrote: so much shorter we may take their window to be."""


class Receiving:
    """Posts of one app."""

    def __init__(
        self,
        connector: str,
        settings: MetaSettings,
        accounts: Mapping[tuple[Of, str], str],
        fetching: Mapping[Of, Fetching],
        now: Now,
    ) -> None:
        """`accounts`: which is whose."""
        self._connector = connector
        self._settings = settings
        self._accounts = accounts
        self._fetching = fetching
        self._now = now
        self._held = _Lately()
        self._heard: OrderedDict[str, datetime] = OrderedDict()
        self._talks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def take(self, body: bytes, things: Sequence[Found], door: Door) -> None:
        """All of it is ours when it returns. Raises Temporary: the post must come again."""
        talks: dict[str, list[Found]] = {}
        for each in sorted(things, key=_when):
            talks.setdefault(conversation(each) if each.what in SAID else f"{each.of} {each.what}", []).append(each)
        whole = body if len(things) == 1 else None
        free = asyncio.Semaphore(_AT_ONCE)
        away: list[Temporary] = []

        async def one_talk(talk: str, found: Sequence[Found]) -> None:
            async with free, self._talks.setdefault(talk, asyncio.Lock()):
                try:
                    for each in found:
                        await self._one(each, whole or each.body(), door)
                except Temporary as error:
                    away.append(error)

        async with asyncio.TaskGroup() as group:
            for talk, found in talks.items():
                group.create_task(one_talk(talk, found))
        if away:
            raise away[0]

    async def unreadable(self, body: bytes, door: Door) -> None:
        """Signed by Meta, and nothing that we know: a person looks. Raises Temporary."""
        await self._park(Raw(body, self._any_brand(), JSON), "meta_unreadable", door)

    async def _park(self, raw: Raw, reason: str, door: Door) -> None:
        """Once, however often its post comes again."""
        known = hashlib.sha256(raw.content).hexdigest()
        if known not in self._held:
            await door.park(raw, reason)
            self._held.add(known)

    async def _one(self, found: Found, body: bytes, door: Door) -> None:
        if found.what in NEWS:
            for receipt in await receipts(found, self._connector, door.cursor, self._now):
                await door.report(receipt)
        elif found.what in SAID:
            await self._said(found, body, door)
        elif found.what == "unreadable":
            await self.unreadable(body, door)

    async def _said(self, found: Found, body: bytes, door: Door) -> None:
        if found.what not in _DIRECT and not self._settings.comments:
            door.refused("comments_not_taken")
            return
        recipient = string(mapping(found.event.get("recipient")).get("id"))
        if (found.of, found.account) not in self._accounts and (found.of, recipient) in self._accounts:
            found = replace(found, account=recipient)  # Instagram has two ids for one account
        brand = self._accounts.get((found.of, found.account))
        raw = Raw(body, brand or self._any_brand(), JSON, contact_at=found.moment)
        if brand is None:
            await self._park(raw, "unknown_account", door)
            return
        identity = identity_of(found)
        if identity in self._held:
            return
        try:
            await door.accept(await self._with_files(found, raw), _Reader(found))
        except Temporary:
            raise
        except Exception:  # noqa: BLE001 -- a fault of ours with this one must not hold up the others
            await self._park(raw, "meta_failed", door)
        self._held.add(identity)
        with contextlib.suppress(IntakeError):  # without memory complaints are taken all the same
            await self._remember(found, door)

    async def _with_files(self, found: Found, raw: Raw) -> Raw:
        token = self._settings.tokens.get(found.account) or self._settings.token
        fetching = self._fetching[found.of]
        media = content_of(found).media
        fetched = await fetching.fetch(media, token) if media else None
        envelope = missing(list(fetched.missing) if fetched else [])
        if found.what == "mention" and (text := await self._mentioned(found, token)):
            envelope["text"] = text
        return Raw(
            content=raw.content,
            brand=raw.brand,
            media_type=raw.media_type,
            contact_at=raw.contact_at,
            envelope=envelope,
            files=fetched.files if fetched else (),
        )

    async def _mentioned(self, found: Found, token: str) -> str:
        """The words of a comment or caption that names us: Instagram's webhook has only its id."""
        comment, picture = name(found.event.get("comment_id")), name(found.event.get("media_id"))
        if found.of != "instagram" or not (comment or picture):
            return ""
        kind, words = ("mentioned_comment", "text") if comment else ("mentioned_media", "caption")
        asked = f"{kind}.{'comment_id' if comment else 'media_id'}({comment or picture}){{{words}}}"
        try:
            return await self._fetching["instagram"].words(found.account, asked, kind, words, token)
        except (IntakeError, TimeoutError):
            return ""

    async def _remember(self, found: Found, door: Door) -> None:
        """When they last wrote: by it a later notice knows how long it may speak in its own words."""
        at = found.moment
        told = draft(found, Raw(b"", "", JSON)) if at and found.what in {"message", "postback"} else None
        if told is None or at is None or told.reply_address is None:
            return
        if told.reply_address.value in NOBODY.values():  # a canary: no later notice goes there
            return
        key = heard_key(self._settings.app_secret, found.of, found.account, told.reply_address.value)
        before = self._heard.get(key)
        if before and (at - before).total_seconds() < _HEARD_AGAIN:
            return
        kept = await door.cursor.load(key) or {}
        if str(kept.get("at", "")) < at.isoformat():
            await door.cursor.save(key, {"at": at.isoformat()}, days=REMEMBERED)
        self._heard[key] = at
        if len(self._heard) > _REMEMBERED:
            self._heard.popitem(last=False)

    def _any_brand(self) -> str:
        return next(iter(self._accounts.values()))


class _Reader:
    """`parse` of a body of which it is known what it holds."""

    def __init__(self, found: Found) -> None:
        self._found = found

    def __call__(self, raw: Raw) -> list[Draft]:
        """The one contact in it."""
        return [draft(self._found, raw)]


class _Lately:
    """Names, the newest so many of them."""

    def __init__(self) -> None:
        self._names: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, name_: str) -> bool:
        return name_ in self._names

    def add(self, name_: str) -> None:
        """One more."""
        self._names[name_] = None
        if len(self._names) > _REMEMBERED:
            self._names.popitem(last=False)


def _when(found: Found) -> float:
    at = found.moment
    return at.timestamp() if at else 0.0
