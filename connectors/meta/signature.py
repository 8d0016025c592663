"""X-Hub-Signature-256: whether a post is Meta's. On the raw bytes, before anything is read from them (MT-02).

`sha256=` and the hex HMAC-SHA256 of the body under the app's secret (not under a token). Meta writes every letter
beyond ASCII as `\\u00e4` and signs what it writes: whoever parses the body and writes it anew has other bytes, and
another signature. Several secrets: the apps of WhatsApp, Messenger and Instagram may be different ones, and a secret is
changed now and then; any of them will do.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from connectors.meta.values import document, written

HEADER = "x-hub-signature-256"
_OLD = "x-hub-signature"
_START = "sha256="
_LENGTH = 71


def sign(secret: str, body: bytes) -> str:
    """What stands in the header."""
    return _START + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verify(secrets: Sequence[str], signature: str, body: bytes) -> str | None:
    """None when it holds, else why not, as a code: `signature_missing`, `signature_bad`. In constant time."""
    if not signature:
        return "signature_missing"
    told = signature.strip().encode("utf-8", "replace")
    holds = False
    for secret in secrets:
        holds |= hmac.compare_digest(sign(secret, body).encode(), told)
    return None if holds else "signature_bad"


def verified(secret: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[str, str] | None:
    """For `intake verify`: None when a recorded post's signature holds, else a code and a sentence. The address is not
    signed. An editor's final line end is left out when the signature holds without it."""
    del url
    signature = headers.get(HEADER, "")
    if not signature:
        old = " It has an X-Hub-Signature, which is SHA-1 and not enough." if headers.get(_OLD) else ""
        return "signature_missing", f"The headers have no X-Hub-Signature-256.{old}"
    for content in (body, body.rstrip(b"\r\n")):
        if verify([secret], signature, content) is None:
            return None
    if not signature.startswith(_START) or len(signature) != _LENGTH:
        return "signature_bad", "X-Hub-Signature-256 is `sha256=` and 64 hexadecimal digits; this one is not."
    if any(verify([secret], signature, each) is None for each in _rewritten(body)):
        return "body_rewritten", (
            "The signature is of the same words, written in other bytes: somebody has parsed the body and written it "
            "anew. Keep it byte by byte, with Meta's \\u escapes."
        )
    return "signature_bad", (
        "The signature is not of this body and this secret. The secret is the app's (App settings, Basic: App secret), "
        "not a token; the body must be the one that was posted, byte by byte."
    )


def _rewritten(body: bytes) -> list[bytes]:
    """What Meta may have posted when this was made from it."""
    text = body.decode("utf-8", "replace")
    units = (f"\\u{unit:04x}" if unit > 0x7F else chr(unit) for unit in _utf16(text))  # noqa: PLR2004 -- ASCII ends there
    escaped = "".join(units).encode()
    compact = written(document(body))
    squeezed = "".join(f"\\u{u:04x}" if u > 0x7F else chr(u) for u in _utf16(compact.decode("utf-8", "replace")))  # noqa: PLR2004 -- the same
    return [escaped, squeezed.encode(), squeezed.replace("/", "\\/").encode(), escaped.replace(b"/", b"\\/")]


def _utf16(text: str) -> list[int]:
    units = text.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(units[place : place + 2], "big") for place in range(0, len(units), 2)]
