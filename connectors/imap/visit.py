"""One connection to a mailbox, from the login until it is lost: what lies above the cursor is taken, then we wait.

Rules
-----
1. Held, then flagged or moved, then the cursor: a crash in between repeats, it never passes over.
2. One mail never blocks another: what cannot be had is parked, and reading goes on.
3. While nothing can be held we stay connected, wait, and begin again at the cursor.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Literal, TypeVar

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from connectors.imap.mailbox import Account, Facts, Mailbox
from connectors.imap.place import From, Place, place
from connectors.imap.thread import OneThread
from intake_daemon.contract import Door, Now, Parse, Raw
from intake_daemon.errors import Temporary

T = TypeVar("T")

_BUNDLE = 50
"""Mails at a time, of together at most `_BUNDLE_BYTES`."""
_BUNDLE_BYTES = 4_000_000
_PATIENCE = 3
"""How often one mail may break the connection before it is parked unread."""
_BEGINNING = 65_536
_LONGEST_PAUSE = 60.0
_TRACE = re.compile(rb"^(return-path|delivered-to):((?:[^\n]|\n[ \t])*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Rules:
    """What to read and what becomes of it; see `Imap.Settings`. `source` names mailbox and account for the cursor."""

    source: str
    brand: str
    start: From
    after: Literal["flag", "move", "leave"]
    flag: str
    move_to: str
    poll_seconds: float
    max_size: int
    parse: Parse
    now: Now
    signed: Callable[[bytes], Awaitable[dict[str, str]]]
    """What checking the sender's signature adds to the envelope."""


@dataclass
class Troubles:
    """What is remembered of broken connections, over visits."""

    breaks: dict[int, int] = field(default_factory=dict)
    """How often the connection broke while this mail alone was fetched."""
    careful: bool = False
    """Fetch one by one, since a bundle broke the connection."""


