"""`intake schema`: what we say in public fits what we send, and the generated pages are fresh."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from intake_daemon.events import TYPES
from router.api import described
from tests.command.conftest import Shop, intake
from tests.walk.daemon import ROOT


def references(value: object) -> Iterator[str]:
    """Every `$ref` in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


@pytest.mark.parametrize("what", ["message", "event", "commands", "asyncapi", "openapi"])
def test_every_reference_leads_somewhere(what: str) -> None:
    """The documents are JSON, and whatever they point to is in them."""
    document = intake("schema", what).json
    for reference in set(references(document)):
        here: Any = document
        for part in reference.removeprefix("#/").split("/"):
            assert part in here, reference
            here = here[part]


def test_events_on_the_feed_fit_their_schema(shop: Shop) -> None:
    """Every event that was published has the attributes that the schema requires, and data that it knows."""
    schema = intake("schema", "event").json["$defs"]
    events = shop.ask("events").lines
    assert events
    for event in events:
        said = schema[event["type"].removesuffix(".v1")]
        assert set(event) - {"position"} == set(said["required"])
        assert set(event["data"]) <= set(said["properties"]["data"]["properties"])
        assert re.fullmatch(said["properties"]["sequence"]["pattern"], event["sequence"])


def test_message_schema_has_every_public_field() -> None:
    """What a message has when it travels stands in its schema."""
    schema = intake("schema", "message").json
    assert schema["$id"] == "intake.message/1"
    for field in ("reference", "new_text", "contact_at", "forwarded_by", "automatic", "reply_to", "raw", "schema"):
        assert field in schema["properties"], field


def test_asyncapi_names_our_exchanges() -> None:
    """Exchanges and every type of event, in version 3.0."""
    document = intake("schema", "asyncapi").json
    assert document["asyncapi"] == "3.0.0"
    exchanges = {each["bindings"]["amqp"]["exchange"]["name"] for each in document["channels"].values()}
    assert exchanges == {"intake.events", "intake.messages", "intake.commands", "intake.receipts"}
    assert set(document["channels"]["events"]["messages"]) == set(TYPES)


def test_openapi_has_every_route() -> None:
    """Each route of the API with its method."""
    paths = intake("schema", "openapi").json["paths"]
    assert {(each.path, each.method.lower()) for each in described()} == {
        (path, method) for path, methods in paths.items() for method in methods
    }


def test_pages_are_fresh() -> None:
    """docs/events.md, settings.md and channels.md are what the types say today; `make docs` writes them."""
    said = intake("schema", "docs", "--check", "--folder", ROOT / "docs")
    assert said.status == 0, said.err


def test_stale_page_is_told_and_written(tmp_path: Path) -> None:
    """A page that says something else is named by --check, and written without it."""
    assert intake("schema", "docs", "--folder", tmp_path).status == 0
    page = tmp_path / "events.md"
    page.write_text(page.read_text().replace("contact.stored", "contact.restored"))
    said = intake("schema", "docs", "--check", "--folder", tmp_path)
    assert (said.status, said.err) == (1, f"{page}: stale; run: make docs\n")
    assert "contact.restored" in page.read_text()
    assert intake("schema", "docs", "--folder", tmp_path).out == f"{page}: written\n"
    assert intake("schema", "docs", "--check", "--folder", tmp_path).status == 0


def test_events_page_tells_every_type_and_field() -> None:
    """Each type has its section, each field a meaning, and the example is a CloudEvent."""
    page = (ROOT / "docs" / "events.md").read_text()
    for name, fact in TYPES.items():
        section = page.partition(f"### `{name}`")[2].partition("###")[0]
        for field in fact.model_fields:
            row = re.search(rf"^\| `{field}` \| [^|]+ \| (.*) \|$", section, re.MULTILINE)
            assert row, (name, field)
            assert row[1], (name, field)
    example = json.loads(page.partition("```json\n")[2].partition("```")[0])
    assert example["specversion"] == "1.0"
