"""A canary by a mailbox: appended to the folder that is read (RFC 3501, 6.3.11), where the operator allows it.

The mail of the one before is taken away first: that one mail, by its whole Message-ID, which nobody could know before
it was there. Blocks; called in a thread.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from imapclient.exceptions import IMAPClientError

from connectors.email.canary import letter, message_id
from connectors.imap.mailbox import Account, Mailbox
from intake_daemon.contract import Canary
from intake_daemon.errors import Temporary


def put(account: Account, canary: Canary, to: str, now: datetime, before: str | None, moved_to: str) -> None:
    """`before`: the id of the last one. Raises Temporary: `imap_not_connected`, `imap_login`, `imap_refused`."""
    box = Mailbox(replace(account, changes=True, move_to=None))
    box.open()
    try:
        for folder in (account.folder, moved_to) if before else ():
            if folder and box.there(folder):
                box.select(folder)
                box.remove(message_id(str(before)))
        box.append(account.folder, letter(canary, to, now))
    except (IMAPClientError, OSError):
        raise Temporary("imap_refused") from None
    finally:
        box.close()
