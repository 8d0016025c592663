"""`parse` of a hook: from a delivery to drafts, by a mapping. Pure, for any bytes.

The envelope of a delivery says what is not in the body: `source`, `webhook_id`, `item` (which of several), `zone`,
`channel`, `missing` (remarks about files that could not be fetched).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from connectors.hook.body import Json, opened
from connectors.hook.drafting import Place, draft, zone_of
from connectors.hook.mapping import Item, Mapping
from intake_daemon.contract import Draft, Raw


def parse(raw: Raw, mapping: Mapping) -> list[Draft]:
    """A draft for each item, or for the one that the envelope names. Bytes that are no post become one with the remark
    `unreadable_post`."""
    try:
        body = opened(raw.content)
    except ValueError:
        words = raw.content.decode("utf-8", "replace").replace("\x00", "\ufffd").strip()
        item = Item({"text": words}, {}, words, ("unreadable_post",))
        return [draft(item, place_of(raw, mapping, None), raw.files, _missing(raw))]
    items = mapping.items(body)
    wanted = raw.envelope.get("item", "")
    several = len(items) > 1 or bool(wanted)
    chosen: Iterator[tuple[int, Json]] = iter(enumerate(items))
    if wanted.isdecimal():
        chosen = ((number, item) for number, item in enumerate(items) if number == int(wanted))
    return [
        draft(mapping.found(body, item), place_of(raw, mapping, number if several else None), raw.files, _missing(raw))
        for number, item in chosen
    ]


def place_of(raw: Raw, mapping: Mapping, number: int | None) -> Place:
    """Where an item of this delivery came from."""
    said = raw.envelope
    return Place(
        brand=raw.brand,
        source=said.get("source", "") or mapping.name,
        channel=said.get("channel", "") or mapping.table.channel,
        webhook_id=said.get("webhook_id", ""),
        number=number,
        zone=_zone(said.get("zone", "")),
        month_first=mapping.table.month_first,
    )


_zone = lru_cache(maxsize=64)(zone_of)


def _missing(raw: Raw) -> tuple[str, ...]:
    return tuple(raw.envelope.get("missing", "").split())
