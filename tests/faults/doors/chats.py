"""Windows of the web chat: a line is said again, with the same id, until it is told to be held; the window looks for
answers as long as it is open, and tells which it has shown."""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.faults.doors.door import Got, World
from tests.faults.said import Said


class Chat:
    """The chat of Kontakt's pages."""

    name = "chat"
    brand = "kontakt"
    lines = True

    def __init__(self, world: World) -> None:
        self._world = world
        self._said: set[int] = set()
        self._heard: set[int] = set()
        self._shown: dict[tuple[int, str], str] = {}
        self._twice: list[Got] = []

    def connectors(self) -> Mapping[str, Any]:
        """A line that was not shown within a second is put off."""
        return {"chat": {"kind": "web_chat", "brands": [self.brand], "shown_seconds": 1}}

    def say(self, said: Said) -> None:
        """In the window of its customer, which then stays open."""
        self._said.add(said.number)
        first = said.joins is None
        self._world.go(lambda: self._visit(said, look=first))

    def _visit(self, said: Said, *, look: bool) -> None:
        line = {"session": _session(said.of), "id": f"line-{said.number:06}", "text": said.words.text}
        while not look and said.of not in self._heard:  # a window says one line after the other
            if self._world.over.wait(0.1):
                return
        while self._post("lines", line).get("t") != "held":
            if self._world.over.wait(0.2):
                return
        self._heard.add(said.number)
        seen = 0
        while look and not self._world.over.wait(0.3):
            told = self._post("news", {"session": _session(said.of), "after": seen, "seen": seen})
            for each in told.get("lines", ()):
                seen = max(seen, each["n"])
                if each["ours"] and self._shown.setdefault((said.of, each["id"]), each["text"]) != each["text"]:
                    self._twice.append(Got(said.of, each["id"], each["text"], each["text"]))

    def _post(self, what: str, frame: dict[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._world.at().public, timeout=30)
        try:
            body = json.dumps(frame)
            connection.request("POST", f"/chat/{self.brand}/{what}", body, {"content-type": "application/json"})
            told: dict[str, Any] = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        else:
            return told
        finally:
            connection.close()

    def heard(self) -> set[int]:
        """Whose line was told to be held."""
        return set(self._heard)

    def waits(self) -> bool:
        """Whether a window still says it."""
        return self._said != self._heard

    def be(self, mood: str, times: int) -> None:
        """A window is as it is."""

    def got(self) -> Iterable[Got]:
        """What stood in the windows, by its id."""
        yield from (Got(number, line, "", text) for (number, line), text in self._shown.items())
        yield from self._twice


def _session(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:43]
