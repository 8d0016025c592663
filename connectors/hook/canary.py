"""A canary by a hook: signed as its sender signs. Only where posts are read by the mapping `plain`: any other shape we
know how to read, not how to write."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime

from connectors.hook.signature import NAMED, PUBLIC, keys
from connectors.hook.table import Scheme, Signed
from intake_daemon.contract import Canary

MAPPING = "plain"


def can_sign(signed: Signed, secret: str) -> bool:
    """Whether we could be the sender: with a public key nobody can."""
    return not (signed == "standard" and secret.startswith(PUBLIC))


def body(canary: Canary) -> bytes:
    """The post."""
    return json.dumps({"message": canary.text, "email": canary.address}).encode()


def headers(signed: Signed, secret: str, canary: Canary, content: bytes, now: datetime) -> dict[str, str]:
    """What the sender puts beside it."""
    plain = {"content-type": "application/json"}
    if signed == "address":
        return plain
    if signed == "bearer":
        return plain | {"authorization": f"Bearer {secret}"}
    if signed == "standard":
        second = str(int(now.timestamp()))
        what = f"{canary.id}.{second}.".encode() + content
        seal = base64.b64encode(hmac.new(keys(secret)[0], what, hashlib.sha256).digest()).decode()
        return plain | {"webhook-id": canary.id, "webhook-timestamp": second, "webhook-signature": f"v1,{seal}"}
    scheme = signed if isinstance(signed, Scheme) else NAMED[signed]
    digest = hmac.new(secret.encode(), content, scheme.digest)
    seal = digest.hexdigest() if scheme.written == "hex" else base64.b64encode(digest.digest()).decode()
    return plain | {scheme.header.lower(): f"{scheme.prefix}{seal}"}
