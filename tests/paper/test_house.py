"""Papers through the whole house: from the page and the folder to the case, the acknowledgement, the letter to post and
the task for a person. One house for all of it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from connectors.paper import PaperDesk, PaperSettings
from intake_daemon.command.building import build
from intake_daemon.command.office import routes
from router.ledger import tokens
from tests.acceptance.arranging import arranged
from tests.acceptance.office import Clock, Office
from tests.paper.conftest import PDF
from tests.promises import until


async def test_letters_and_forms(tmp_path: Path) -> None:
    """Typed with a mail address: acknowledged by mail, from the day of arrival. With a
    postal address only: a letter to post, as a task. Scanned without a word: a case all the same, and a task to
    describe it; described by a sidecar later: the words join that case."""
    scans = tmp_path / "scans"
    read = arranged(tmp_path / "var")
    said = {"kind": "paper", "folder": str(scans), "brand": "welzo", "look_seconds": 0.02, "settle_seconds": 0}
    settings = PaperSettings.model_validate({**said, "undescribed_minutes": 0})
    connectors = {**read.settings.connectors, "paper": settings}
    configured = replace(
        read,
        settings=read.settings.model_copy(update={"connectors": connectors}),
        connectors={**read.connectors, "paper": PaperDesk},
    )
    clock = Clock()
    house = await build(configured, routes=routes, now=clock)
    await house.run()
    try:
        office = Office(house, clock, tmp_path / "var" / "outbox")
        made = await house.store.write(lambda connection: tokens.create(connection, "margaret", "test", clock.now, 1))
        assert house.web is not None
        async with httpx2.AsyncClient(base_url=house.web.url("internal"), timeout=60) as client:
            client.cookies.set("intake_staff", made.token)
            check = re.findall(r'name="check" value="(\w+)"', (await client.get("/paper")).text)[0]

            async def typed(**fields: str) -> str:
                plain = {"brand": "welzo", "channel": "letter", "arrived": "2026-11-18", "check": check}
                answer = await client.post("/paper", data={**plain, **fields})
                assert answer.status_code == 200, answer.text
                await office.settled()
                return str(re.findall(r"WLZ-[0-9A-Z-]+", answer.text)[0])

            words = "The parcel came open and half of it was missing. I want my money back."
            first = await typed(text=words, name="Ann Lee", email="ann@customer.example", key="1")
            second = await typed(text=f"{words} Twice.", name="Bob Lee", address="1 High Street\nLondon", key="2")
        (mail,) = office.told("ann@customer.example")
        assert first in mail.get_content()
        cases = {case.reference: case for case in await office.cases()}
        received = [event.data for event in await office.events(cases[first]) if event.type == "complaint.received"]
        assert cases[first].received_at == datetime(2026, 11, 18, tzinfo=UTC), received
        assert [task.kind for task in cases[second].tasks] == ["letter"]
        scans.mkdir(exist_ok=True)
        (scans / ".new").write_bytes(PDF)
        (scans / ".new").rename(scans / "form-1.pdf")
        await until(lambda: not (scans / "form-1.pdf").exists(), "it is taken")
        await office.settled()
        third = next(case for case in await office.cases() if case.reference not in cases)
        assert {task.kind for task in third.tasks} == {"describe", "unreachable"}
        handler = house.desk.rules.staff.handlers[third.handler or ""]
        assert any("describe a scan" in mail.get_content() for mail in office.told(handler.address))
        (scans / ".new").write_text(f"text: {words}\nsender: {{email: eve@customer.example}}\n", encoding="utf-8")
        (scans / ".new").rename(scans / "form-1.yaml")
        await until(lambda: not (scans / "form-1.yaml").exists(), "it is described")
        await office.settled()
        assert len(await office.cases()) == 3
        assert "contact.revised" in await office.types(third)
    finally:
        await house.close()
