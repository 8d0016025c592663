"""A fake's process, and how a test speaks to its own side, which no client of the provider ever sees."""

from __future__ import annotations

import http.client
import json
import sys
from pathlib import Path
from typing import Any, ClassVar

from tests.services.guard import Guarded
from tests.services.place import free_port, until

ROOT = Path(__file__).parent.parent.parent


class Fake:
    """The process. `server`: the module that runs in it, with its port as the one argument."""

    server: ClassVar[str]

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        self._log = log
        self._guarded: Guarded | None = None

    @property
    def url(self) -> str:
        """Its address, as a connector's setting has it."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Runs it; returns when it answers."""
        self._guarded = Guarded([sys.executable, "-m", self.server, str(self.port)], log=self._log, cwd=ROOT)
        until(self._answers, f"{self.server} answers", log=self._log)

    def kill(self) -> None:
        """Ends it."""
        if self._guarded is not None:
            self._guarded.kill()

    def ask(self, what: str, said: Any) -> Any:  # noqa: ANN401 -- JSON
        """One word to its own side."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            line.request("POST", f"/control/{what}", json.dumps(said), {"content-type": "application/json"})
            answer = line.getresponse()
            body = answer.read()
        finally:
            line.close()
        assert answer.status == http.client.OK, body
        return json.loads(body)

    def _answers(self) -> bool:
        try:
            self.ask("hello", {})
        except OSError:
            return False
        return True
