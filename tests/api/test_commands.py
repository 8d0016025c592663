"""Commands over HTTP: done once, refused with what is missing, and only on the case that was read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from intake_daemon.contract import Outcome
from router.api.routes.acting import refused
from tests.api.conftest import Company, team

NOTE = {"command": "note", "data": {"text": "Rang her at noon."}}


async def notes(company: Company) -> int:
    """How many the case has."""
    return (await company.case()).notes


async def test_done(company: Company) -> None:
    """200 with the outcome; the actor is whose token it is, whatever the body says."""
    ask = await company.as_("desk")
    who = await company.as_("margaret")
    assert (await ask("POST", f"{company.ann}/commands", NOTE)).code == "not_allowed"
    done = await who("POST", f"{company.ann}/commands", {**NOTE, "actor": "ilze"})
    assert (done.status, done.json["disposition"], done.json["events"]) == (200, "done", 1)
    whole = (await who("GET", company.ann)).json
    assert whole["timeline"][-1]["actor"] == "margaret"


@pytest.mark.parametrize("how", ["body", "header", "quoted"])
async def test_once_per_id(company: Company, how: str) -> None:
    """The same id, in the body or as Idempotency-Key, is done once and answered alike; another's is theirs."""
    body = {**NOTE, "id": "n-1"} if how == "body" else NOTE
    headers = {} if how == "body" else {"idempotency_key": "n-1" if how == "header" else '"n-1"'}
    margaret, rui = await company.as_("margaret"), await company.as_("rui")
    first, second = [await margaret("POST", f"{company.ann}/commands", body, **headers) for _ in range(2)]
    assert (first.status, first.json) == (second.status, second.json)
    assert await notes(company) == 1
    assert (await rui("POST", f"{company.ann}/commands", body, **headers)).status == 200
    assert await notes(company) == 2


async def test_an_id_is_for_one_case(company: Company) -> None:
    """The id of a command to one case, sent with another: told, instead of the first one's outcome."""
    rui = await company.as_("rui")
    body = {**NOTE, "id": "n-1"}
    assert (await rui("POST", f"{company.ann}/commands", body)).status == 200
    assert (await rui("POST", f"{company.other}/commands", body)).code == "id_used_before"


async def test_only_what_was_read(company: Company) -> None:
    """`expects` that no longer holds is 409, If-Match 412 (RFC 9110); the ETag of the case lets it through."""
    ask = await company.as_("margaret")
    tag = (await ask("GET", company.ann)).headers["etag"]
    path = f"{company.ann}/commands"
    assert (await ask("POST", path, NOTE, if_match=tag)).status == 200
    late = await ask("POST", path, NOTE, if_match=tag)
    assert (late.status, late.code) == (412, "case_has_moved_on")
    late = await ask("POST", path, {**NOTE, "expects": int(tag.strip('"'))})
    assert (late.status, late.code) == (409, "case_has_moved_on")
    for unread in ('W/"7"', '"x"', '"1", "2"'):
        assert (await ask("POST", path, NOTE, if_match=unread)).status == 412, unread
    assert (await ask("POST", path, {**NOTE, "expects": 1}, if_match=tag)).code == "two_sequences"
    assert (await ask("POST", path, NOTE, if_match="*")).status == 200
    assert await notes(company) == 2


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"command": "note"}, 422, "text_missing"),
        ({"command": "dance"}, 422, "unknown_command"),
        ({}, 422, "unknown_command"),
        ({**NOTE, "expects": "many"}, 422, "bad_command"),
        ({**NOTE, "data": "words"}, 422, "bad_command"),
        ([1], 422, "bad_json"),
        (b"{", 422, "bad_json"),
        (b'{"a":' * 100_000, 422, "bad_json"),
        (b" " * 1_100_000, 413, "too_large"),
    ],
)
async def test_refused(company: Company, body: Any, status: int, code: str) -> None:  # noqa: ANN401 -- any JSON
    """Each a problem with its code; the case is as it was."""
    before = await company.case()
    ask = await company.as_("margaret")
    answer = await ask("POST", f"{company.ann}/commands", body)
    assert (answer.status, answer.code) == (status, code)
    assert await company.case() == before


def test_a_refusal_says_what_is_missing_and_why() -> None:
    """What the command lacks and what may be written as lists, the clause, and all of it in the sentence for people."""
    outcome = Outcome("refused", reference="WLZ-1", reason="odd_moon", missing=("new_date",), clause="W-25")
    said = refused(replace(outcome, instead=("complex", "third_party")), team())
    assert (said.status, said.more["reason"]) == (422, "odd_moon")
    assert (said.more["missing"], said.more["clause"]) == (["new_date"], "W-25")
    assert said.more["instead"] == ["complex", "third_party"]
    assert said.detail == ("odd moon Missing: the new date (new_date). There are: complex, third_party. Clause: W-25.")


async def test_nobody_acts_without_a_name(company: Company) -> None:
    """The operator of this machine acts under a name, so that the case says who it was."""
    assert (await company.here("POST", f"{company.ann}/commands", NOTE)).code == "actor_missing"
    assert (await company.here("POST", f"{company.ann}/commands", NOTE, intake_as="margaret")).status == 200
    assert (await company.here("GET", "/api/v1/cases", intake_as="nobody")).code == "unknown_principal"
