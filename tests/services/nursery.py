"""Daemons and commands that start quickly: the house is imported once, its letters tried once; each life is a fork.

A process (parent.py) imports the house and waits for orders. Each is answered with the new process's id. The child
changes to its folder and environment, does what is to be done before (faults put into it by tests/faults), then runs
the `intake` command as an operator typed it. What it has open, its threads and its event loop are its own: the parent
has none of them.

Rules
- One nursery for a session, under a guard: what it started ends with it, also when pytest is killed. The workers of a
  shared suite have that of the process that shares (sharing.py).
- A configuration is read by the parent, so that many lives of one installation read it once; a folder that has changed
  is read again, and what a running daemon reads again (SIGHUP) it reads itself.
- Letters and lists of words are tried once for all folders whose files are the same (once.py).
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services.guard import PATIENCE, Guarded
from tests.services.place import NURSERY, until

ROOT = Path(__file__).parent.parent.parent
LONGEST = 280.0
"""Seconds that a command may take on a very slow machine."""
Before = tuple[str, Mapping[str, Any]]
"""`module:function` and what it is called with, in the child, before the command runs."""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    status: int
    out: str
    errors: str


class Nursery:
    """The process that has everything imported, under a guard."""

    def __init__(self, home: Path) -> None:
        self._socket = home / "fork"
        self._log = home / "nursery.log"
        self._guarded: Guarded | None = None

    def start(self) -> None:
        """Runs it; returns at once."""
        command = [sys.executable, "-W", "error", "-m", "tests.services.parent", str(self._socket)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
        self._guarded = Guarded(command, log=self._log, env=environment, cwd=ROOT)

    def end(self) -> None:
        """Ends it and whatever it started."""
        if self._guarded is not None:
            self._guarded.kill()

    def fork(
        self,
        words: Sequence[str],
        *,
        folder: Path,
        log: Path,
        config: Path | None = None,
        errors: Path | None = None,
        status: Path | None = None,
        env: Mapping[str, str] | None = None,
        before: Sequence[Before] = (),
    ) -> Child:
        """One more life: `intake` with these words, in `folder`, whose configuration is `config` (else `folder`).

        `log` takes what it prints, `errors` (else `log`) what it complains of, `status` how it ended.
        """
        places = {"folder": folder, "config": config or folder, "log": log, "errors": errors or log, "status": status}
        order = {name: str(place) for name, place in places.items() if place is not None}
        said = json.dumps({**order, "words": [*words], "env": dict(env or os.environ), "before": [*before]})
        until(self._socket.exists, "the nursery takes orders", log=self._log)
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self._socket))
            line.sendall(said.encode() + b"\n")
            return Child(int(line.makefile().readline()))

    def run(
        self, words: Sequence[str], *, folder: Path, config: Path | None = None, env: Mapping[str, str] | None = None
    ) -> Ended:
        """One whole life of a command that ends by itself."""
        with tempfile.TemporaryDirectory() as place:
            out, errors, status = (Path(place) / name for name in ("out", "errors", "status"))
            life = self.fork(words, folder=folder, config=config, log=out, errors=errors, status=status, env=env)
            if not life.ended(LONGEST):
                life.kill()
                raise AssertionError(f"intake {' '.join(words)} does not end: {errors.read_text(errors='replace')}")
            return Ended(int(status.read_text()), out.read_text(), errors.read_text())


@functools.cache
def nursery() -> Nursery:
    """That of the session; or one of this process, which ends with it."""
    if NURSERY in os.environ:
        return Nursery(Path(os.environ[NURSERY]))
    home = Path(tempfile.mkdtemp(prefix="intake-nursery-"))
    one = Nursery(home)
    one.start()
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    atexit.register(one.end)
    return one


class Child:
    """One life. It is known by a handle of the system's (pidfd_open(2)), for ids are given out again."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._handle: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._handle = None

    def __del__(self) -> None:
        self._forget()

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return not self.ended(0)

    def ended(self, seconds: float) -> bool:
        """Waits so long for its end; whether it has."""
        if self._handle is not None and select.select([self._handle], [], [], seconds)[0]:
            self._forget()
        return self._handle is None

    def kill(self) -> None:
        """SIGKILL to it and whatever it started; returns when it is gone."""
        self._signal(signal.SIGKILL)

    def stop(self) -> bool:
        """SIGTERM; returns when it is gone: whether by itself."""
        if self._signal(signal.SIGTERM):
            return True
        self.kill()
        return False

    def _signal(self, number: signal.Signals) -> bool:
        if self._handle is not None:
            with contextlib.suppress(ProcessLookupError):
                if number == signal.SIGKILL:
                    os.killpg(self.pid, number)  # a group of its own; while the handle is open the id is its
                else:
                    signal.pidfd_send_signal(self._handle, number)
        return self.ended(PATIENCE)

    def _forget(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
