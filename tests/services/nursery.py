"""Daemons and commands that start quickly: the house is imported once, its letters tried once; each life is a fork.

`python -m tests.services.nursery SOCKET` imports the house and waits. An order (one line of JSON) is answered with the
new process's id. The child changes to its folder and environment, does what is to be done before (faults put into it by
tests/faults), then runs the `intake` command as an operator typed it. What it has open, its threads and its event loop
are its own: the parent has none of them.

Rules
- One nursery a test process, under a guard: what it started ends with it, also when pytest is killed.
- A configuration is read by the parent, so that many lives of one installation read it once; a folder that has changed
  is read again, and what a running daemon reads again (SIGHUP) it reads itself.
- Letters and lists of words are tried once for all folders whose files are the same (once.py).
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import json
import os
import random
import select
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from intake_daemon.command import configuration, main
from intake_daemon.command import house as _house  # noqa: F401 -- what every daemon imports sooner or later
from intake_daemon.command.configuration import Configuration
from intake_daemon.errors import BadSettings
from tests.services.guard import PATIENCE, Guarded
from tests.services.once import digest, load_once, schema_once
from tests.services.place import until

ROOT = Path(__file__).parent.parent.parent
_HEAVY = {"telegram": "connectors.telegram.client", "desk_bot": "connectors.desk_bot.line"}
"""What connectors import when they start and not sooner; the parent does, once it has read of such a connector."""
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
        """Runs it; returns when it takes orders."""
        command = [sys.executable, "-W", "error", "-m", "tests.services.nursery", str(self._socket)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
        self._guarded = Guarded(command, log=self._log, env=environment, cwd=ROOT)
        until(self._socket.exists, "the nursery takes orders", log=self._log)

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
    """That of this test process; it ends with it."""
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


def _live(order: Mapping[str, Any]) -> int:
    """In the child: the command, as an operator typed it."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(order["folder"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644), 1)
    os.dup2(os.open(order["errors"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644), 2)
    random.seed()
    for named, said in order["before"]:
        module, _, name = named.partition(":")
        getattr(import_module(module), name)(**said)
    sys.argv = ["intake", *order["words"]]
    try:
        main()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)  # noqa: T201 -- as the interpreter would
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


@functools.cache
def _read(folder: Path, _files: str) -> Configuration | None:
    """By the parent; nothing where it is bad, for that the child tells."""
    try:
        read = configuration.read(folder)
    except BadSettings:
        return None
    for kind in {each.kind for each in read.settings.connectors.values()} & _HEAVY.keys():
        import_module(_HEAVY[kind])
    if read.settings.broker != "embedded":
        import_module("intake_daemon.broker.rabbitmq")
    if read.settings.store != "sqlite":
        import_module("psycopg")
    return read


def _given(known: Configuration | None, folder: Path) -> None:
    """In the child: the next reading of this folder is the parent's; later ones are the process's own."""
    real = configuration.read

    def read(place: Path, **more: Any) -> Configuration:  # noqa: ANN401 -- as the real one
        configuration.read = real
        same = known is not None and not more and place.resolve() == folder.resolve()
        return known if same and known is not None else real(place, **more)

    configuration.read = read  # type: ignore[assignment]


def _serve(place: str) -> None:
    load_once()
    schema_once()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system takes the dead away
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(f"{place}.new")
        door.listen()
        Path(f"{place}.new").rename(place)
        while True:
            line, _ = door.accept()
            with line:
                order = json.loads(line.makefile().readline())
                os.environ.clear()
                os.environ.update(order["env"])
                folder = Path(order["config"])
                known = _read(folder, digest(folder))
                child = os.fork()
                if not child:
                    os.setpgid(0, 0)
                    door.close()
                    line.close()
                    _given(known, folder)
                    _end(order, _lived(order))
                with contextlib.suppress(ProcessLookupError):
                    os.setpgid(child, child)
                line.sendall(f"{child}\n".encode())


def _lived(order: Mapping[str, Any]) -> int:
    try:
        return _live(order)
    except BaseException:  # noqa: BLE001 -- the interpreter's last word, and no way back into the parent's loop
        traceback.print_exc()
        return 1


def _end(order: Mapping[str, Any], code: int) -> None:
    """As the interpreter ends, but without the parent's `atexit`."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    if "status" in order:
        Path(order["status"]).write_text(str(code), encoding="utf-8")
    os._exit(code)


if __name__ == "__main__":
    _serve(sys.argv[1])
