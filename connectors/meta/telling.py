"""What Meta tells of our own messages, as receipts.

    WhatsApp    statuses: sent, delivered, read (and played) -> delivered, failed with its code; matched by the
                notice's id that we gave along (`biz_opaque_callback_data`), else by the message's own
    Messenger   the echo of our message brings the id back (`metadata`): sent. A delivery names the `mid`
    Instagram   a read names the `mid`

Of several parts `delivered` counts when it is the last one's, `failed` when it is any's. What belongs to no notice of
ours (the company's own chats) is no receipt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from connectors.meta.finding import Found
from connectors.meta.graph import named
from connectors.meta.sending import key
from connectors.meta.values import listed, mapping, mappings, name, number, string
from intake_daemon.contract import Cursor, Now
from intake_daemon.message import Receipt

_Outcome = Literal["sent", "delivered", "failed"]
_STATUSES: Mapping[str, _Outcome] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "played": "delivered",
    "failed": "failed",
}
_LONGEST = 100


async def receipts(found: Found, connector: str, cursor: Cursor, now: Now) -> list[Receipt]:
    """What it tells of notices of ours; usually one thing or none. Raises Temporary."""
    at = found.moment
    at = min(at, now()) if at else now()
    if found.what == "status":
        marked = bool(found.event.get("biz_opaque_callback_data"))
        known = None if marked else await cursor.load(key("sent", found.of, name(found.event.get("id"))))
        one = _status(found, connector, at, str((known or {}).get("notice", "")))
        return [one] if one else []
    if found.what == "echo":
        message = mapping(found.event.get("message"))
        notice = _marked(string(message.get("metadata")), last=True)
        return [_receipt(notice, connector, "sent", at, name(message.get("mid")), "echo")] if notice else []
    told = mapping(found.event.get(found.what))
    mids = [name(told.get("mid")), *(name(each) for each in listed(told.get("mids")))]
    news = []
    for mid in filter(None, mids):
        kept = await cursor.load(key("sent", found.of, mid))
        if kept and kept.get("notice"):
            news.append(_receipt(str(kept["notice"]), connector, "delivered", at, mid, found.what))
    return news


def _status(found: Found, connector: str, at: datetime, known: str) -> Receipt | None:
    """`known`: the notice of which we wrote down that this was its last part."""
    status = string(found.event.get("status")).lower()
    outcome = _STATUSES.get(status)
    notice = _marked(string(found.event.get("biz_opaque_callback_data")), last=outcome != "failed") or known
    if outcome is None or not notice:
        return None
    code = next((number(each.get("code")) for each in mappings(found.event.get("errors"))), None)
    word = named(code) or (f"meta_{code}" if code else status)
    return _receipt(notice, connector, outcome, at, name(found.event.get("id")), word)


def _marked(mark: str, *, last: bool) -> str:
    """The notice's id of a mark such as `<id> 1/2`; with `last` only of the last part's."""
    notice, _, place = mark.partition(" ")
    part, _, of = place.partition("/")
    if not notice or not of or len(mark) > _LONGEST:
        return ""
    return notice if not last or part == of else ""


def _receipt(notice: str, connector: str, outcome: _Outcome, at: datetime, mid: str, code: str) -> Receipt:
    return Receipt(notice=notice, connector=connector, outcome=outcome, at=at, provider_id=mid, code=code)
