"""Letters, shop and counter forms: typed by a colleague on a page, or scanned into a folder.

The page
--------
GET, POST <path> on the internal listener (`/paper`): one page, without JavaScript, in six languages. Who opens it shows
a token of theirs (`intake token create WHO`) and types for their own brands: brand, letter or shop form, day of
arrival, from whom, how they are reached, the words, scans. The answer is the reference, to be written on the paper. A
key in the page makes a second press, a reload and a browser's own repetition one contact. 503 keeps everything typed.

The folder
----------
`folder`: scans (PDF, TIFF, JPEG, PNG), each beside a small sidecar in YAML or JSON that says whose it is, when it
arrived, from whom, and the words (entry.py). A scan is taken when it is complete and described; without a sidecar after
`undescribed_minutes`, and then a task asks a person to describe it: by a sidecar of that name put there later, or in
the case itself. Held papers move to `done/`. What is wrong stays, with a note beside it (folder.py). One process at a
time.

What it confirms, and when
--------------------------
The page says the reference, and a scan moves to `done/`, only after `Door.accept` returned. Nothing is spooled: the
paper is still on the desk, the scan in the folder.

`contact_at` is the arrival that was stated, never later than our receipt; a day is its beginning where the brand is.
The acknowledgement goes by mail or SMS where an address was given and the brand has a way (`outgoing`), as the customer
wants (`answer_by`); else it is laid out as a letter, and a task asks to post it. The connector itself answers nobody.

Tried on a folder of a local disk and in Chromium, never with a scanner or a network share of a real office.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from connectors.paper.folder import Folder, Paper, Terms
from connectors.paper.page import Desk
from connectors.paper.reading import parse
from connectors.paper.settings import PaperSettings
from intake_daemon.contract import Can, ConnectorSettings, Cursor, Door, Draft, Offered, Raw, World
from intake_daemon.errors import Permanent, Temporary
from intake_daemon.message import Notice, Receipt


class PaperDesk:
    """The page and the folder of its brands."""

    Settings: ClassVar[type[ConnectorSettings]] = PaperSettings
    can: ClassVar[frozenset[Can]] = frozenset({Can.ATTACHMENTS, Can.SOURCE_RETRIES})
    remedy = (
        "Put the scan into the folder once more, with its sidecar: what is held is known. A note beside it says why."
    )

    def __init__(self, name: str, settings: PaperSettings, world: World) -> None:
        self.name = name
        self._settings = settings
        self._world = world

    async def run(self, door: Door) -> None:
        """Hang the page, watch the folder."""
        desk = Desk(self._settings, self._world, door)
        desk.open()
        if self._settings.folder is None:
            await asyncio.Event().wait()
            return
        async with door.alone("folder") as answered:
            await self._watch(door, answered)

    async def reply(self, notice: Notice) -> Receipt:  # noqa: ARG002 -- the contract's signature
        """A paper cannot be answered here; `outgoing` says who sends to the address that stood on it."""
        raise Permanent("no_reply")

    def read_again(self, raw: Raw) -> list[Draft]:
        """An original that was parked."""
        return parse(raw)

    async def offered(self, since: datetime, cursor: Cursor) -> AsyncGenerator[Sequence[Offered], None]:
        """The scans in the folder, and those that were put away, by their bytes."""
        del cursor
        if self._settings.folder is None:
            raise Permanent("cannot_be_asked")
        folder = Folder(self._settings.folder, Terms(0, 0, 0, 0))
        try:
            yield await asyncio.to_thread(_offered, folder, since)
        except OSError:
            raise Temporary("folder_away") from None

    async def _watch(self, door: Door, answered: Callable[[], None]) -> None:
        settings = self._settings
        terms = Terms(
            settings.settle_seconds, settings.undescribed_minutes * 60, settings.max_file_bytes, settings.max_files
        )
        assert settings.folder is not None  # noqa: S101 -- who calls this has looked
        folder = Folder(settings.folder, terms, door.refused)
        while True:
            try:
                papers = await asyncio.to_thread(folder.ready)
            except OSError:
                raise Temporary("folder_away") from None
            answered()
            for paper in papers:
                try:
                    await door.accept(self._raw(paper), parse)
                except Temporary as error:
                    await asyncio.sleep(error.after or settings.look_seconds)
                    break
                month = f"{self._world.now():%Y-%m}"
                await asyncio.to_thread(folder.held, paper, month)
                answered()
            await asyncio.sleep(settings.look_seconds)

    def _raw(self, paper: Paper) -> Raw:
        """Whose it is, since when, and what is known of it."""
        settings, world = self._settings, self._world
        remarks = [*paper.remarks]
        named = paper.entry.brand or paper.brand
        brand = named if named in world.brands else settings.brand or ""
        if named and named != brand:
            remarks.append("brand_unknown")
        content = paper.content or f"channel: {settings.channel}\n".encode()
        zone = world.brands[brand].tz if brand in world.brands else "UTC"
        arrived = paper.entry.arrived_at(zone)
        if arrived is not None and arrived > world.now() + timedelta(days=1):
            remarks.append("arrival_in_the_future")
            arrived = None
        envelope = {
            "name": paper.paths[0].name,
            "undescribed": "" if paper.described else "yes",
            "described": "yes" if paper.late else "",
            "remark": " ".join(remarks),
            "zone": str(ZoneInfo(zone)),
        }
        said = {key: value for key, value in envelope.items() if value}
        return Raw(content, brand, "application/yaml", contact_at=arrived, envelope=said, files=paper.files)


def _offered(folder: Folder, since: datetime) -> list[Offered]:
    return [Offered.of_file(path, put, read=taken) for path, put, taken in folder.lying(since.timestamp())]
