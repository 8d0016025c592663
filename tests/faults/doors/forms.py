"""A browser whose user presses the button again until there is a reference; answered by mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.faults.doors.door import Got, World
from tests.faults.said import Said
from tests.walk.complaints import Complaint
from tests.walk.doors import by_form, send_all


class Form:
    """The form of every brand."""

    name = "form"
    brand = ""
    lines = False

    def __init__(self, world: World) -> None:
        self._world = world
        self._said: set[int] = set()

    def connectors(self) -> Mapping[str, Any]:
        """It is in every installation."""
        return {}

    def say(self, said: Said) -> None:
        """Until it is shown a reference."""
        self._said.add(said.number)
        self._world.go(lambda: send_all(self._attempt, [said.words], at_once=1))

    def _attempt(self, words: Complaint) -> bool:
        return by_form(self._world.at().public, words, self._world.told)

    def heard(self) -> set[int]:
        """Who was shown one."""
        return self._said & self._world.told.references.keys()

    def waits(self) -> bool:
        """Whether a user still tries."""
        return self.heard() != self._said

    def be(self, mood: str, times: int) -> None:
        """As with mail."""

    def got(self) -> Iterable[Got]:
        """As with mail."""
        return ()
