"""Debian's Chromium without a screen, one process for the session; each page has a context of its own.

`async with chromium.page(javascript=False, width=360) as page:` gives a Playwright page that shares nothing.

Rules
- The browser is a process of ours, and Playwright only connects to it: Playwright's own loop ends with the page, so
  tests with and without asyncio can stand side by side.
- It is the headless shell, which Playwright takes for this too: the same engine without the browser's own windows, at
  half the CPU. Where only the whole browser is installed, that.
- Nothing of it speaks to the network: no QUIC, no updates, no sync, no background requests.
"""

import ctypes
import http.client
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests.services.guard import Guarded
from tests.services.place import free_port, listens, until

_SHELL, _WHOLE = "/usr/bin/chromium-headless-shell", "/usr/bin/chromium"
PROGRAM = _SHELL if Path(_SHELL).exists() else _WHOLE


def driver_runs() -> bool:
    """Whether the library is there that Playwright's driver is linked with."""
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return False
    return True


class Chromium:
    """One browser, spoken to over the DevTools protocol."""

    def __init__(self, folder: Path) -> None:
        """Prepares a fresh profile; `start` runs the browser."""
        self.folder = folder
        self.port = free_port()
        self.log = folder / "chromium.log"
        self._guarded: Guarded | None = None
        (folder / "home").mkdir(parents=True)

    def start(self) -> None:
        """Runs it; returns when it takes commands."""
        self._guarded = Guarded(
            [
                PROGRAM,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                f"--remote-debugging-port={self.port}",
                f"--user-data-dir={self.folder / 'profile'}",
                "about:blank",
            ],
            log=self.log,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder / "home"), "LANG": "C.UTF-8"},
        )
        until(lambda: listens(self.port), "Chromium takes commands", 60, self.log)

    def stop(self) -> None:
        """Ends the browser."""
        if self._guarded:
            self._guarded.stop()

    def kill(self) -> None:
        """SIGKILL to all its processes."""
        if self._guarded:
            self._guarded.kill()

    def version(self) -> str:
        """Like `Chrome/136.0.7103.113`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/json/version")
            return str(json.load(connection.getresponse())["Browser"])
        finally:
            connection.close()

    @asynccontextmanager
    async def page(
        self, *, javascript: bool = True, width: int = 1280, height: int = 900, language: str = "en-GB"
    ) -> AsyncIterator[Page]:
        """A page in a context of its own, closed at the end."""
        async with async_playwright() as playwright:
            browser = await playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{self.port}")
            context = await browser.new_context(
                java_script_enabled=javascript, viewport={"width": width, "height": height}, locale=language
            )
            try:
                yield await context.new_page()
            finally:
                await context.close()
                await browser.close()
