"""A browser whose user presses the button again until there is a reference; answered by mail."""

from __future__ import annotations

from tests.faults.doors.door import Answered
from tests.faults.said import Said
from tests.walk.complaints import Complaint
from tests.walk.doors import by_form, send_all


class Form(Answered):
    """The form of every brand."""

    name = "form"

    def say(self, said: Said) -> None:
        """Until it is shown a reference."""
        self._said.add(said.number)
        self._world.go(lambda: send_all(self._attempt, [said.words], at_once=1))

    def _attempt(self, words: Complaint) -> bool:
        return by_form(self._world.at().public, words, self._world.told)
