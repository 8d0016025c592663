"""Two running daemons that have each other's address: every letter goes out of the one and through the SMTP door of the
other, until nobody answers any more."""

from __future__ import annotations

import asyncio
import re
import smtplib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from router.breaker import Breaker
from tests.acceptance.arranging import arranged
from tests.acceptance.office import PATIENCE, Office, office_of

BRANDS = ("welzo", "ask4")
_MARKS = re.compile(
    rb"^(?:auto-submitted|x-auto-response-suppress|precedence|in-reply-to|references|message-id|return-path|x-[a-z-]+)"
    rb":[^\n]*\n(?:[ \t][^\n]*\n)*",
    re.IGNORECASE | re.MULTILINE,
)


@pytest.fixture
async def daemons(var: Path) -> AsyncIterator[tuple[Office, Office]]:
    """Two of them."""
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(office_of(arranged(var / name))) for name in ("one", "other")]
        yield one, other


async def talk(offices: tuple[Office, Office], *, strip: bool) -> list[int]:
    """They answer each other until nobody does; how many letters each of them sent to the other."""
    addresses = [offices[0].house.configuration.brands[brand].addresses[0] for brand in BRANDS]
    first = f"From: {addresses[1]}\r\nTo: {addresses[0]}\r\nSubject: My order\r\nMessage-ID: <1@x>\r\n\r\nBroken.\r\n"
    await _brought(offices[0], addresses[1], addresses[0], first.encode())
    seen: list[set[str]] = [set(), set()]
    turn = 0
    while len(new := await _left(offices[turn], addresses[1 - turn], seen[turn])) and sum(map(len, seen)) < 50:
        for path in new:
            content = path.read_bytes()
            sender = addresses[turn] if strip else _return_path(content) or addresses[turn]
            content = _MARKS.sub(b"", content.replace(b"\r\n", b"\n")) if strip else content
            await _brought(offices[1 - turn], sender, addresses[1 - turn], content)
        turn = 1 - turn
    return [len(each) for each in seen]


async def _left(office: Office, to: str, seen: set[str]) -> list[Path]:
    """The letters to this address that nobody has brought yet."""
    folder = office.outbox / "new"
    found = [path for path in sorted(folder.glob("*")) if path.name not in seen] if folder.exists() else []
    wanted = [
        path for path in found if re.search(rb"^To: [^\n]*" + re.escape(to.encode()), path.read_bytes(), re.MULTILINE)
    ]
    seen.update(path.name for path in wanted)
    return wanted


def _return_path(content: bytes) -> str:
    found = re.search(rb"^Return-Path: <([^>]*)>", content, re.MULTILINE | re.IGNORECASE)
    return found[1].decode() if found else ""


async def _brought(office: Office, sender: str, to: str, content: bytes) -> None:
    connector = office.house.connectors["smtp-in"]
    host, port = connector.bound[:2]  # type: ignore[attr-defined]

    def hand_over() -> None:
        with smtplib.SMTP(str(host), int(port), timeout=PATIENCE) as server:
            server.sendmail(sender, [to], content)

    await asyncio.to_thread(hand_over)
    await office.settled()


@pytest.mark.row("AT-X04")
async def test_two_daemons_end_it(daemons: tuple[Office, Office]) -> None:
    """AT-X04: one acknowledgement each way at most. With every mark stripped in between, each letter is a new
    complaint: then the breaker ends it within its limit, and the case says so."""
    assert await talk(daemons, strip=False) == [1, 0]
    breakers: list[Breaker] = [daemons[0].house.desk.rules.breakers[brand] for brand in BRANDS]
    most = min(letters for letters, _ in breakers[0].correspondent)
    sent = await talk((daemons[1], daemons[0]), strip=True)
    assert 1 < max(sent) <= most
    cases = [*await daemons[0].cases(), *await daemons[1].cases()]
    assert "breaker" in {case.withheld for case in cases}
