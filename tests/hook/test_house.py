"""A post of another system through the whole house: held, a case, acknowledged by mail in the customer's language; what
comes again is the same, an edit joins its case, a repeated and another brand's post go where they belong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2

from connectors.hook import Hook, HookSettings
from intake_daemon.command.building import build
from intake_daemon.command.office import routes
from tests.acceptance.arranging import arranged
from tests.acceptance.office import Clock, Office
from tests.hook.conftest import SECRET, signed

MAPPING = Path(__file__).parent / "tickets.yaml"
WORDS = "Ноутбук сломался через неделю, а магазин отказывается вернуть деньги."


async def test_from_the_post_to_the_letter(tmp_path: Path) -> None:
    """One house, a ticket system of Kontakt's."""
    read = arranged(tmp_path / "var")
    said = {"kind": "hook", "brand": "kontakt", "mapping": str(MAPPING), "secret": SECRET, "channel": "web_form"}
    settings = HookSettings.model_validate(said)
    connectors = {**read.settings.connectors, "tickets": settings}
    configured = replace(
        read,
        settings=read.settings.model_copy(update={"connectors": connectors}),
        connectors={**read.connectors, "tickets": Hook},
    )
    clock = Clock()
    house = await build(configured, routes=routes, now=clock)
    await house.run()
    try:
        office = Office(house, clock, tmp_path / "var" / "outbox")
        assert house.web is not None
        async with httpx2.AsyncClient(base_url=house.web.url("public"), timeout=60) as client:
            tick = iter(range(int(clock.now.timestamp()), int(clock.now.timestamp()) + 100))

            async def post(*tickets: dict[str, Any], name: str) -> list[str]:
                body = json.dumps({"tickets": tickets}, ensure_ascii=False).encode()
                answer = await client.post("/hooks/tickets", content=body, headers=signed(body, name, next(tick)))
                assert answer.status_code == 200, answer.text
                await office.settled()
                return [str(each["reference"]) for each in answer.json()["contacts"]]

            who = {"name": "Иван Петров", "mail": "ivan@klient.example"}
            ticket = {"number": "7", "version": 1, "text": WORDS, "who": who, "at": "2026-11-20T11:00:00Z"}
            other = {"number": "8", "version": 1, "text": "Зарядка дымится.", "who": {"mail": "olga@klient.example"}}
            first, second = await post(ticket, other, name="m1")
            assert await post(ticket, name="m1-again") == [first]
            await post({**ticket, "version": 2, "text": f"{WORDS} Чек есть."}, name="m2")
        letters = office.told("ivan@klient.example")
        assert first in letters[0].get_content()
        assert "жалоб" in letters[0].get_content()
        cases = {case.reference: case for case in await office.cases()}
        assert set(cases) == {first, second}
        assert str(cases[first].received_at) == "2026-11-20 11:00:00+00:00"
        assert "contact.revised" in await office.types(cases[first])
        assert len(office.told("olga@klient.example")) == 1
    finally:
        await house.close()
