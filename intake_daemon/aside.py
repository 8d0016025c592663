"""A pure function, done in a process of its own: for input that could hold up, or hurt, the process that serves others.

Rules
1. The process has limits of memory, and of time; what goes beyond them is ended, and `Lost` is raised. Nothing that it
   did can be half done: it only computes.
2. It is kept for the next one, since starting an interpreter takes longer than reading most mails, and disposed of
   after a large one, after `_USES`, and when nobody has needed it for `_IDLE` seconds.
3. Arguments and result travel by pickle, between two processes of ours over a pipe of ours; nothing of a stranger's is
   ever unpickled, only bytes inside of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import pickle
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from intake_daemon.errors import IntakeError

_MEMORY = 2 * 1024**3
"""Bytes of address space: fifty MB of mail, several times over, and the interpreter."""
_USES = 200
_LARGE = 8 * 1024 * 1024
"""Bytes of an argument after which a process is not kept: it would not give its memory back."""
_IDLE = 60.0
_LENGTH = 8
_BESIDE = 64 * 1024
_SLOW = "aside_slow"

Result = TypeVar("Result")


class Lost(IntakeError):  # noqa: N818 -- what became of it
    """The process was ended, or ended: too slow, too large, or a fault of a library in C."""


class Failed(IntakeError):  # noqa: N818 -- the same
    """The function raised; `code` is the name of the exception's type."""


class Immovable(IntakeError):  # noqa: N818 -- the same
    """The function or a value cannot be told to another process."""


class Aside:
    """At most `at_once` processes; the next call waits. `longest`: seconds that any task may take."""

    def __init__(self, at_once: int = 2, longest: float = 20.0) -> None:
        self._longest = longest
        self._gate = asyncio.Semaphore(at_once)
        self._free: list[_Worker] = []
        self._idle: asyncio.TimerHandle | None = None

    async def do(self, function: Callable[..., Result], *values: object, size: int, seconds: float) -> Result:
        """What the function gives; it and its values must be picklable. `size`: bytes of the values; `seconds`: the
        longest that it may take, once it is its turn. Raises Lost, Failed, Immovable."""
        async with self._gate:
            worker = self._free.pop() if self._free else await asyncio.to_thread(_Worker)
            try:
                done, result = await self._done(worker, (function, values), seconds)
            except Lost as lost:
                if not worker.uses or lost.code == _SLOW:
                    raise
                worker = await asyncio.to_thread(_Worker)  # perhaps it had ended long ago
                done, result = await self._done(worker, (function, values), seconds)
            worker.uses += 1
            if size > _LARGE or worker.uses >= _USES:
                worker.kill()
            else:
                self._keep(worker)
        if not done:
            raise Failed(str(result))
        return result  # type: ignore[no-any-return]

    async def _done(
        self, worker: _Worker, task: tuple[Callable[..., Any], tuple[object, ...]], seconds: float
    ) -> tuple[bool, Any]:
        try:
            async with asyncio.timeout(min(seconds, self._longest)):
                return await asyncio.to_thread(worker.do, task)
        except TimeoutError:
            worker.kill()
            raise Lost(_SLOW) from None
        except (OSError, EOFError, pickle.UnpicklingError):
            worker.kill()
            raise Lost("aside_ended") from None
        except BaseException:
            worker.kill()
            raise

    def close(self) -> None:
        """Nobody needs them any more."""
        if self._idle:
            self._idle.cancel()
        while self._free:
            self._free.pop().kill()

    def _keep(self, worker: _Worker) -> None:
        self._free.append(worker)
        if self._idle:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(_IDLE, self.close)


class _Worker:
    """One process, and the two ends of its pipes. Its methods block: call them in a thread."""

    def __init__(self) -> None:
        self.uses = 0
        self._process = subprocess.Popen(  # noqa: S603 -- this very file
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a library's complaint could hold a customer's words
        )

    def do(self, task: tuple[Callable[..., Any], tuple[object, ...]]) -> tuple[bool, Any]:
        """Whether it went well, and its result or the name of its exception. Raises OSError, EOFError."""
        told, heard = self._process.stdin, self._process.stdout
        if told is None or heard is None:
            raise EOFError
        _tell(told, task)
        answer: tuple[bool, Any] = _hear(heard)
        return answer

    def kill(self) -> None:
        """Ended at once; a thread that waits for it hears the end of the pipe."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError, ValueError):
                    pipe.close()


class _Writer(pickle.Pickler):
    """Long bytes go beside the pickle: copying them into it would hold the interpreter."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.beside: list[bytes] = []

    def persistent_id(self, obj: object) -> int | None:
        """The place of long bytes among those beside."""
        if type(obj) is not bytes or len(obj) < _BESIDE:
            return None
        self.beside.append(obj)
        return len(self.beside) - 1


class _Reader(pickle.Unpickler):
    """The other end."""

    def __init__(self, file: io.BytesIO, beside: list[bytes]) -> None:
        super().__init__(file)
        self._beside = beside

    def persistent_load(self, pid: int) -> bytes:
        """The long bytes at this place."""
        return self._beside[pid]


def _tell(pipe: Any, value: object) -> None:  # noqa: ANN401 -- what Popen calls IO[bytes]
    file = io.BytesIO()
    writer = _Writer(file)
    try:
        writer.dump(value)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise Immovable("aside_immovable") from error
    pieces = [file.getvalue(), *writer.beside]
    pipe.write(len(pieces).to_bytes(_LENGTH, "big"))
    for piece in pieces:
        pipe.write(len(piece).to_bytes(_LENGTH, "big"))
        pipe.write(piece)
    pipe.flush()


def _hear(pipe: Any) -> Any:  # noqa: ANN401 -- the same; and whatever was told
    count = int.from_bytes(_exactly(pipe, _LENGTH), "big")
    pieces = [_exactly(pipe, int.from_bytes(_exactly(pipe, _LENGTH), "big")) for _ in range(count)]
    return _Reader(io.BytesIO(pieces[0]), pieces[1:]).load()


def _exactly(pipe: Any, size: int) -> bytes:  # noqa: ANN401 -- the same
    content: bytes = pipe.read(size)
    if len(content) != size:
        raise EOFError
    return content


def serve() -> None:
    """The process itself: one task after another, until nobody speaks to it any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the daemon, which tells us by closing the pipe
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)  # on few processors the one that serves others goes first
    told, heard = sys.stdout.buffer, sys.stdin.buffer
    sys.stdout = sys.stderr  # what a library prints must not come between
    while True:
        try:
            function, values = _hear(heard)
        except EOFError:
            return
        try:
            answer: tuple[bool, Any] = (True, function(*values))
        except Exception as error:  # noqa: BLE001 -- told to whoever asked
            answer = (False, type(error).__name__)
        _tell(told, answer)
        del function, values, answer


if __name__ == "__main__":
    serve()
