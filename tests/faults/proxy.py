"""The ways between a daemon and its servers: TCP, passed on by the rig, which can break them while they are in use.

    cut      every connection ends, new ones are refused
    reset    every connection is reset; new ones pass
    silent   nothing is passed on any more, and nobody is told: neither end hears that the other is gone
    slow     each piece comes late

`up` is from the daemon to its server, `down` the other way. What was silent once stays so: bytes of it are missing.
After `heal` new connections pass, and the old ones are what a firewall leaves that forgot them.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from tests.services.place import free_port

Fault = Literal["cut", "reset", "silent", "slow"]
Direction = Literal["up", "down", "both"]
_LATE = 0.15
"""Seconds by which a piece comes late on a slow way."""
_PIECE = 65_536
_AT_ONCE = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Line:
    """One connection that is passed on. `dead`: the directions in which nothing is passed any more, ever."""

    ends: tuple[asyncio.StreamWriter, ...]
    dead: set[str] = field(default_factory=set)


class Way:
    """One of them: listens on `port` of this machine, passes on to the first of `servers` (host, port) that answers,
    beginning with the next one each time."""

    def __init__(self, ways: Ways, *servers: tuple[str, int]) -> None:
        self.port = free_port()
        self._servers = deque(servers)
        self._ways = ways
        self._lines: set[_Line] = set()
        self._fault: Fault | None = None
        self._directions: frozenset[str] = frozenset()
        self._listener: asyncio.Server | None = None

    def break_(self, fault: Fault, direction: Direction = "both") -> None:
        """From now on it is broken so. A reset happens once."""
        self._ways.do(self._break(fault, direction))

    def heal(self) -> None:
        """New connections pass, and old ones that were never silent."""
        self._ways.do(self._heal())

    async def listen(self) -> None:
        """Opens the door; in the loop of the ways."""
        self._listener = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port, reuse_address=True)

    def shut(self) -> None:
        """Takes no connections any more; in the loop of the ways."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def _break(self, fault: Fault, direction: Direction) -> None:
        self._directions = frozenset(("up", "down") if direction == "both" else (direction,))
        self._fault = None if fault == "reset" else fault
        if fault == "silent":
            for line in self._lines:
                line.dead |= self._directions
        if fault == "cut":
            self.shut()
        if fault in {"cut", "reset"}:
            for line in list(self._lines):
                _end(line, rudely=fault == "reset")

    async def _heal(self) -> None:
        self._fault, self._directions = None, frozenset()
        if self._listener is None:
            await self.listen()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ways.keep(asyncio.current_task())
        for server in list(self._servers):
            self._servers.rotate(-1)
            try:
                from_server, to_server = await asyncio.open_connection(*server)
                break
            except OSError:
                continue
        else:
            writer.close()
            return
        line = _Line((writer, to_server))
        if self._fault == "silent":
            line.dead |= self._directions
        self._lines.add(line)
        try:
            await asyncio.gather(
                self._carry(line, "up", reader, to_server), self._carry(line, "down", from_server, writer)
            )
        finally:
            self._lines.discard(line)
            _end(line)

    async def _carry(
        self, line: _Line, direction: str, source: asyncio.StreamReader, into: asyncio.StreamWriter
    ) -> None:
        """Until its source ends. A silent direction takes everything and tells nobody, not even the end."""
        with contextlib.suppress(OSError):
            while piece := await source.read(_PIECE):
                if direction in line.dead:
                    continue
                if self._fault == "slow" and direction in self._directions:
                    await asyncio.sleep(_LATE)
                into.write(piece)
                await into.drain()
        if direction not in line.dead:
            with contextlib.suppress(OSError, RuntimeError):
                into.write_eof()


def _end(line: _Line, *, rudely: bool = False) -> None:
    for writer in line.ends:
        if rudely:
            raw: Any = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            writer.transport.abort()
        else:
            writer.close()


class Ways:
    """All of them, in one loop in a thread of the rig."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ways", daemon=True)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ways: list[Way] = []

    def start(self) -> None:
        """Its loop runs."""
        self._thread.start()

    def end(self) -> None:
        """Nothing is passed on any more."""
        self.do(self._cancelled())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def add(self, *servers: tuple[str, int]) -> Way:
        """One more, open."""
        way = Way(self, *servers)
        self._ways.append(way)
        self.do(way.listen())
        return way

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """In the loop; returns when it is done."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def keep(self, task: asyncio.Task[Any] | None) -> None:
        """One more connection."""
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _cancelled(self) -> None:
        for way in self._ways:
            way.shut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def through(url: str, way: Way) -> str:
    """The same address, by this way."""
    user, at, _ = urlsplit(url).netloc.rpartition("@")
    return urlsplit(url)._replace(netloc=f"{user}{at}127.0.0.1:{way.port}").geturl()


def place_of(url: str, port: int) -> tuple[str, int]:
    """Host and port of an address; `port` where it names none."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or port
