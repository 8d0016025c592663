"""What a house does now and then, beside the life of complaints: each is a loop of its own, and none may end."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any

from intake_daemon.command import canaries, comparing, tallying

if TYPE_CHECKING:
    from intake_daemon.command.house import House


def of(house: House) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
    """Their names and loops."""
    settings = house.configuration.settings
    yield "refusals", tallying.keep(house.store, house.now)
    if house.half != "intake":
        yield "canaries swept", canaries.sweep(house.store, house.now)
    if settings.reconcile is not None and house.half != "router":
        yield "reconcile", comparing.keep(house, settings.reconcile)
    if settings.canaries is not None and house.half != "router":
        house.aviary = canaries.Aviary(house, settings.canaries)
        yield "canaries", house.aviary.run()
