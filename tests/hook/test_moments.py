"""Dates as other systems write them; and Standard Webhooks' own example of a signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from connectors.hook import verify
from connectors.hook.moments import moment

HALF_TEN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-20T09:30:00Z", HALF_TEN),
        ("2026-11-20T09:30:00.000+00:00", HALF_TEN),
        ("2026-11-20T13:30:00+0400", HALF_TEN),
        ("2026-11-20 09:30", HALF_TEN),
        ("2026-11-20 09:30:00 UTC", HALF_TEN),
        ("2026/11/20 9:30", HALF_TEN),
        ("2026-11-20", MIDNIGHT),
        (1795167000, HALF_TEN),
        (1795167000000, HALF_TEN),
        ("1795167000", HALF_TEN),
        (1795167000.0, HALF_TEN),
        ("Fri, 20 Nov 2026 09:30:00 +0000", HALF_TEN),
        ("20.11.2026 09:30", HALF_TEN),
        ("20/11/2026 9:30:00", HALF_TEN),
        ("11/20/2026 9:30 AM", HALF_TEN),
        ("November 20, 2026, 9:30 a.m.", HALF_TEN),
        ("20 Nov 2026", MIDNIGHT),
        ("Friday, November 20th 2026", MIDNIGHT),
        ({"year": "2026", "month": "11", "day": "20", "hour": "09", "min": "30", "ampm": "AM"}, HALF_TEN),
        ("soon", None),
        ("2026-13-45", None),
        ("", None),
        (True, None),
        (7, None),
        ([], None),
        ({"year": "x"}, None),
    ],
)
def test_a_date_in_any_usual_form(written: Any, meant: datetime | None) -> None:  # noqa: ANN401 -- JSON
    """In UTC; what is no date, or one that no complaint has, is none."""
    assert moment(written) == meant


def test_which_zone_and_which_order() -> None:
    """A time without a zone is the brand's; 11/12/2026 is what the mapping says."""
    assert moment("2026-11-20 13:30", ZoneInfo("Asia/Baku")) == HALF_TEN
    assert moment("11/12/2026") == datetime(2026, 12, 11, tzinfo=UTC)
    assert moment("11/12/2026", month_first=True) == datetime(2026, 11, 12, tzinfo=UTC)


@given(
    written=st.one_of(
        st.text(max_size=30), st.floats(), st.integers(), st.from_regex(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,5}")
    )
)
def test_any_value(written: object) -> None:
    """It is a moment in UTC, or none."""
    found = moment(written)
    assert found is None or found.tzinfo is UTC


def test_the_example_of_standard_webhooks() -> None:
    """The secret, the id, the time, the body and the signature of its documentation."""
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330 + 299, UTC)
    assert verify("standard", (secret,), headers, body, now=at) is None
    assert verify("standard", (secret.removeprefix("whsec_"),), headers, body, now=at) is None
    svix = {name.replace("webhook", "svix"): value for name, value in headers.items()}
    assert verify("standard", (secret,), svix, body, now=at) is None
    private = Ed25519PrivateKey.generate()
    content = b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + body
    both = f"v1,AAAA v1a,{base64.b64encode(private.sign(content)).decode()}"
    public = "whpk_" + base64.b64encode(private.public_key().public_bytes_raw()).decode()
    assert verify("standard", (secret, public), {**headers, "webhook-signature": both}, body, now=at) is None
    assert verify("standard", (public,), {**headers, "webhook-signature": both}, body + b" ", now=at) == "signature_bad"
    for known in (public.encode(), public[5:].encode(), private.public_key().public_bytes_raw()):
        forged = "v1," + base64.b64encode(hmac.new(known, content, hashlib.sha256).digest()).decode()
        assert verify("standard", (public,), {**headers, "webhook-signature": forged}, body, now=at) == "signature_bad"
    assert verify("standard", (public,), {**headers, "webhook-signature": "v1a,AAAA"}, body, now=at) == "signature_bad"
    assert verify("standard", (secret,), headers, body + b" ", now=at) == "signature_bad"
    assert (
        verify("standard", (secret,), headers, body, now=datetime.fromtimestamp(1614265330 + 301, UTC))
        == "signature_stale"
    )
