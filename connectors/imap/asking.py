"""What lies in a mailbox, for `intake reconcile`: by UID and Message-ID, over a connection of its own.

The folder is opened for reading only (EXAMINE), and nothing is fetched but sizes, dates and the Message-ID; a mail
without one, and one that is not known by it, may be fetched whole with PEEK, to be told by its bytes. Where held mails
are moved, the folder that they are moved to is looked at, too.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from connectors.email.header import Fields
from connectors.email.threads import message_id
from connectors.imap.mailbox import Account, Facts, Mailbox
from connectors.imap.place import SKEW, Place, place
from connectors.imap.thread import OneThread
from connectors.imap.visit import Rules
from intake_daemon.contract import Cursor, Offered
from intake_daemon.errors import Temporary

_PIECE = 200


async def offered(
    account: Account, rules: Rules, since: datetime, cursor: Cursor
) -> AsyncGenerator[Sequence[Offered], None]:
    """All mails that came since then and that `from` does not leave out. Raises Temporary."""
    kept = await cursor.load(rules.source)
    looking = OneThread(f"asking imap {rules.brand}")
    box = Mailbox(replace(account, changes=False, move_to=None))
    try:
        await looking(box.open)
        for folder in (account.folder, *([rules.move_to] if rules.move_to else [])):
            if not await looking(partial(box.there, folder)):
                continue
            state = await looking(partial(box.select, folder))
            here = place(kept, rules.start, validity=state.validity, next_uid=state.next_uid, now=rules.now())
            moved = folder != account.folder
            uid = 0
            while uids := await looking(partial(box.after, uid, state.next_uid, since)):
                uid = uids[-1]
                for start in range(0, len(uids), _PIECE):
                    facts = await looking(partial(box.look, uids[start : start + _PIECE], named=True))
                    wanted = {each: one for each, one in facts.items() if _counts(here, each, one, since, moved=moved)}
                    yield [
                        Offered(
                            name=f"UID {each} of {folder}",
                            brand=rules.brand,
                            external_id=message_id(Fields(one.head)) or "",
                            content=partial(_content, looking, box, each),
                            marks=() if moved else (("uid", str(each)),),
                            at=one.arrived_at,
                            read=moved or each <= here.uid,
                        )
                        for each, one in sorted(wanted.items())
                    ]
    except (IMAPClientAbortError, OSError):
        raise Temporary("imap_connection_lost") from None
    except IMAPClientError:
        raise Temporary("imap_refused") from None
    finally:
        box.interrupt()
        looking.finish(box.close)


def _counts(here: Place, uid: int, facts: Facts, since: datetime, *, moved: bool) -> bool:
    at = facts.arrived_at
    if at is None:
        return True
    began = here.since + SKEW if here.since and here.rule == "now" else here.since
    left_out = began is not None and at < began and (moved or uid <= here.until)
    return at >= since and not left_out


async def _content(looking: OneThread, box: Mailbox, uid: int) -> bytes | None:
    return (await looking(partial(box.fetch, [uid]))).get(uid)