class Visit:
    """One connection."""

    def __init__(
        self, account: Account, rules: Rules, troubles: Troubles, door: Door, answered: Callable[[], None]
    ) -> None:
        self._rules = rules
        self._troubles = troubles
        self._door = door
        self._answered = answered
        self._box = Mailbox(account)
        self._thread = OneThread(f"imap {rules.brand}")

    async def stay(self) -> None:
        """Read until the connection is lost. Raises Temporary when it was never of use."""
        worked = False
        pause = 1.0
        try:
            await self._do(self._box.open)
            while True:
                try:
                    while await self._catch_up():
                        pass  # until a look finds nothing: only then may we wait to be told
                except Temporary:
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE)
                    continue
                worked, pause = True, 1.0
                await self._wait()
        except (IMAPClientAbortError, OSError):
            if not worked:
                raise Temporary("imap_connection_lost") from None
        except IMAPClientError:  # a refusal; or the server's farewell in the middle of an answer
            if not worked:
                raise Temporary("imap_refused") from None
        finally:
            self._box.interrupt()
            self._thread.finish(self._box.close)

    async def _do(self, work: Callable[[], T]) -> T:
        return await self._thread(work)

    async def _wait(self) -> None:
        if self._box.idles:
            await self._do(partial(self._box.wait, self._rules.poll_seconds))
        else:
            await asyncio.sleep(self._rules.poll_seconds)

    async def _catch_up(self) -> bool:
        """Take everything that lies above the cursor now; whether there was anything."""
        state = await self._do(self._box.select)
        self._answered()
        kept = await self._door.cursor.load(self._rules.source)
        here = place(kept, self._rules.start, validity=state.validity, next_uid=state.next_uid, now=self._rules.now())
        if here.to_json() != kept:
            await self._save(here)
        before = here
        if here.since and here.uid < here.until:
            while uids := await self._do(partial(self._box.after, here.uid, here.until + 1, here.since)):
                here = await self._take(here, uids)
            here = here.at(here.until)
            await self._save(here)
        while uids := await self._do(partial(self._box.after, here.uid, state.next_uid)):
            here = await self._take(here, uids)
        self._troubles.careful = False
        return here != before

    async def _save(self, here: Place) -> None:
        await self._door.cursor.save(self._rules.source, here.to_json())

    async def _take(self, here: Place, uids: Sequence[int]) -> Place:
        """Take these mails in order; the place behind the last one."""
        for start in range(0, len(uids), _BUNDLE):
            some = uids[start : start + _BUNDLE]
            facts = await self._do(partial(self._box.look, some))
            self._answered()
            wanted = [uid for uid in some if uid in facts and not here.skips(uid, facts[uid].arrived_at)]
            for bundle in self._bundles(wanted, facts):
                here = await self._hold(here, bundle, facts)
            here = here.at(some[-1])
            await self._save(here)
        return here

    def _bundles(self, uids: Sequence[int], facts: dict[int, Facts]) -> Iterator[list[int]]:
        """In order, together of bearable size; what is large stands alone, and so does each while we are careful."""
        bundle: list[int] = []
        size = 0
        for uid in uids:
            size += facts[uid].size
            if bundle and (size > _BUNDLE_BYTES or self._troubles.careful):
                yield bundle
                bundle, size = [], facts[uid].size
            bundle.append(uid)
        if bundle:
            yield bundle

    async def _hold(self, here: Place, uids: Sequence[int], facts: dict[int, Facts]) -> Place:
        """Fetch, hold, then say so; the place behind what was done. Raises Temporary behind the last that was."""
        mails = await self._fetch([uid for uid in uids if facts[uid].size <= self._rules.max_size])
        held: list[int] = []
        away: Temporary | None = None
        for uid in uids:
            try:
                if uid not in mails:
                    await self._park_unread(uid, facts[uid])
                elif await self._hold_one(mails.pop(uid), facts[uid].arrived_at):
                    held.append(uid)
            except Temporary as error:
                away = error
                break
            here = here.at(uid)
        await self._settle(held)
        await self._save(here)
        if away:
            raise away
        return here

    async def _hold_one(self, mail: bytes, arrived_at: datetime | None) -> bool:
        """Whether it was held; parked when it fails in our own hands."""
        raw = Raw(
            content=mail,
            brand=self._rules.brand,
            media_type="message/rfc822",
            contact_at=arrived_at,
            envelope=envelope(mail) | await self._rules.signed(mail),
        )
        try:
            await self._door.accept(raw, self._rules.parse)
        except Temporary:
            raise
        except Exception:  # noqa: BLE001 -- a fault of ours with this mail must not hold up the others
            await self._door.park(raw, "imap_failed")
            return False
        return True

    async def _park_unread(self, uid: int, facts: Facts) -> None:
        """It is too large, cannot be given, or is no longer there."""
        reason, beginning = "imap_breaks", b""
        if self._troubles.breaks.get(uid, 0) < _PATIENCE:
            if not await self._do(partial(self._box.has, uid)):
                return
            reason = "imap_too_large" if facts.size > self._rules.max_size else "imap_no_body"
            beginning = await self._beginning(uid)
        await self._door.park(
            Raw(
                content=beginning,
                brand=self._rules.brand,
                media_type="message/rfc822",
                contact_at=facts.arrived_at,
                envelope=envelope(beginning) | {"uid": str(uid), "size": str(facts.size)},
            ),
            reason,
        )
        self._door.refused(reason)

    async def _beginning(self, uid: int) -> bytes:
        try:
            return await self._do(partial(self._box.beginning, uid, _BEGINNING))
        except (IMAPClientAbortError, OSError):
            raise
        except Exception:  # noqa: BLE001 -- the server cannot give even that
            return b""

    async def _fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails that the server gives; those that it cannot are left out."""
        if not uids or (len(uids) == 1 and self._troubles.breaks.get(uids[0], 0) >= _PATIENCE):
            return {}
        try:
            return await self._do(partial(self._box.fetch, uids))
        except (IMAPClientAbortError, OSError):
            self._troubles.careful = True
            if len(uids) == 1:
                self._troubles.breaks[uids[0]] = self._troubles.breaks.get(uids[0], 0) + 1
            raise
        except Exception:  # noqa: BLE001 -- NO, or an answer that nobody can read: one of them is odd
            if len(uids) == 1:
                return {}
        found: dict[int, bytes] = {}
        for uid in uids:
            found |= await self._fetch([uid])
        return found

    async def _settle(self, held: Sequence[int]) -> None:
        """Say on the server that these are ours. What it refuses is told, and changes nothing."""
        if not held or self._rules.after == "leave":
            return
        try:
            if self._rules.after == "move":
                await self._do(partial(self._box.move, held, self._rules.move_to))
            else:
                await self._do(partial(self._box.flag, held, self._rules.flag))
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            self._door.refused("imap_settle")


def envelope(mail: bytes) -> dict[str, str]:
    """What the delivering server wrote on top: `mail_from` (empty for the null sender) and `rcpt_to`, if it did."""
    head = mail[:_BEGINNING].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    seen: dict[str, str] = {}
    for name, value in _TRACE.findall(head):
        said = " ".join(value.decode("utf-8", "replace").split())
        key = "mail_from" if name.lower() == b"return-path" else "rcpt_to"
        seen.setdefault(key, said.strip("<> ") if key == "mail_from" else said)
    return seen
