"""The API's own papers, and what it says where there is nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from intake_daemon.errors import Temporary
from router.api import described, openapi
from tests.api.conftest import Company


def references(value: Any) -> Iterator[str]:  # noqa: ANN401 -- JSON
    """Every `$ref`."""
    if isinstance(value, dict):
        yield from (each for name, each in value.items() if name == "$ref" and isinstance(each, str))
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_document_is_whole() -> None:
    """Every reference leads somewhere, every schema is used, each operation has its id and asks for a token."""
    document = openapi()
    schemas = document["components"]["schemas"]
    named = {each.removeprefix("#/components/schemas/") for each in references(document)}
    assert named == set(schemas)
    operations = [each for path in document["paths"].values() for each in path.values()]
    assert len({each["operationId"] for each in operations}) == len(operations) == len(described())
    assert document["security"] == [{"token": []}]
    for path, methods in document["paths"].items():
        for operation in methods.values():
            inside = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert inside == set(re.findall(r"{(\w+)}", path))


async def test_what_is_answered_is_described(company: Company) -> None:
    """The statuses and members of real answers stand in the document."""
    document = openapi()
    schemas, paths = document["components"]["schemas"], document["paths"]
    ask = await company.as_("margaret")
    case = await ask("GET", company.ann)
    assert set(schemas["Case"]["properties"]) - {"form"} <= set(case.json)  # told only where it is not the first one
    command = paths["/api/v1/cases/{reference}/commands"]["post"]
    refused = await ask("POST", f"{company.ann}/commands", {"command": "note"})
    assert str(refused.status) in command["responses"]
    assert set(refused.json) - {"reference"} <= set(schemas["Problem"]["properties"])
    done = await ask("POST", f"{company.ann}/commands", {"command": "note", "data": {"text": "x"}})
    assert set(schemas["Outcome"]["properties"]) <= set(done.json)
    outsider = await company.as_("crm")
    listed = (await outsider("GET", "/api/v1/cases")).json["cases"]
    assert set(listed[0]) == set(schemas["Summary"]["properties"])
    made = await company.here("POST", "/api/v1/tokens", {"principal": "ops"})
    assert set(made.json) == set(schemas["Token"]["properties"])


async def test_page_for_people(company: Company) -> None:
    """Every address is on it; no script, no other machine; its style is allowed by its own policy."""
    page = await company.net("GET", "/docs")
    text = page.body.decode()
    assert page.status == 200
    for each in described():
        assert each.path in text
        assert each.summary.split("'")[0] in text
    assert "<script" not in text
    assert "http" not in text.replace("RFC", "").partition("<body")[0].partition("<style>")[0]
    assert "'sha256-" in page.headers["content-security-policy"]
    assert (await company.net("GET", "/docs/openapi.json")).json == openapi()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "no_such_address"),
        ("GET", "/api/v2/cases", 404, "no_such_address"),
        ("DELETE", "/api/v1/cases", 405, "method_not_allowed"),
        ("GET", "/api/v1/cases/WLZ-1/commands", 405, "method_not_allowed"),
    ],
)
async def test_where_nothing_is(company: Company, method: str, path: str, status: int, code: str) -> None:
    """A problem here, too; 405 names what the address knows."""
    answer = await company.net(method, path)
    assert (answer.status, answer.code) == (status, code)
    assert ("allow" in answer.headers) is (status == 405)


async def test_numbers_of_the_query(company: Company) -> None:
    """What should be a number and is none is told by its name."""
    for query in ("limit=x", "limit=-1", "limit=99999999", "limit=٣"):
        answer = await company.here("GET", f"/api/v1/cases?{query}")
        assert answer.code == "bad_number"
        assert "limit" in answer.json["detail"]


async def test_what_is_away_and_what_fails(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    """Away is 503 with Retry-After; a fault of ours 500 without a word of what was asked; both are problems."""

    async def away() -> dict[str, Any]:
        raise Temporary("database_away")

    async def broken() -> dict[str, Any]:
        raise RuntimeError("ann@customer.example")

    for condition, status, code in ((away, 503, "database_away"), (broken, 500, "failed")):
        object.__setattr__(company.office, "condition", condition)
        answer = await company.here("GET", "/api/v1/status")
        assert (answer.status, answer.code) == (status, code)
        assert b"ann@" not in answer.body
    assert "ann@" not in "".join(capsys.readouterr())
