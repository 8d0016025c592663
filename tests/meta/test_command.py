"""`intake parse --kind meta` and `intake verify`: recorded requests, without any service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from intake_daemon.message import Message, message_id
from tests.command.conftest import intake
from tests.fakes.meta import posted, signed
from tests.meta.payloads import PHONE, text, value, whatsapp

RECORDED = Path(__file__).parent / "recorded"


def test_every_recording_is_accounted_for() -> None:
    """A folder of bodies: messages in the public form, what is none with its reason; several lines for a batch."""
    done = intake("parse", "--kind", "meta", "--brand", "welzo", RECORDED)
    assert done.status == 0, done.err
    assert not [line for line in done.lines if "error" in line]
    found: dict[str, list[dict[str, object]]] = {}
    for line in done.lines:
        found.setdefault(Path(line["file"]).stem, []).append(line)
    assert sorted(found) == sorted(file.stem for file in RECORDED.iterdir())
    (line,) = (line for line in done.lines if line["file"].endswith("/whatsapp_text.json"))
    told = line["message"]
    assert told["id"] == message_id(f"whatsapp:{PHONE}:wamid.1")
    assert (told["channel"], told["contact_at"]) == ("social", "2026-11-20T09:30:00Z")
    whole = {"reference": "WLZ-0000-0000-0000", "connector": "wa", "kind": "meta"}
    times = {"received_at": "2026-11-20T09:30:00Z", "contact_at": "2026-11-20T09:30:00Z"}
    reply = {**told["reply_to"], "connector": "wa"}
    assert Message.model_validate({**told, **whole, **times, "reply_to": reply}).new_words == told["text"]
    assert [each.get("other") for each in found["whatsapp_batch"]].count(None) == 5


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """Accounted for as an error; bodies on a line each are read."""
    (tmp_path / "a").write_bytes(b"\xff\xfe")
    (tmp_path / "b").write_text("[1, 2]", encoding="utf-8")
    bodies = [whatsapp(value(text(f"wamid.{number}", f"{number}."))) for number in range(3)]
    (tmp_path / "c").write_text("\n".join(map(json.dumps, bodies)), encoding="utf-8")
    lines = intake("parse", "--kind", "meta", tmp_path).lines
    assert ["error" in line for line in lines] == [True, True, False, False, False]


@pytest.fixture
def request_(tmp_path: Path) -> Path:
    """A folder with a recorded, signed request, letters beyond ASCII escaped as Meta does it."""
    body = posted(whatsapp(value(text(body="Где мой заказ? äöå / 🙁"))))
    (tmp_path / "secret").write_text("hush\n", encoding="utf-8")
    (tmp_path / "headers").write_text(
        f"POST /hooks/wa HTTP/1.1\nContent-Type: application/json\nX-Hub-Signature-256: {signed('hush', body)}\n",
        encoding="utf-8",
    )
    (tmp_path / "body").write_bytes(body)
    return tmp_path


def verify(folder: Path, *more: object) -> tuple[int, dict[str, object]]:
    """What `intake verify` says of it."""
    asked = ("--secret-file", folder / "secret", "--headers", folder / "headers", folder / "body")
    done = intake("verify", "--kind", "meta", "--json", *more, *asked)
    return done.status, json.loads(done.out)


def test_a_signature_that_holds(request_: Path) -> None:
    """Also when an editor has ended the body's line, and whatever the address was."""
    assert verify(request_)[0] == 0
    (request_ / "body").write_bytes((request_ / "body").read_bytes() + b"\n")
    assert verify(request_, "--url", "https://intake.example/hooks/wa")[0] == 0


def test_a_signature_that_does_not(request_: Path) -> None:
    """Each fault says what it is: no header, SHA-1 only, another secret, another body, a body that was rewritten."""
    body = (request_ / "body").read_bytes()
    (request_ / "body").write_text(json.dumps(json.loads(body), ensure_ascii=False, indent=1), encoding="utf-8")
    assert verify(request_) == (1, verify(request_)[1])
    assert verify(request_)[1]["code"] == "body_rewritten"
    (request_ / "body").write_bytes(body.replace(b"wamid.1", b"wamid.2"))
    assert verify(request_)[1]["code"] == "signature_bad"
    (request_ / "body").write_bytes(body)
    (request_ / "secret").write_text("other", encoding="utf-8")
    assert "App secret" in str(verify(request_)[1]["why"])
    (request_ / "headers").write_text(json.dumps({"X-Hub-Signature": "sha1=00"}), encoding="utf-8")
    code = verify(request_)[1]
    assert (code["code"], "SHA-1" in str(code["why"])) == ("signature_missing", True)
