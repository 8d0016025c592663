"""A window's socket (RFC 6455): first `{"session", "after"}`, then lines and what was seen in, lines and receipts out.

The secret comes in the first message, never in the address. Lines are taken one after another, so their order is the
visitor's. What cannot be read is passed over: the window sends a line until it is told that it is held.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.frames import CloseCode

from connectors.web_chat.hearing import Hearing
from connectors.web_chat.lines import conversation_of, number_in, said_in
from connectors.web_chat.switchboard import Listener, Switchboard
from connectors.web_chat.windows import heard, not_held, seen, shown
from intake_daemon.contract import Door
from intake_daemon.errors import Temporary

_FIRST = 15.0
"""Seconds for the first message."""
_AGAIN = 2.0
"""Seconds until the memory is asked once more."""


class Socket:
    """One window on one conversation."""

    def __init__(
        self, socket: WebSocket, brand: str, connector: str, door: Door, hearing: Hearing, switchboard: Switchboard
    ) -> None:
        self._socket = socket
        self._brand = brand
        self._connector = connector
        self._door = door
        self._hearing = hearing
        self._switchboard = switchboard
        self._session = ""
        self._holding = asyncio.Lock()
        self._peer = socket.client.host if socket.client else ""

    async def serve(self) -> None:
        """Until the window goes, or we stop."""
        await self._socket.accept()
        try:
            async with asyncio.timeout(_FIRST):
                first = await self._next()
        except TimeoutError:
            first = {}
        self._session = first["session"] if isinstance(first.get("session"), str) else ""
        conversation = conversation_of(self._brand, self._session)
        if conversation is None:
            await self._socket.close(CloseCode.POLICY_VIOLATION)
            return
        with self._switchboard.listening(conversation, number_in(first, "after") or 0) as listener:
            telling = asyncio.create_task(self._tell(conversation, listener))
            hearing = asyncio.create_task(self._hear(conversation))
            try:
                await asyncio.wait((telling, hearing), return_when=asyncio.FIRST_COMPLETED)
                async with self._holding:  # when we stop: a line that is being held is told, too
                    pass
            finally:
                telling.cancel()
                hearing.cancel()
                ended = await asyncio.gather(telling, hearing, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception) and not isinstance(error, WebSocketDisconnect):
                raise error
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # it may have gone first
            await self._socket.close(CloseCode.GOING_AWAY)

    async def _tell(self, conversation: str, listener: Listener) -> None:
        """Every line behind the window's last one; returns when we stop."""
        while not listener.closed:
            try:
                lines = await self._door.chats.since(conversation, listener.number) if self._door.chats else []
            except Temporary:
                await asyncio.sleep(_AGAIN)
                continue
            for line in lines:
                await self._send(shown(line))
                listener.number = line.number
            if not lines:
                await listener.wait()

    async def _hear(self, conversation: str) -> None:
        """Returns when the window has gone."""
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                frame = await self._next()
                if frame.get("t") == "line":
                    await self._line({**frame, "session": self._session})
                elif frame.get("t") == "seen" and (number := number_in(frame, "n")):
                    with contextlib.suppress(Temporary):  # the window says it again when it comes back
                        await seen(self._door, self._switchboard, self._connector, conversation, number)

    async def _line(self, frame: dict[str, Any]) -> None:
        said = said_in(self._brand, frame)
        if said is None:
            return
        async with self._holding:
            try:
                told = heard(said.id, await self._hearing.hear(self._brand, said, self._peer))
            except Temporary as error:
                told = not_held(said.id, error)
            await self._send(told)

    async def _next(self) -> dict[str, Any]:
        """The next message that is an object. Raises WebSocketDisconnect."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", CloseCode.ABNORMAL_CLOSURE))
            with contextlib.suppress(ValueError, RecursionError):
                frame = json.loads(message.get("text") or "null")
                if isinstance(frame, dict):
                    return frame

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._socket.send_text(json.dumps(frame, ensure_ascii=False))
