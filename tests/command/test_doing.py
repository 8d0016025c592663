"""`intake do` as it is typed, and `intake token`, `aside`, `tasks`."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from pathlib import Path

import pytest

from intake_daemon.command.acting import _typed
from intake_daemon.command.options import Mistyped
from tests.command.conftest import Shop


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["note"], "note"),
        (["review_completed"], "review_completed"),
        (["review-completed"], "review_completed"),
        (["review", "completed"], "review_completed"),
        (["Review completed"], "review_completed"),
        (["not", "a", "complaint"], "not_a_complaint"),
    ],
)
def test_names_as_people_write_them(words: list[str], name: str) -> None:
    """Underscores, hyphens, spaces, capitals: one command."""
    assert _typed(words, []) == (name, {})


def test_data_as_people_write_it(tmp_path: Path) -> None:
    """A word, a list, JSON, the text of a file; a file of JSON gives all at once; `=` and `:` may stand in a value."""
    (tmp_path / "long").write_text("Dear Ann,\nwe were wrong.\n")
    (tmp_path / "all.json").write_text('{"decision": "upheld", "reasons": ["x"]}')
    data = ["a=1", "b=x=y:=z", "c:=[1, null]", f"text=@{tmp_path / 'long'}", "asked=order", "asked=photo", "asked=date"]
    assert _typed(["answer", str(tmp_path / "all.json"), "due=2026-12-18"], data) == (
        "answer",
        {
            "decision": "upheld",
            "reasons": ["x"],
            "due": "2026-12-18",
            "a": "1",
            "b": "x=y:=z",
            "c": [1, None],
            "text": "Dear Ann,\nwe were wrong.\n",
            "asked": ["order", "photo", "date"],
        },
    )


@pytest.mark.parametrize(
    ("words", "data", "said"),
    [
        ([], [], "No command is named"),
        (["a=b"], [], "No command is named"),
        (["note", "50%"], [], "neither a command"),
        (["note"], ["text"], "no name=value"),
        (["note"], ["=x"], "no name=value"),
        (["note"], ["n:={"], "no JSON"),
        (["note"], ["text=@/nowhere/at/all"], "cannot be read (FileNotFoundError)"),
    ],
)
def test_typing_errors_are_told(words: list[str], data: list[str], said: str) -> None:
    """Each with what to write instead."""
    with pytest.raises(Mistyped) as told:
        _typed(words, data)
    assert said in told.value.detail


def test_do_reads_files_and_standard_input(shop: Shop, tmp_path: Path) -> None:
    """Words from a file, JSON from a file or standard input; `--json` alone prints the outcome; an id is done once."""
    reference = shop.reference("kontakt")
    (tmp_path / "note.txt").write_text("From a file.")
    (tmp_path / "note.json").write_text('{"text": "From an object."}')
    who = ("--as", "aysel")
    assert shop.ask("do", reference, "note", "--data", f"text=@{tmp_path / 'note.txt'}", *who).status == 0
    assert shop.ask("do", reference, "note", "--json", tmp_path / "note.json", *who).json["disposition"] == "done"
    assert shop.ask("do", reference, "note", "-", *who, stdin='{"text": "From a pipe."}').status == 0
    assert shop.ask("do", reference, "note", "--text", "-", *who, stdin="From a pipe, bare.").status == 0
    for _ in range(2):
        assert "note done, 1 event" in shop.ask("do", reference, "note", "--text", "Once.", "--id", "n-1", *who).out
    told = shop.ask("case", reference, "--as", "elnur").out
    for said in ("From a file.", "From an object.", "From a pipe.", "From a pipe, bare.", "Once."):
        assert told.count(f"| {said}") == 1, said


def test_refusal_for_programs(shop: Shop) -> None:
    """`--json`: the whole problem on standard output, exit 1."""
    said = shop.ask("do", shop.reference("kontakt"), "note", "--as", "aysel", "--text", " ", "--json")
    assert said.status == 1
    assert (said.json["code"], said.json["status"], said.err) == ("text_missing", 422, "")


def test_token_from_making_to_revoking(shop: Shop) -> None:
    """The token alone on standard output; with it the API answers over TCP; listed without it; revoked, it is 401."""
    made = shop.ask("token create", "kontakt_crm", "--days", "7")
    token = made.out.strip()
    assert token.startswith("intake_")
    assert "not shown again" in made.err

    def asked() -> tuple[int, dict[str, object]]:
        with closing(http.client.HTTPConnection("127.0.0.1", shop.daemon.internal, timeout=30)) as connection:
            connection.request("GET", "/api/v1/cases", headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    status, found = asked()
    assert status == 200
    assert {each["brand"] for each in found["cases"]} == {"kontakt"}  # type: ignore[attr-defined]
    listed = shop.ask("token list")
    assert "kontakt_crm" in listed.out
    assert token not in listed.out
    (row,) = [each for each in shop.ask("token list", "--json").json if each["id"] == token.split("_")[1]]
    assert row["state"] == "valid"
    assert shop.ask("token revoke", row["id"]).out == f"{row['id']} is revoked\n"
    assert asked()[0] == 401
    assert row["id"] in shop.daemon.log.read_text()
    assert token not in shop.daemon.log.read_text()
    assert "handlers.yaml has nobody" in shop.ask("token create", "nobody").err
    assert "Only an operator" in shop.ask("token create", "ops", "--as", "aysel").err


def test_nothing_waits(shop: Shop) -> None:
    """Empty lists say so; an unknown id is told with where to look."""
    assert shop.ask("aside").out == "nothing lies aside\n"
    assert "intake aside list" in shop.ask("aside show", "nothing").err
    assert "Say who acts" in shop.ask("aside back", "nothing").err
    assert shop.ask("tasks").out == "no open tasks\n"
    assert "intake tasks list" in shop.ask("tasks show", "nothing").err
