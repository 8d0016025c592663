"""Whether a notice that is in doubt was sent: Twilio's list of messages says so, by number and words.

A message that is another notice's is none of this one (claiming.py), however equal their words.

The list is asked without a day: a message that still waits in Twilio's queue has no `date_sent` yet. What we find is
known by its words as Twilio may have changed them (smart encoding, a trial account's preface), and is not older than
the notice. The list may be late, so a notice counts as not sent only once nothing was found for `settle` seconds; until
then it stays in doubt. A template's words are WhatsApp's: there the reference tells.
"""

from __future__ import annotations

import unicodedata
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from connectors.twilio.account import CLOSED, Account, refused
from connectors.twilio.claiming import claimed
from connectors.twilio.messages import arrived_at
from connectors.twilio.payload import Payload
from intake_daemon.contract import Cursor, Now
from intake_daemon.errors import Permanent, Temporary, Unknown
from intake_daemon.message import Notice

SETTLE = 30.0
_SKEW = timedelta(minutes=1)
"""By which Twilio's clock may be behind ours."""
_REMEMBERED = 10_000
_PAGE = "100"
_NOT_SENT = frozenset({"failed", "undelivered", "canceled"})


class Looking:
    """Looks into the list of one account."""

    def __init__(self, account: Account, now: Now, settle: float = SETTLE) -> None:
        self._account = account
        self._now = now
        self._settle = timedelta(seconds=settle)
        self._since: OrderedDict[str, datetime] = OrderedDict()

    async def sent(self, notice: Notice, forms: Sequence[Mapping[str, str]], cursor: Cursor) -> dict[int, str]:
        """The sids of the parts (from 1) that were sent. Raises Unknown while that cannot be said, Temporary when the
        list cannot be read, and what Twilio has told of a part that it could not send."""
        rows = await self._rows(forms[0])
        since = notice.created_at - _SKEW
        found: dict[int, str] = {}
        for part, form in enumerate(forms, 1):
            for row in rows:
                sid = str(row.get("sid", ""))
                at = arrived_at(Payload("listed", row))
                if sid and at is not None and at >= since and _same(row, form, notice.reference):
                    failed = row.get("status") in _NOT_SENT
                    if failed and not form.get("Body") and row.get("error_code") == CLOSED:
                        continue  # our own words, which the template stands in for: nothing else closes the window
                    if not await claimed(cursor, sid, notice.id, part):
                        continue
                    if failed:
                        with suppress(Temporary):  # then it is sent now
                            refused(0, row.get("error_code"))
                        continue
                    found[part] = sid
                    break
        if len(found) < len(forms) and not self._settled(notice.id):
            raise Unknown("not_in_the_list")
        self._since.pop(notice.id, None)
        return found

    def _settled(self, notice: str) -> bool:
        since = self._since.setdefault(notice, self._now())
        while len(self._since) > _REMEMBERED:
            self._since.popitem(last=False)
        return self._now() - since >= self._settle

    async def _rows(self, form: Mapping[str, str]) -> list[dict[str, Any]]:
        """What lately went to this number, the newest first; a messaging service chooses the sender itself."""
        ours = {} if form.get("MessagingServiceSid") else {"From": form.get("From", "")}
        try:
            page = await self._account.get("Messages.json", {"To": form["To"], **ours, "PageSize": _PAGE})
        except Permanent:
            raise Unknown("no_list") from None
        rows = page.get("messages")
        listed = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        return [row for row in listed if str(row.get("direction", "")).startswith("outbound")]


def _same(row: Mapping[str, Any], form: Mapping[str, str], reference: str) -> bool:
    told, meant = _bare(str(row.get("body") or "")), _bare(form.get("Body", ""))
    return told.endswith(meant) if meant else _bare(reference) in told


def _bare(words: str) -> str:
    """Letters and digits only, without marks: what no encoding changes."""
    return "".join(each for each in unicodedata.normalize("NFKD", words).casefold() if each.isalnum())
