"""Whether a post is its sender's: on the raw bytes, in constant time, before anything is read from them. Pure.

    standard   Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp` (seconds), `webhook-signature`, several
               signatures apart by spaces: `v1,` and HMAC-SHA256 of `id.timestamp.body`, base64, with the secret
               `whsec_…`; or `v1a,` and ed25519, with the sender's public key `whpk_…` in the place of a secret.
               Svix' older names of the same headers (`svix-id` …) too. Other versions are passed over.
    typeform   `Typeform-Signature: sha256=` HMAC-SHA256 of the body, base64
    tally      `Tally-Signature:` the same without a prefix
    github     `X-Hub-Signature-256: sha256=` the same in hex; many systems copied it
    bearer     `Authorization: Bearer <secret>`: the body itself is not signed
    address    the secret is the last part of the address: for services that can neither sign nor send a header
    or any HMAC in a header, as the mapping or the setting `signed` describes it

Only `standard` has a time and an id in its signature; elsewhere what is replayed is known by its identity: one contact.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.hook.table import Scheme, Signed

TOLERANCE = 300.0
"""Seconds both ways by which a sender's clock may differ from ours (SW-03)."""
NAMED: Mapping[str, Scheme] = {
    "typeform": Scheme(header="typeform-signature", prefix="sha256=", written="base64"),
    "tally": Scheme(header="tally-signature", written="base64"),
    "github": Scheme(header="x-hub-signature-256", prefix="sha256="),
}
_PREFIX = "whsec_"
PUBLIC = "whpk_"
_FAMILIES = ("webhook", "svix")


@dataclass(frozen=True)
class Stamp:
    """What Standard Webhooks says of a post: its id, the same in all tries, and the second of this try."""

    id: str = ""
    timestamp: str = ""


def stamp(headers: Mapping[str, str]) -> Stamp:
    """Of headers by their names in lower case; empty without them."""
    for family in _FAMILIES:
        if headers.get(f"{family}-id"):
            return Stamp(headers[f"{family}-id"].strip(), headers.get(f"{family}-timestamp", "").strip())
    return Stamp()


def verify(
    signed: Signed,
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime | None = None,
    tolerance: float = TOLERANCE,
    address: str = "",
) -> str | None:
    """None when it holds, else why not, as a code: `signature_missing`, `signature_bad`, `signature_stale`.

    `headers`: by their names in lower case. `now`: None leaves the time out. `address`: the last part of what was
    called. `secrets`: the present one and those that may still be in use."""
    if signed == "standard":
        return _standard(secrets, headers, body, now, tolerance)
    if signed == "bearer":
        word, _, shown = headers.get("authorization", "").partition(" ")
        return _shown(secrets, shown.strip() if word.lower() == "bearer" else "")
    if signed == "address":
        return _shown(secrets, address)
    return _hmac(signed if isinstance(signed, Scheme) else NAMED[signed], secrets, headers, body)


def _standard(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime | None, tolerance: float
) -> str | None:
    stamped = stamp(headers)
    family = next((each for each in _FAMILIES if headers.get(f"{each}-signature")), "")
    if not family or not stamped.id or not stamped.timestamp:
        return "signature_missing"
    if not stamped.timestamp.isdecimal() or not stamped.timestamp.isascii() or len(stamped.timestamp) > 12:  # noqa: PLR2004 -- seconds
        return "signature_bad"
    content = f"{stamped.id}.{stamped.timestamp}.".encode("utf-8", "replace") + body
    holds = False
    for each in headers[f"{family}-signature"].split():
        version, _, signature = each.partition(",")
        if version == "v1":
            for key in (key for secret in secrets for key in keys(secret)):
                holds |= _same(base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()), signature)
        elif version == "v1a":
            holds |= any(_ed25519(secret, content, signature) for secret in secrets if secret.startswith(PUBLIC))
    if not holds:
        return "signature_bad"
    if now is not None and abs(now.timestamp() - int(stamped.timestamp)) > tolerance:
        return "signature_stale"
    return None


def _ed25519(public: str, content: bytes, signature: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix(PUBLIC)))
        key.verify(base64.b64decode(signature, validate=True), content)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def keys(secret: str) -> list[bytes]:
    """The key of `whsec_…`; a secret without that prefix may be base64 or the key itself. None of a public key: whoever
    knows it could sign with it."""
    if secret.startswith(PUBLIC):
        return []
    written = secret.removeprefix(_PREFIX)
    found = [] if secret.startswith(_PREFIX) else [secret.encode()]
    with contextlib.suppress(binascii.Error, ValueError):
        found.append(base64.b64decode(written + "=" * (-len(written) % 4), validate=True))
    return found or [secret.encode()]


def _hmac(scheme: Scheme, secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> str | None:
    shown = headers.get(scheme.header.lower(), "").strip()
    if not shown:
        return "signature_missing"
    if scheme.prefix and shown.lower().startswith(scheme.prefix.lower()):
        shown = shown[len(scheme.prefix) :]
    holds = False
    for secret in secrets:
        digest = hmac.new(secret.encode(), body, scheme.digest)
        expected = digest.hexdigest().encode() if scheme.written == "hex" else base64.b64encode(digest.digest())
        holds |= _same(expected, shown.lower() if scheme.written == "hex" else shown)
    return None if holds else "signature_bad"


def _shown(secrets: Sequence[str], shown: str) -> str | None:
    if not shown:
        return "signature_missing"
    holds = False
    for secret in secrets:
        holds |= _same(secret.encode(), shown)
    return None if holds else "signature_bad"


def _same(expected: bytes, shown: str) -> bool:
    return hmac.compare_digest(expected, shown.encode("utf-8", "replace"))
