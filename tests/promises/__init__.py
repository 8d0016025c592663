"""What every connector promises, each promise under its name. A connector's test inherits the lists that concern it.

How to inherit
--------------
    class TestPigeon(promises.Brings, promises.Signed):
        kind = Pigeon
        settings = {"kind": "pigeon", "token": "hush-hush"}
        secrets = ("hush-hush",)

        def reads(self, raw: Raw) -> list[Draft]:
            return parse(raw)

        @pytest.fixture
        async def way(self) -> AsyncIterator[Way]:
            yield PigeonWay(...)          # the connector at work, with a `Recorder` for its door

A `Way` is one connector at work and the world around it: it delivers an `Item` as the source would, and tells what the
source heard. The lists, and which hooks of the Way each needs:

    Brings     every connector that brings contacts: `deliver`
    Replies    every connector that answers: `answers`, `notice`; a row of `table` for each of its manual's
    Signed     webhooks: `forge`, and `forgeries`
    Batches    several items in one delivery: `batch`
    Edits      the source tells of edits: `edit`
    Files      files come with the item itself: `deliver` with `item.files`
    Fetches    files are fetched by their link: `deliver` with `item.files`, `trouble`
    Orders     conversations: `deliver` with `item.conversation`

Rules
-----
1. Equal Items are one item of the source: delivered again, not written again. Another `name` is another item.
2. A Way goes through the front door: real sockets, real bytes, the connector's own `run` and `reply`.
3. What a channel cannot carry at all (a mail's NUL) a Way leaves out and says so by `Way.carried`.
"""

from __future__ import annotations

from tests.promises.bringing import Brings
from tests.promises.files import PNG, Fetches, Files
from tests.promises.replying import Replies
from tests.promises.several import Batches, Edits, Orders
from tests.promises.signing import Signed
from tests.promises.way import Item, Row, Told, Way, a_notice, overheard, stop, until

__all__ = [
    "PNG",
    "Batches",
    "Brings",
    "Edits",
    "Fetches",
    "Files",
    "Item",
    "Orders",
    "Replies",
    "Row",
    "Signed",
    "Told",
    "Way",
    "a_notice",
    "overheard",
    "stop",
    "until",
]
