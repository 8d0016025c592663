"""One process of an installation: its lives, and what it says of itself.

A process keeps its folder, its ports and its log for as long as the installation lives; its lives are forks.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

from tests.faults.forking import live
from tests.faults.points import Plan
from tests.services.nursery import Child
from tests.walk.daemon import Daemon, Half


class Process:
    """It, and the life that it has now, if any."""

    def __init__(self, daemon: Daemon, var: Path, mistake: str = "") -> None:
        self.daemon = daemon
        self.down = False
        """Held down by a trouble: nobody begins it meanwhile."""
        self._var = var
        self._mistake = mistake
        self._child: Child | None = None

    @property
    def half(self) -> Half:
        """Which half of the house it is, or both."""
        return self.daemon.only

    @property
    def socket(self) -> Path:
        """Where it is asked and told things on its own machine."""
        return self._var / "intake.sock"

    @property
    def alive(self) -> bool:
        """Whether it has a life."""
        return self._child is not None and self._child.alive

    @property
    def pid(self) -> int:
        """The id of its present or last life."""
        return self._child.pid if self._child is not None else 0

    def begin(self, plan: Plan | None = None) -> None:
        """One more life; returns at once."""
        words = ["run", "-c", str(self.daemon.folder), *([] if self.half == "both" else ["--only", self.half])]
        folder, log = self.daemon.folder, self.daemon.log
        self._child = live(words, folder=folder, log=log, plan=plan, mistake=self._mistake)

    def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        if self._child is not None:
            self._child.kill()

    def stop(self) -> bool:
        """SIGTERM; returns when it is gone: whether by itself."""
        return self._child is None or self._child.stop()

    def pause(self) -> None:
        """It stands still: neither its leases nor its connections are kept up."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on as if no time had passed."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child.pid, number)

    def status(self) -> Any:  # noqa: ANN401 -- JSON
        """What it says of itself, by its socket. Raises OSError, HTTPException, ValueError while it cannot."""
        line = http.client.HTTPConnection("localhost", timeout=10)
        line.sock = socket.socket(socket.AF_UNIX)
        try:
            line.sock.settimeout(10)
            line.sock.connect(str(self.socket))
            line.request("GET", "/api/v1/status")
            return json.loads(line.getresponse().read())
        finally:
            line.close()
