"""`intake parse --kind twilio` and `intake verify`: recorded requests, without any service."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from intake_daemon.message import Message, message_id
from tests.command.conftest import intake
from tests.twilio.payloads import ACCOUNT, finished, sms

RECORDED = Path(__file__).parent / "recorded"
URL = "https://intake.welzo.example/hooks/sms"


def test_every_recording_is_accounted_for() -> None:
    """A folder of form bodies and JSON bodies: messages in the public form, what is none with its reason."""
    done = intake("parse", "--kind", "twilio", "--brand", "welzo", RECORDED)
    assert done.status == 0, done.err
    assert not [line for line in done.lines if "error" in line]
    found: dict[str, list[dict[str, object]]] = {}
    for line in done.lines:
        found.setdefault(Path(line["file"]).stem, []).append(line)
    assert sorted(found) == sorted(file.stem for file in RECORDED.iterdir())
    (line,) = (line for line in done.lines if line["file"].endswith("/sms.form"))
    text = line["message"]
    assert text["id"] == message_id(f"twilio:{ACCOUNT}:SM00000000000000000000000000000001")
    assert (text["channel"], text["text"], text["contact_at"]) == ("sms", "My parcel 4711 came open.", None)
    whole = {"reference": "WLZ-0000-0000-0000", "connector": "sms", "kind": "twilio_text"}
    times = {"received_at": "2026-11-20T09:30:00Z", "contact_at": "2026-11-20T09:30:00Z"}
    reply = {**text["reply_to"], "connector": "sms"}
    assert Message.model_validate({**text, **whole, **times, "reply_to": reply}).new_words == text["text"]
    assert [each.get("other") for each in found["list"]] == [None, "status", None]
    others = {name: lines[0]["other"] for name, lines in found.items() if "other" in lines[0]}
    assert others == {"status": "status", "call": "call", "finished": "transcript_ready"}


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """Accounted for as an error."""
    (tmp_path / "a").write_bytes(b"\xff\xfe")
    (line,) = intake("parse", "--kind", "twilio", tmp_path / "a").lines
    assert "error" in line


@pytest.fixture
def request_(tmp_path: Path) -> Path:
    """A folder with a recorded, signed request."""
    signature = RequestValidator("hush").compute_signature(URL, sms())
    (tmp_path / "secret").write_text("hush\n", encoding="utf-8")
    (tmp_path / "headers").write_text(
        f"POST /hooks/sms HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\nX-Twilio-Signature: {signature}\n",
        encoding="utf-8",
    )
    (tmp_path / "body").write_text(urlencode(sms()) + "\n", encoding="utf-8")
    return tmp_path


def test_a_signature_that_holds(request_: Path) -> None:
    """Exit 0 and a sentence; also when an editor has ended the body's line."""
    asked = ("--secret-file", request_ / "secret", "--headers", request_ / "headers", request_ / "body")
    done = intake("verify", "--kind", "twilio", "--url", URL, *asked)
    assert (done.status, done.out.strip()) == (0, "The signature holds.")
    done = intake("verify", "--kind", "twilio", "--url", URL + "/", "--json", *asked)
    assert done.status == 1
    assert json.loads(done.out)["code"] == "signature_bad"


def test_json_headers_and_body(request_: Path) -> None:
    """JSON is verified with bodySHA256 in the URL; without it, it says so."""
    body = json.dumps(finished()).encode()
    marked = f"{URL}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    signature = RequestValidator("hush").compute_signature(marked, {})
    (request_ / "body").write_bytes(body)
    said = {"X-Twilio-Signature": signature, "Content-Type": "application/json"}
    (request_ / "headers").write_text(json.dumps(said), encoding="utf-8")
    asked = ("--secret-file", request_ / "secret", "--headers", request_ / "headers", request_ / "body")
    assert intake("verify", "--kind", "twilio", "--url", marked, *asked).status == 0
    done = intake("verify", "--kind", "twilio", "--url", URL, *asked)
    assert (done.status, "bodySHA256" in done.out) == (1, True)


def test_what_is_mistyped(request_: Path) -> None:
    """An unknown kind and a missing file are told; the secret is never an argument, and never shown."""
    asked = ("--secret-file", request_ / "secret", "--headers", request_ / "headers", request_ / "body")
    done = intake("verify", "--kind", "pigeon", *asked)
    assert done.status == 1
    assert "--kind twilio" in done.err
    done = intake("verify", "--kind", "twilio", "--secret-file", request_ / "none", *asked[2:])
    assert done.status == 1
    assert "hush" not in done.out + done.err
