"""Runs one server and takes care that it, and everything it started, is gone when the test session is.

`Guarded` starts `python guard.py -- COMMAND` and keeps a pipe to it. The guard ends all its descendants when the pipe
says so, or when the pipe breaks because pytest was killed. It is a "child subreaper" (prctl(2)), so that daemons which
leave their parent (epmd, Postfix's master, PostgreSQL's backends) come back to it and are found.

Rules
- "stop" sends SIGTERM (or the signal the server calls a clean stop) to the server and waits; "kill" sends SIGKILL to
  all at once, as a power cut would; so does the guard when the session has died. In each case it leaves nothing behind.
- The guard itself imports nothing but the standard library and starts in a few hundredths of a second.
"""

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of <linux/prctl.h>
PATIENCE = 60.0  # seconds that a server has for a clean stop, on a busy machine, before it is killed


class Guarded:
    """One running server under its guard. `log` receives what it prints."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        remove: Path | None = None,
        cwd: Path | str = "/",
    ) -> None:
        """Starts `command`; `remove` is a folder that the guard deletes at its very end."""
        self.log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-S", "-E", __file__),
                    *(str(int(stop_signal)), str(remove or "")),
                    *map(str, command),
                ],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                env=dict(env) if env is not None else None,
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        """Whether the server still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """A clean stop; returns when the server and all its children are gone."""
        self._say(b"s")

    def kill(self) -> None:
        """SIGKILL to the server and all its children; returns when they are gone."""
        self._say(b"k")

    def pause(self) -> None:
        """SIGSTOP to the server and all its children: nothing moves, connections stay."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for one in descendants(self._process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, number)

    def _say(self, word: bytes) -> None:
        stdin = self._process.stdin
        if stdin is not None and not stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                stdin.write(word)
                stdin.flush()
            with contextlib.suppress(BrokenPipeError):
                stdin.close()
        self._process.wait(PATIENCE + 20)


def descendants(of: int) -> list[int]:
    """The ids of all living processes below this one, zombies left out."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, IndexError, ValueError):
            # "pid (name) state ppid ..."; the name may hold spaces and brackets
            state, parent, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
            if state not in "ZX":
                parents[int(entry.name)] = int(parent)
    found: list[int] = []
    layer = {of}
    while layer:
        layer = {child for child, parent in parents.items() if parent in layer}
        found += layer
    return found


def reap() -> None:
    """Buries children that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def end_all(first: signal.Signals, child: int, patience: float) -> None:
    """Sends `first` to the server and waits; then SIGKILL to everything below us until nothing is left."""
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(child)
        os.kill(child, first)
        select.select([handle], [], [], patience)
    until = time.monotonic() + patience
    while (alive := descendants(os.getpid())) and time.monotonic() < until:
        for one in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        time.sleep(0.01)
        reap()


def main(stop_signal: signal.Signals, remove: str, command: list[str]) -> int:
    """The guard's own life: start, wait for a word or for the end, clean up."""
    ctypes.CDLL(None, use_errno=True).prctl(SUBREAPER, 1, 0, 0, 0)
    ended, tells = os.pipe()
    os.set_blocking(tells, False)
    signal.set_wakeup_fd(tells, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # the pipe tells us; set only now, for a child would inherit it
    word = b""
    while server.poll() is None:
        heard = select.select([0, ended], [], [])[0]
        if 0 in heard:
            word = os.read(0, 1)
            break
        os.read(ended, 4096)
        reap_others(server.pid)
    # a broken pipe, or nothing said, is a session that was killed: no reason to wait for anybody
    end_all(stop_signal if word == b"s" else signal.SIGKILL, server.pid, PATIENCE)
    attempts = 100 if remove else 0
    while attempts and Path(remove).exists():  # other guards may still be ending what writes there
        shutil.rmtree(remove, ignore_errors=True)
        time.sleep(0.05)
        attempts -= 1
    return server.returncode or 0


def reap_others(server: int) -> None:
    """Buries adopted children, but leaves the server itself to its Popen."""
    with contextlib.suppress(ChildProcessError):
        while True:
            info = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if info is None or info.si_pid == server:
                return
            os.waitpid(info.si_pid, os.WNOHANG)


if __name__ == "__main__":
    sys.exit(main(signal.Signals(int(sys.argv[1])), sys.argv[2], sys.argv[3:]))
