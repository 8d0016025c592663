"""`intake parse --kind calls` and `intake verify --kind calls`: files, without any service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.calls.signature import signature
from intake_daemon.message import Message
from tests.calls.test_reading import NONE, RECORDED, SPOKEN
from tests.command.conftest import intake

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_every_recording_is_accounted_for() -> None:
    """A folder of transcripts: messages in the public form; what is none with its reason; exit 0."""
    done = intake("parse", "--kind", "calls", "--brand", "welzo", RECORDED)
    assert done.status == 0, done.err
    found = {Path(line["file"]).name: line for line in done.lines}
    assert sorted(found) == sorted(each.name for each in RECORDED.iterdir())
    assert {name for name, line in found.items() if "message" in line} == set(SPOKEN)
    assert {name for name, line in found.items() if "other" in line} == {name for name in NONE if NONE[name][1]}
    assert "encrypted" in found["vcon-encrypted.json"]["error"]
    text = found["vcon-0.0.1.json"]["message"]
    assert (text["channel"], text["contact_at"]) == ("phone", "2026-11-20T09:30:00Z")
    whole = {"reference": "WLZ-0000-0000-0000", "connector": "line", "kind": "calls"}
    times = {"received_at": "2026-11-20T09:30:00Z"}
    reply = {**text["reply_to"], "connector": "line"}
    message = Message.model_validate({**text, **whole, **times, "reply_to": reply})
    assert message.new_words == "My parcel 4711 never came."
    assert message.reply_to is not None
    assert message.reply_to.address == message.sender.addresses[0]


def test_a_recorded_upload(tmp_path: Path) -> None:
    """A multipart body, as it was received, is read with what was told beside the call, and its recording."""
    body = (
        '--b0\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{"call_id": "17", "from": "+447700900123"}\r\n'
        '--b0\r\nContent-Disposition: form-data; name="transcript"; filename="a.txt"\r\n\r\n'
        "Agent: Hi\nCustomer: It broke\r\n"
        '--b0\r\nContent-Disposition: form-data; name="recording"; filename="a.wav"\r\n'
        "Content-Type: audio/wav\r\n\r\nRIFF\r\n"
        "--b0--\r\n"
    )
    (tmp_path / "body").write_text(body, encoding="utf-8", newline="")
    (line,) = intake("parse", "--kind", "calls", tmp_path / "body").lines
    message = line["message"]
    assert message["external_id"] == "17"
    assert message["sender"]["addresses"] == [{"kind": "phone", "value": "+447700900123"}]
    assert [each["name"] for each in message["attachments"]] == ["a.wav"]
    assert message["transcript"]["recording"] == "a.wav"


@pytest.mark.parametrize(
    ("changed", "code"), [({}, ""), ({"webhook-id": "2"}, "signature_bad"), ({"webhook-id": ""}, "signature_missing")]
)
def test_a_recorded_signature(tmp_path: Path, changed: dict[str, str], code: str) -> None:
    """Whether it holds, of a request of any age; and if not, why."""
    body = b'{"turns": []}'
    headers = {"Webhook-Id": "1", "Webhook-Timestamp": "1700000000"}
    headers["Webhook-Signature"] = f"v1,AAAA v1,{signature(SECRET, '1', '1700000000', body)}"
    told = {name.lower(): value for name, value in headers.items()} | changed
    (tmp_path / "secret").write_text(SECRET + "\n", encoding="utf-8")
    (tmp_path / "headers").write_text(json.dumps(told), encoding="utf-8")
    (tmp_path / "body").write_bytes(body + b"\n")
    asked = ("--secret-file", tmp_path / "secret", "--headers", tmp_path / "headers", tmp_path / "body")
    done = intake("verify", "--kind", "calls", "--json", *asked)
    assert done.status == (1 if code else 0)
    assert json.loads(done.out)["code"] == (code or "holds")
    assert SECRET not in done.out + done.err


def test_what_lies_beside(tmp_path: Path) -> None:
    """A file of details with the transcript's name is taken into its message, and is told to be no message itself."""
    (tmp_path / "a.txt").write_text("Agent: Hi\nCustomer: It broke", encoding="utf-8")
    (tmp_path / "a.meta.json").write_text('{"call_id": "17", "from": "+447700900123"}', encoding="utf-8")
    other, line = intake("parse", "--kind", "calls", tmp_path).lines
    assert (line["message"]["external_id"], other["other"]) == ("17", "details")
