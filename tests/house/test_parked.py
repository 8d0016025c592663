"""What a door could not read, read again."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from pathlib import Path

from starlette.routing import Router

from connectors.web_form.answers import canonical
from intake_daemon import life
from intake_daemon.command import office
from intake_daemon.command.asking import _call
from intake_daemon.command.building import build
from intake_daemon.contract import PARKED, ROUTER_QUEUE, Can, File, Parked, Raw
from intake_daemon.message import Message
from router import api
from tests.desk.letters import NOON
from tests.house.test_house import configured


async def test_a_form_is_read_again_with_its_files(tmp_path: Path) -> None:
    """A form on which our reader failed is brought back by one command, as the door would have held it: answers,
    files, since when it came. What another kind of door brought, and cannot be read again, stays and says so."""
    house = await build(configured(tmp_path), now=lambda: NOON)
    await house.broker.start()
    try:
        content = canonical({"description": "It broke.", "email": "ann@customer.example"}, ())
        photo = File("photo.png", "image/png", b"a photo")
        raw = Raw(content, "welzo", "application/json", NOON - timedelta(hours=3), {"key": "k" * 16}, (photo,))
        half = office.intake_of(house)
        for name, kind in (("form", "web_form"), ("line", "calls")):
            source = life.Source(name, kind, frozenset({Can.SOURCE_RETRIES}))
            await life.park_raw(half, source, raw, "unreadable")
        (batch,) = [await anext(house.broker.consume(PARKED))]
        await house.ledger.park(
            [Parked(each.letter.message_id, each.letter.key, "unreadable", each.letter, 1, NOON) for each in batch]
        )
        ask = partial(_call, Router(api.routes(office.of(house))))
        answers = {
            each.letter.key: await ask("POST", f"/api/v1/parked/{each.letter.message_id}/retry", b"", {})
            for each in batch
        }
        assert answers["form"][0] == 200
        assert answers["line"][0] == 422
        assert "parked show" in json.loads(answers["line"][1])["detail"]
        (held,) = await anext(house.broker.consume(ROUTER_QUEUE))
        message = Message.model_validate_json(held.letter.body)
        assert (message.text, message.connector, message.channel) == ("It broke.", "form", "web_form")
        assert message.contact_at == NOON - timedelta(hours=3)
        assert [await house.vault.get(each.id) for each in message.attachments] == [b"a photo"]
    finally:
        await house.close()
