"""The web chat from the visitor's side: a window on the widget's WebSocket, which shows what comes and says so."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.acceptance.ways import Place

DOOR = {"kind": "web_chat", "brands": ("logoscon", "welzo", "ask4", "kontakt"), "shown_seconds": 30}
"""Its settings: also for brands that take no complaints by chat, whose customers are told where to write. A window of a
busy machine is waited for: while the office's clock stands nothing is looked at again later."""


@dataclass
class Window:
    """One visitor's, open until it is closed."""

    socket: ClientConnection
    held: set[str] = field(default_factory=set)
    shown: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def look(self) -> None:
        """Everything that comes is shown, and the other side hears so."""
        async for message in self.socket:
            frame = json.loads(message)
            if frame["t"] == "held":
                self.held.add(frame["id"])
            elif frame["t"] == "line" and frame["ours"]:
                self.shown.append(frame["text"])
                await self.socket.send(json.dumps({"t": "seen", "n": frame["n"]}))
            self.changed.set()


@dataclass
class ChatWay:
    """All windows of an office."""

    place: Place
    windows: dict[tuple[str, str], Window] = field(default_factory=dict)
    _looking: list[asyncio.Task[None]] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def says(self, words: str, *, who: str = "visitor", brand: str = "kontakt", **more: Any) -> None:  # noqa: ANN401 -- of the frame
        """A line, held; the window stays open for the answer."""
        window = await self.looks(who, brand)
        name = f"line-{next(self._numbers):04}"
        await window.socket.send(json.dumps({"t": "line", "id": name, "text": words, "lang": "en", **more}))
        async with asyncio.timeout(60):
            while name not in window.held:
                window.changed.clear()
                await window.changed.wait()
        await self.place.settled()

    async def sends(self, file: bytes, *, who: str = "visitor", brand: str = "kontakt") -> None:
        """A photo without a word, as the widget posts one."""
        await self.looks(who, brand)
        said = {"session": session(who, brand), "id": f"line-{next(self._numbers):04}", "text": "", "lang": "az"}
        parts = [
            f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in said.items()
        ]
        head = (
            '--b\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        )
        body = "".join([*parts, head]).encode() + file + b"\r\n--b--\r\n"
        kind = {"content-type": "multipart/form-data; boundary=b"}
        status, _ = await self.place.request("POST", f"/chat/{brand}/lines", body, kind)
        assert status == 200, status
        await self.place.settled()

    def answers(self, who: str = "visitor", brand: str = "kontakt") -> list[str]:
        """What their window has shown, oldest first."""
        return list(self.windows[who, brand].shown)

    async def close(self) -> None:
        """They go."""
        for window in self.windows.values():
            await window.socket.close()
        await asyncio.gather(*self._looking)

    async def looks(self, who: str = "visitor", brand: str = "kontakt") -> Window:
        """Their window is open, and shows what comes."""
        if (who, brand) not in self.windows:
            url = f"{self.place.url().replace('http', 'ws', 1)}/chat/{brand}/socket"
            window = self.windows[who, brand] = Window(await connect(url, proxy=None, compression=None))
            await window.socket.send(json.dumps({"session": session(who, brand), "after": 0}))
            self._looking.append(asyncio.create_task(_until_closed(window)))
        return self.windows[who, brand]


async def _until_closed(window: Window) -> None:
    with contextlib.suppress(ConnectionClosed):
        await window.look()


def session(who: str, brand: str) -> str:
    """The secret in that visitor's browser."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"{brand}:{who}".encode()).digest()).decode().rstrip("=")
