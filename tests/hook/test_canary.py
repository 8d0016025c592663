"""Canaries by hooks: in the shape that their mapping reads, which must say the sentence and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.hook import Hook, HookSettings, load, shipped
from intake_daemon import canary
from intake_daemon.contract import Canary
from intake_daemon.errors import BadSettings, Temporary
from tests.doors import brand, world
from tests.hook.conftest import OLD, SECRET, answering, settings

KEY = b"k" * 32
ID = "00000000-0000-4000-8000-00000000000a"
ONE = Canary(ID, "welzo", "", canary.said(KEY, ID, "tickets", "welzo"), canary.NOWHERE, "", 5)


@pytest.mark.parametrize("mapping", shipped())
async def test_by_each_mapping_that_we_ship(mapping: str) -> None:
    """Posted to the hook itself and signed as its sender signs, it is read as the canary that it is. Who knows another
    secret brings none in."""
    async with answering(mapping=mapping, secret=SECRET, old_secret=None) as line:
        there = replace(ONE, web=str(line.client.base_url).rstrip("/"))
        said = HookSettings.model_validate(settings(mapping=mapping, secret=OLD, old_secret=None))
        with pytest.raises(Temporary, match="http_401"):
            await Hook("tickets", said, world(brand("welzo"))).bring(there)
        assert not line.door.held
        assert line.connector.tried_for() == ["welzo"]
        await line.connector.bring(there)
        (held,) = line.door.held.values()
        assert canary.read(KEY, held.message) == ID
        assert held.message.reply_to is not None
        assert held.message.reply_to.address is not None
        assert held.message.reply_to.address.value == canary.NOWHERE


OWN = "message: {text: body.words, id: body.number, subject: body.title, email: body.mail}\n"


@pytest.mark.parametrize(
    ("post", "told"),
    [
        ('{words: "{text}", title: Broken}', "mapping.yaml:2: it says more than {text}."),
        ('{words: "{text} Yours"}', "it says more than {text}."),
        ('{words: "{text}", mail: ann@customer.example}', "it says more than {text}."),
        ("{number: 7}", "it says more than {text}."),
    ],
)
def test_one_that_says_more_stops_the_start(tmp_path: Path, post: str, told: str) -> None:
    """With its line: in the router it would be somebody's complaint."""
    (tmp_path / "mapping.yaml").write_text(f"{OWN}canary: {post}\n", encoding="utf-8")
    with pytest.raises(BadSettings) as refused:
        load("mapping.yaml", tmp_path)
    assert told in str(refused.value)


def test_a_mapping_of_the_companys_own(tmp_path: Path) -> None:
    """It is tried by its own canary; without one not at all. What it has from another mapping, and does not fit what it
    changed, is no fault: it is not tried."""
    files = {
        "own.yaml": f'{OWN}canary: {{words: "{{text}}", number: "{{id}}", mail: "{{email}}"}}\n',
        "none.yaml": OWN,
        "like.yaml": "like: typeform\n",
        "unlike.yaml": "like: typeform\nmessage: {subject: {constant: Complaint}}\n",
    }
    for name, written in files.items():
        (tmp_path / name).write_text(written, encoding="utf-8")
    found = {name: load(name, tmp_path).canary is not None for name in files}
    assert found == {"own.yaml": True, "none.yaml": False, "like.yaml": True, "unlike.yaml": False}


@pytest.mark.parametrize(
    ("brand_", "tried"),
    [
        ("{constant: kontakt}", ["kontakt"]),
        ("{from: body.shop, default: kontakt}", ["kontakt"]),
        ("{constant: ours}", []),
    ],
)
async def test_where_the_mapping_says_whose_it_is(tmp_path: Path, brand_: str, tried: list[str]) -> None:
    """It is tried for the brand that its post comes to, not for the connector's own: in the router it would be
    somebody's complaint, every half hour. Where that is no brand of ours, it is not tried."""
    written = f'message: {{text: body.words, brand: {brand_}}}\ncanary: {{words: "{{text}}"}}\n'
    (tmp_path / "own.yaml").write_text(written, encoding="utf-8")
    said = HookSettings.model_validate(settings(mapping="own.yaml"), context={"folder": tmp_path})
    connector = Hook("tickets", said, world(brand("welzo"), brand("kontakt")))
    assert connector.tried_for() == tried
