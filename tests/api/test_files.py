"""The files of a case over the API: for its readers, as attachments, and what is infected only once it is let out."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import Company
from tests.desk.letters import letter

PICTURE, VIRUS, WHOLE = b"a picture", b"not really a virus", b"From: ann@customer.example\r\n\r\nSee both files."


async def _came(company: Company) -> str:
    """A complaint with a clean and an infected file; the path of its case."""
    vault = company.office.vault
    files = [
        {"id": await vault.put(PICTURE), "name": "Grüße \r\n.png", "media_type": "image/png", "size": 9,
         "verdict": "clean"},
        {"id": await vault.put(VIRUS), "name": "bill.exe", "media_type": "application/x-dosexec", "size": 18,
         "verdict": "infected"},
    ]  # fmt: skip
    changes: dict[str, Any] = {"attachments": files, "raw": await vault.put(WHOLE), "remarks": ("infected",)}
    (outcome,) = await company.meet(letter("The lamp is broken.", message="files@x", sender="f@x.example", **changes))
    return f"/api/v1/cases/{outcome.reference}"


async def test_a_reader_gets_a_file_as_an_attachment(company: Company) -> None:
    """Its bytes, never shown by a browser, its name quoted; read by whom is written down."""
    path = await _came(company)
    ask = await company.as_("desk")
    listed = (await ask("GET", f"{path}/files")).json["files"]
    assert [(each["number"], each["verdict"], each["quarantined"], each["original"]) for each in listed] == [
        (1, "clean", False, False), (2, "infected", True, False), (3, "unscanned", True, True),
    ]  # fmt: skip
    for named in ("1", listed[0]["id"]):
        answer = await ask("GET", f"{path}/files/{named}")
        assert (answer.status, answer.body, answer.headers["content-type"]) == (200, PICTURE, "image/png")
        assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%0D%0A.png"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await ask("GET", f"{path}/files/9")).code == "no_such_file"
    assert ("desk", f"file {listed[0]['id'][:12]}") in await company.reads()


async def test_only_readers_of_the_words_get_files(company: Company) -> None:
    """A case system without content is refused, one of another brand finds no case."""
    path = await _came(company)
    for who, code in (("crm", "not_a_reader"), ("shop", "no_such_case")):
        ask = await company.as_(who)
        assert {(await ask("GET", f"{path}/files{which}")).code for which in ("", "/1")} == {code}


async def test_what_is_infected_is_let_out_by_a_command(company: Company) -> None:
    """Locked (423) for everybody until an operator or a manager lets it out; a case system may not. The original stays
    locked. The event holds the vault id and who did it, nothing of the file's name."""
    path = await _came(company)
    ops, desk = await company.as_("ops"), await company.as_("desk")
    assert [(await ops("GET", f"{path}/files/{number}")).status for number in (1, 2, 3)] == [200, 423, 423]
    command = {"command": "release_file", "data": {"file": "2"}}
    assert (await desk("POST", f"{path}/commands", command)).json["reason"] == "not_allowed"
    unknown = await ops("POST", f"{path}/commands", {"command": "release_file", "data": {"file": "7"}})
    assert (unknown.json["reason"], len(unknown.json["instead"])) == ("not_known", 2)
    assert (await ops("POST", f"{path}/commands", command)).status == 200
    assert (await ops("POST", f"{path}/commands", command)).json["reason"] == "done_before"
    answer = await desk("GET", f"{path}/files/2")
    assert (answer.status, answer.body) == (200, VIRUS)
    assert (await desk("GET", f"{path}/files/3")).code == "quarantined"
    whole = (await desk("GET", path)).json
    (event,) = [each for each in whole["timeline"] if each["type"] == "file.released"]
    listed = (await desk("GET", f"{path}/files")).json["files"]
    assert (event["actor"], event["data"]["file"], whole["released"]) == ("ops", listed[1]["id"], [listed[1]["id"]])
    assert [each["quarantined"] for each in listed] == [False, False, True]
    assert {"refused file " + listed[1]["id"][:12], "file " + listed[1]["id"][:12]} <= {
        what for _, what in await company.reads()
    }
