"""Daemons that start quickly: everything is imported once, a configuration read once, and each life is a fork of that.

`python -m tests.faults.forking SOCKET` imports the house and waits; an order (one line of JSON) is answered with the
new process's id. The child puts in its plan and mistakes, then runs the `intake` command like any other. What it has
open, its threads and its event loop are its own: the parent has none of them.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import random
import signal
import socket
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from intake_daemon.command.configuration import Configuration
from tests.faults.points import Plan
from tests.services.guard import Guarded
from tests.services.place import until

ROOT = Path(__file__).parent.parent.parent
_STOPPING = 60.0


class Nursery:
    """The process that has everything imported, under a guard."""

    def __init__(self, home: Path) -> None:
        self._socket = home / "fork"
        self._log = home / "nursery.log"
        self._guarded: Guarded | None = None

    def start(self) -> None:
        """Runs it; returns when it takes orders."""
        command = [sys.executable, "-W", "error", "-m", "tests.faults.forking", str(self._socket)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
        self._guarded = Guarded(command, log=self._log, env=environment, cwd=ROOT)
        until(self._socket.exists, "the nursery takes orders", log=self._log)

    def end(self) -> None:
        """Ends it and whatever it started."""
        if self._guarded is not None:
            self._guarded.kill()

    def fork(self, words: list[str], *, folder: Path, log: Path, plan: Plan | None, mistake: str) -> Child:
        """One more life."""
        said = {"plan": asdict(plan) if plan else None, "mistake": mistake}
        order = {"words": words, "folder": str(folder), "log": str(log), **said}
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self._socket))
            line.sendall(json.dumps(order).encode() + b"\n")
            return Child(int(line.makefile().readline()))


class Child:
    """One life of a daemon."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        self._signal(signal.SIGKILL)

    def stop(self) -> bool:
        """SIGTERM; returns when it is gone: whether by itself."""
        return self._signal(signal.SIGTERM) or bool(self._signal(signal.SIGKILL) and False)

    def _signal(self, number: signal.Signals) -> bool:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
        deadline = time.monotonic() + _STOPPING
        while self.alive and time.monotonic() < deadline:
            time.sleep(0.01)
        return not self.alive


def _live(order: dict[str, Any]) -> int:
    """In the child: the command, as an operator typed it."""
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(order["folder"])
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.write(1, b"\n")  # kill -9 may have cut the last line
    random.seed()
    from intake_daemon.command import configuration, main
    from tests.faults import mistakes, points

    known = _known(Path(order["folder"]))
    configuration.read = lambda *_words, **_more: known
    if order["mistake"]:
        mistakes.MISTAKES[order["mistake"]].put_in()
    if order["plan"]:
        points.put_in(Plan(**order["plan"]))
    sys.argv = ["intake", *order["words"]]
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0


@functools.cache
def _known(folder: Path) -> Configuration:
    """The configuration of a folder, read by the first who asks; the parent asks before it forks."""
    from intake_daemon.command import configuration

    return configuration.read(folder)


def _serve(place: str) -> None:
    # all that a daemon imports sooner or later
    import tests.faults.mistakes  # noqa: F401 -- the same for all of them: imported before the first fork

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system takes the dead away
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(f"{place}.new")
        door.listen()
        Path(f"{place}.new").rename(place)
        while True:
            line, _ = door.accept()
            with line:
                order = json.loads(line.makefile().readline())
                _known(Path(order["folder"]))
                child = os.fork()
                if not child:
                    door.close()
                    line.close()
                    code = 1
                    try:
                        code = _live(order)
                    finally:
                        sys.stdout.flush()
                        sys.stderr.flush()
                        os._exit(code)
                line.sendall(f"{child}\n".encode())


if __name__ == "__main__":
    _serve(sys.argv[1])
