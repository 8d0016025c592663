"""The corpus of broken mails: each is read as far as it goes, and `expected.yaml` says how far that is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from intake_daemon.settings import yaml12
from tests.command.conftest import intake
from tests.email.letters import read

FOLDER = Path(__file__).parent / "broken"
EXPECTED: dict[str, dict[str, Any]] = yaml12.load(FOLDER / "expected.yaml")


def test_there_are_forty_and_each_has_its_expectation() -> None:
    """No mail without an expectation, no expectation without a mail."""
    assert sorted(EXPECTED) == sorted(path.stem for path in FOLDER.glob("*.eml"))
    assert len(EXPECTED) >= 40


@pytest.mark.parametrize("name", EXPECTED)
def test_a_broken_mail_is_read_as_far_as_it_goes(name: str) -> None:
    """Who wrote, subject, words, files, remarks; all words are the sender's own, and nobody is taken for a machine."""
    draft, wanted = read((FOLDER / f"{name}.eml").read_bytes()), EXPECTED[name]
    assert draft.sender.address("email") == wanted["sender"]
    assert draft.sender.name == wanted["name"]
    assert draft.subject == wanted["subject"]
    assert draft.text == wanted["text"]
    assert [[file.name, file.media_type, len(file.content)] for file in draft.files] == wanted["files"]
    assert sorted(draft.remarks) == sorted(wanted["remarks"])
    assert draft.automatic.kind == "no"


def test_one_call_of_parse_accounts_for_all_of_them() -> None:
    """A line for each, in order, with what the rooms found."""
    said = intake("parse", *sorted(FOLDER.glob("*.eml")))
    assert said.status == 0
    lines = said.lines
    assert [Path(line["file"]).stem for line in lines] == sorted(EXPECTED)
    for line in lines:
        wanted = EXPECTED[Path(line["file"]).stem]
        assert line["message"]["text"] == wanted["text"]
        assert [file["name"] for file in line["message"]["attachments"]] == [name for name, _, _ in wanted["files"]]
