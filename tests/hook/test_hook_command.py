"""`intake parse --kind hook` and `intake verify --kind hook`: recorded posts, without any service."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path

import pytest

from connectors.hook import load
from tests.command.conftest import intake
from tests.hook.conftest import KEY, SECRET, signed

DOCS = Path(__file__).parents[2] / "docs"
BODY = b'{"message": "It is broken.", "email": "ann@customer.example", "pictures": ["https://files.example/a.png"]}'


def test_the_mapping_is_told_by_the_body_or_named(tmp_path: Path) -> None:
    """Without a mapping a remark says which was taken; a named one, shipped or a file, is taken as it is."""
    (tmp_path / "body.json").write_bytes(BODY)
    (tmp_path / "ours.yaml").write_text("channel: store\nmessage: {text: body.message}\n", encoding="utf-8")
    (line,) = intake("parse", "--kind", "hook", "--brand", "welzo", tmp_path / "body.json").lines
    message = line["message"]
    assert (message["text"], message["channel"]) == ("It is broken.", "other")
    assert message["remarks"] == ["mapped_by_plain", "file_not_fetched"]
    assert message["reply_to"]["address"] == {"kind": "email", "value": "ann@customer.example"}
    asked = ("parse", "--kind", "hook", "--mapping", tmp_path / "ours.yaml", tmp_path / "body.json")
    (line,) = intake(*asked).lines
    assert (line["message"]["text"], line["message"]["channel"]) == ("It is broken.", "store")
    done = intake("parse", "--kind", "hook", "--mapping", "none.yaml", tmp_path / "body.json")
    assert (done.status, "none.yaml" in done.err) == (1, True)


def test_a_signature(tmp_path: Path) -> None:
    """Which scheme it is, the headers say; a time that is long past is no fault of a recording."""
    (tmp_path / "body").write_bytes(BODY + b"\n")
    typeform = base64.b64encode(hmac.new(b"hush", BODY, hashlib.sha256).digest()).decode()
    cases = [
        (SECRET, signed(BODY, "m1", 1_700_000_000, KEY)),
        ("hush", {"Typeform-Signature": f"sha256={typeform}"}),
        ("hush", {"Tally-Signature": typeform}),
        ("hush", {"Authorization": "Bearer hush"}),
    ]
    asked = ("verify", "--kind", "hook", "--secret-file", tmp_path / "secret", "--headers", tmp_path / "headers")
    for secret, headers in cases:
        (tmp_path / "headers").write_text(json.dumps(headers), encoding="utf-8")
        (tmp_path / "secret").write_text(secret, encoding="utf-8")
        assert intake(*asked, tmp_path / "body").status == 0
        (tmp_path / "secret").write_text("another", encoding="utf-8")
        done = intake(*asked, tmp_path / "body", "--json")
        assert (done.status, json.loads(done.out)["code"]) == (1, "signature_bad")
    (tmp_path / "headers").write_text("Content-Type: multipart/form-data\n", encoding="utf-8")
    for last, status in (("another", 0), ("hush", 1)):
        url = f"https://intake.shop.example/hooks/forms/{last}"
        assert intake(*asked, "--url", url, tmp_path / "body").status == status


@pytest.mark.parametrize(
    "block", re.findall(r"```yaml\n(about:.*?)```", (DOCS / "hooks.md").read_text("utf-8"), re.DOTALL)
)
def test_the_page_is_true(tmp_path: Path, block: str) -> None:
    """The mapping that docs/hooks.md shows loads, and gives what its example says."""
    (tmp_path / "tickets.yaml").write_text(block, encoding="utf-8")
    assert load("tickets.yaml", tmp_path).table.examples
