"""How far a mailbox has been read; pure.

Rules
-----
1. A place never passes a mail that is not stored.
2. UIDs mean something only together with UIDVALIDITY (RFC 3501, 2.3.1.1). When that changes, reading begins again at
   what `from` says; what was held before is known by its identity.
3. `from: now` is the moment of the very first reading, for ever: else a mail that came while the server was restored
   would be passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

From = Literal["now", "all"] | date

SKEW = timedelta(minutes=10)
"""How far the mail server's clock may be behind ours."""


@dataclass(frozen=True)
class Place:
    """Everything up to `uid` is done. Of the mails up to `until` only those count that came at `since` or later."""

    validity: int
    uid: int
    rule: str
    until: int
    since: datetime | None

    def skips(self, uid: int, arrived_at: datetime | None) -> bool:
        """Whether `from` leaves this mail out."""
        return bool(self.since and arrived_at and uid <= self.until and arrived_at < self.since)

    def at(self, uid: int) -> Place:
        """The same, further on."""
        return replace(self, uid=max(uid, self.uid))

    def to_json(self) -> dict[str, Any]:
        """As the cursor keeps it."""
        return asdict(self) | {"since": self.since.isoformat() if self.since else None}


def place(kept: Mapping[str, Any] | None, start: From, *, validity: int, next_uid: int, now: datetime) -> Place:
    """Where to read on: at what was kept, or at the beginning that `from` asks for."""
    known = _read(kept)
    rule = start if isinstance(start, str) else start.isoformat()
    if known and known.rule == rule and known.validity == validity:
        return known
    last = next_uid - 1
    if start == "all":
        return Place(validity, 0, rule, last, None)
    if start != "now":
        return Place(validity, 0, rule, last, datetime.combine(start, time(), UTC))
    if known and known.rule == rule:
        return Place(validity, 0, rule, last, known.since)
    return Place(validity, last, rule, last, now - SKEW)


def _read(kept: Mapping[str, Any] | None) -> Place | None:
    if not kept:
        return None
    since = datetime.fromisoformat(kept["since"]) if kept.get("since") else None
    return Place(kept["validity"], kept["uid"], kept["rule"], kept["until"], since)
