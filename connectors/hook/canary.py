"""A canary by a hook: signed as its sender signs, in the shape that the mapping's `canary` says. Any other we know how
to read, not how to write."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime

from connectors.hook.body import Json
from connectors.hook.signature import NAMED, PUBLIC, keys
from connectors.hook.table import Scheme, Signed
from intake_daemon.contract import Canary

TRIAL: Mapping[str, str] = {
    "text": "One sentence is all that is said here, and nothing else.",
    "email": "canary@canary.invalid",
    "id": "00000000-0000-4000-8000-000000000001",
    "now": "2026-11-20T09:30:00+00:00",
}
"""What a mapping's post is tried with when it is loaded."""


def can_sign(signed: Signed, secret: str) -> bool:
    """Whether we could be the sender: with a public key nobody can."""
    return not (signed == "standard" and secret.startswith(PUBLIC))


def filled(post: Json, words: Mapping[str, str]) -> Json:
    """The mapping's post, each `{word}` of it replaced."""
    match post:
        case str():
            for word, value in words.items():
                post = post.replace(f"{{{word}}}", value)
            return post
        case list():
            return [filled(each, words) for each in post]
        case dict():
            return {key: filled(each, words) for key, each in post.items()}
        case _:
            return post


def body(post: Json, canary: Canary, now: datetime) -> bytes:
    """The mapping's post for this canary."""
    words = {"text": canary.text, "email": canary.address, "id": canary.id, "now": now.isoformat()}
    return json.dumps(filled(post, words)).encode()


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
