"""Whether an upload is from who has the secret: Standard Webhooks 1.0, on the raw bytes, before anything is read.

    webhook-id         the delivery's own name; equal when it is tried again
    webhook-timestamp  seconds since 1970, of this try; more than 5 minutes from our clock is stale, either way
    webhook-signature  `v1,<base64>` of HMAC-SHA256 over `id.timestamp.body`; several, separated by spaces: one must
                       hold

A secret is `whsec_` and base64, as the scheme writes it, or any other text of 16 characters and more, as it is.
Source: standardwebhooks.com.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
STALE = 300
"""Seconds."""
_DIGITS = 12
_PREFIX = "whsec_"


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
    """None when it holds, else why not, as a code: `signature_missing`, `signature_bad`, `signature_stale`.

    `headers`: names in lower case, or a mapping that does not mind."""
    name, at, told = (headers.get(each, "") for each in (ID, TIMESTAMP, SIGNATURE))
    if not name or not at or not told:
        return "signature_missing"
    if not at.isascii() or not at.isdecimal() or len(at) > _DIGITS:
        return "signature_bad"
    holds = False
    for secret in secrets:
        expected = f"v1,{signature(secret, name, at, body)}".encode()
        for each in told.split(" ")[:10]:
            holds |= hmac.compare_digest(expected, each.encode())
    if not holds:
        return "signature_bad"
    return None if abs(now.timestamp() - int(at)) <= STALE else "signature_stale"


def signature(secret: str, name: str, at: str, body: bytes) -> str:
    """What stands behind `v1,`."""
    content = f"{name}.{at}.".encode() + body
    return base64.b64encode(hmac.new(key_of(secret), content, hashlib.sha256).digest()).decode()


def key_of(secret: str) -> bytes:
    """The secret's bytes."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret[len(_PREFIX) :], validate=True)
        except (ValueError, binascii.Error):
            pass
    return secret.encode()
