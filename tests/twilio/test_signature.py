"""The signature: as twilio's own library makes it, for any parameters; and what the library itself lets pass."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData, UploadFile
from twilio.request_validator import RequestValidator

from connectors.twilio import verify
from connectors.twilio.signature import FORM, JSON
from tests.twilio.conftest import PUBLIC, Line
from tests.twilio.payloads import sms

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
DOCUMENTED = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}


def why(url: str, form: dict[str, str] | bytes, signature: str, media_type: str = FORM) -> str | None:
    """What `verify` says of a post."""
    body = form if isinstance(form, bytes) else urlencode(form).encode()
    return verify(secret=TOKEN, url=url, media_type=media_type, body=body, signature=signature)


def test_the_documented_example() -> None:
    """Twilio's documentation works one out: that very signature holds, and no other does."""
    signature = RequestValidator(TOKEN).compute_signature(URL, DOCUMENTED)
    assert signature == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert why(URL, DOCUMENTED, signature) is None
    assert why(URL, DOCUMENTED, signature[::-1]) == "signature_bad"
    assert why(URL, DOCUMENTED, "") == "signature_missing"


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=6))
def test_any_parameters_as_the_library_signs_them(form: dict[str, str]) -> None:
    """Blanks, blank values, unknown parameters, any script: what the library signs holds, one letter more does not."""
    form = {
        key.encode("utf-8", "replace").decode(): value.encode("utf-8", "replace").decode()
        for key, value in form.items()
    }
    signature = RequestValidator(TOKEN).compute_signature(URL, form)
    assert why(URL, form, signature) is None
    assert why(URL, form | {"More": "x"}, signature) == "signature_bad"


def test_equal_names_as_the_library_signs_them() -> None:
    """A name that comes twice: both values count, equal ones once."""
    pairs: list[tuple[str, str | UploadFile]] = [("Body", "b"), ("Body", "a"), ("Body", "b"), ("To", "")]
    signature = RequestValidator(TOKEN).compute_signature(URL, FormData(pairs))
    assert why(URL, urlencode(pairs).encode(), signature) is None


@pytest.mark.parametrize(
    ("signed", "called"),
    [
        ("https://intake.example/hooks/sms", "https://intake.example/hooks/sms"),
        ("https://intake.example:443/hooks/sms", "https://intake.example/hooks/sms"),
        ("https://intake.example/hooks/sms", "https://intake.example:443/hooks/sms"),
        ("https://intake.example:8443/hooks/sms", "https://intake.example:8443/hooks/sms"),
        ("https://intake.example/hooks/sms", "https://intake.example:8443/hooks/sms"),
        ("https://intake.example/hooks/sms", "https://user:pass@intake.example/hooks/sms"),
        ("https://user:pass@intake.example:443/hooks/sms", "https://user:pass@intake.example/hooks/sms"),
        ("https://user:p:ss@intake.example:8443/x", "https://user:p:ss@intake.example:8443/x"),
        ("https://[::1]:8443/x", "https://[::1]:8443/x"),
        ("https://[::1]/x", "https://[::1]:8443/x"),
        ("https://[2001:db8::1]:443/x", "https://[2001:db8::1]/x"),
        ("http://intake.example:80/x", "http://intake.example/x"),
    ],
)
def test_a_url_with_and_without_port_and_user(signed: str, called: str) -> None:
    """The same address in each way in which Twilio's products write it; also where the library breaks it (TW-03)."""
    signature = RequestValidator(TOKEN).compute_signature(signed, sms())
    assert why(called, sms(), signature) is None


@pytest.mark.parametrize(
    "called",
    [
        "http://intake.example/hooks/sms",
        "https://intake.example/hooks/sms/",
        "https://intake.example/hooks/sms?a=1",
        "https://elsewhere.example/hooks/sms",
    ],
)
def test_another_url_is_another_signature(called: str) -> None:
    """Scheme, host, path and query are what is signed."""
    signature = RequestValidator(TOKEN).compute_signature("https://intake.example/hooks/sms", sms())
    assert why(called, sms(), signature) == "signature_bad"


def test_json_needs_the_hash_of_its_body() -> None:
    """AT-X08: JSON without bodySHA256, or with another body, does not hold; the library lets both through (TW-02)."""
    body = json.dumps({"account_sid": "AC1"}).encode()
    marked = f"{URL}&bodySHA256={hashlib.sha256(body).hexdigest()}"
    library = RequestValidator(TOKEN)
    signed = library.compute_signature(marked, {})
    assert why(marked, body, signed, JSON) is None
    assert why(marked, body, signed, "application/json; charset=utf-8") is None
    assert why(marked, body + b" ", signed, JSON) == "body_changed"
    assert why(marked, b"", signed, JSON) == "body_changed"
    assert library.validate(marked, {}, signed), "handed no body, the library says yes"
    assert why(URL, body, library.compute_signature(URL, {}), JSON) == "body_unsigned"
    assert why(marked, body, library.compute_signature(URL, {}), JSON) == "signature_bad"


def test_what_is_neither_form_nor_json_is_not_signed() -> None:
    """A body of another type would not be covered by anything."""
    signature = RequestValidator(TOKEN).compute_signature(URL, {})
    assert why(URL, b"<x/>", signature, "text/xml") == "unsigned_type"
    assert why(URL, b"\xff=1", signature) == "signature_bad"
    assert why(URL, b"a=%ff", signature) == "signature_bad"


def test_shared_keys() -> None:
    """Newer accounts sign with a shared key and SHA-256 and say so; an unknown way is refused."""
    library, header = RequestValidator(TOKEN), "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    signature = library.compute_signature(URL, sms(), "HMAC_SHA256")

    def said(algorithm: str) -> str | None:
        body = urlencode(sms()).encode()
        return verify(secret=TOKEN, url=URL, media_type=FORM, body=body, signature=signature, algorithm=algorithm)

    assert said(header) is None
    assert said("") == "signature_bad"
    assert said("algorithm=NONE") == "unsigned_algorithm"


class TestAtTheDoor:
    """Over HTTP."""

    @pytest.mark.row("AT-X08", level="connector")
    async def test_at_x08_json_with_a_changed_body(self, line: Line) -> None:
        """AT-X08: 403 for both, nothing held, no exception."""
        said = {"sid": "SM1", "direction": "inbound", "from": "+447700900123", "to": "+442079460001", "body": "x"}
        (good,) = await line.post(said, json_body=True)
        assert good["status"] == 200
        library = RequestValidator(line.account.token)
        unsigned = library.compute_signature(f"{PUBLIC}/hooks/sms", {})
        (changed,) = await line.post(said | {"body": "y"}, json_body=True, signature=unsigned)
        assert changed["status"] == 403
        assert len(line.door.held) == 1
        assert line.door.refusals == {"signature_bad": 1}

    async def test_another_accounts_message(self, line: Line) -> None:
        """A post that is signed but names another account is refused."""
        (answer,) = await line.post(sms(), AccountSid="AC99")
        assert answer["status"] == 403
        assert line.door.refusals == {"foreign_account": 1}

    async def test_too_much_is_refused(self, line: Line) -> None:
        """More than any message of Twilio's is not even read to its end."""
        (answer,) = await line.post(sms(body="x" * 300_000))
        assert answer["status"] == 413
        assert not line.door.raws
