"""`intake parse --kind telegram`: recorded updates as common messages, one JSON object a line."""

from __future__ import annotations

import shutil
from pathlib import Path

from intake_daemon.message import Message, message_id
from tests.command.conftest import intake
from tests.walk.daemon import ROOT

RECORDED = Path(__file__).parent / "recorded"


def test_every_recording_is_accounted_for() -> None:
    """A folder of them: messages in the public form, what is none with its reason, an album's parts each."""
    done = intake("parse", "--kind", "telegram", "--brand", "kontakt", RECORDED)
    assert done.status == 0, done.err
    names = [Path(line["file"]).stem for line in done.lines]
    assert sorted(set(names)) == sorted(file.stem for file in RECORDED.glob("*.json"))
    assert names.count("album") == 3
    assert not [line for line in done.lines if "error" in line]
    by_name = {Path(line["file"]).stem: line for line in done.lines}
    text = by_name["text"]["message"]
    assert text["id"] == message_id("telegram:0:551182001:11")
    assert text["contact_at"] == "2026-11-01T12:00:11Z"
    assert text["channel"] == "social"
    assert by_name["edited"]["message"]["revision_of"] == text["id"]
    whole = {
        "reference": "KON-0000-0000-0000",
        "connector": "tg",
        "kind": "telegram",
        "received_at": text["contact_at"],
    }
    assert Message.model_validate({**text, **whole, "reply_to": {**text["reply_to"], "connector": "tg"}}).new_words
    assert by_name["group_joined"] == {
        "file": str(RECORDED / "group_joined.json"),
        "other": "service",
        "why": "Telegram tells that something happened in the chat",
    }


def test_the_bot_of_the_configuration_gives_the_id(tmp_path: Path) -> None:
    """With a configuration that names the brand's bot the id is the one that the daemon would give."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    settings = tmp_path / "config" / "intake.yaml"
    bot = '  tg: {kind: telegram, token: "7000000001:x", brand: kontakt}\n'
    settings.write_text(settings.read_text(encoding="utf-8").replace("connectors:\n", f"connectors:\n{bot}"), "utf-8")
    asked = ("--brand", "kontakt", "-c", tmp_path / "config", RECORDED / "text.json")
    (line,) = intake("parse", "--kind", "telegram", *asked).lines
    assert line["message"]["id"] == message_id("telegram:7000000001:551182001:11")


def test_a_file_that_holds_no_update(tmp_path: Path) -> None:
    """It is accounted for; so is one that is not there; lines of JSON are one update each."""
    (tmp_path / "a.json").write_text("no json", encoding="utf-8")
    text = (RECORDED / "text.json").read_text(encoding="utf-8").replace("\n", " ")
    (tmp_path / "b.jsonl").write_text(f"{text}\n{text}\n", encoding="utf-8")
    done = intake("parse", "--kind", "telegram", tmp_path / "a.json", tmp_path / "b.jsonl", tmp_path / "c.json")
    assert done.status == 0, done.err
    assert ["error" in line for line in done.lines] == [True, False, False, True]
    assert done.lines[1]["message"]["id"] is None


def test_whether_a_recorded_post_says_the_secret(tmp_path: Path) -> None:
    """`intake verify`: exit 0 when it does; else why not, and exit 1."""
    secret, headers = tmp_path / "secret", tmp_path / "headers"
    secret.write_text("hush-hush-hush-hush\n", encoding="utf-8")
    asked = ("verify", "--kind", "telegram", "--secret-file", secret, "--headers", headers, RECORDED / "text.json")
    for told, status in (("hush-hush-hush-hush", 0), ("hush-hush-hush-husH", 1), ("", 1)):
        headers.write_text(f"Host: x\nX-Telegram-Bot-Api-Secret-Token: {told}\n", encoding="utf-8")
        assert intake(*asked).status == status
