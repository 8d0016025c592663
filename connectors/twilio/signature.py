"""X-Twilio-Signature: whether a request is Twilio's. On the raw bytes, before anything is read from them.

A form post is signed over the URL and every parameter, sorted by name, blanks kept; a JSON post over the URL alone,
which then must carry `bodySHA256`, the hash of the raw body. Without it nothing of the body is signed, so such a post
is refused. The library's own validator takes a JSON body unchecked when it is handed none, and breaks URLs that hold a
user or an IPv6 address, so the scheme is written out here; a test compares both.

Which URL: exactly what Twilio called, that is the public one, whatever a proxy made of it. Twilio leaves out a user and
a standard port or it does not, by product, so each of these ways to write the same URL is tried.

The key is the account's primary auth token (a secondary one does not sign), or the secret of the shared key that
`X-Twilio-Webhooks-Signature-Settings` speaks of.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qs, parse_qsl, urlsplit, urlunsplit

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
HEADER = "x-twilio-signature"
SETTINGS_HEADER = "x-twilio-webhooks-signature-settings"
_HASHES = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_PORTS = {"https": "443", "http": "80"}
_FIELDS = 1000


def sign(secret: str, url: str, pairs: Iterable[tuple[str, str]], digest: str = "sha1") -> str:
    """What stands in the header. `pairs`: of the form; each counts once."""
    what = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(secret.encode(), what.encode(), digest).digest()).decode()


def verify(*, secret: str, url: str, media_type: str, body: bytes, signature: str, algorithm: str = "") -> str | None:
    """None when the signature holds, else why not, as a code: `signature_missing`, `signature_bad`,
    `body_unsigned` (JSON without bodySHA256), `body_changed`, `unsigned_type`, `unsigned_algorithm`.

    `url`: as Twilio called it, with its query. `algorithm`: the value of the settings header, empty for none.
    """
    digest = _HASHES.get(_algorithm(algorithm))
    if not signature or digest is None:
        return "signature_missing" if digest else "unsigned_algorithm"
    kind = media_type.partition(";")[0].strip().lower()
    pairs: list[tuple[str, str]] | None = []
    if kind == JSON:
        if fault := _json_fault(url, body):
            return fault
    elif kind == FORM or not body:
        pairs = form_pairs(body)
    else:
        return "unsigned_type"
    holds = False
    for way in _ways(url):
        holds |= hmac.compare_digest(sign(secret, way, pairs or (), digest).encode(), signature.encode())
    return None if holds and pairs is not None else "signature_bad"


def _json_fault(url: str, body: bytes) -> str | None:
    """Why the body is not the one that the URL speaks of; the URL is what is signed."""
    said = parse_qs(urlsplit(url).query).get("bodySHA256", [""])[0]
    if not said:
        return "body_unsigned"
    same = hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), said.lower().encode())
    return None if same else "body_changed"


def form_pairs(body: bytes) -> list[tuple[str, str]] | None:
    """Every parameter of a form body, blanks kept; None when it is no form in UTF-8."""
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except ValueError:  # not ASCII, not UTF-8 when decoded, or too many
        return None


def _algorithm(header: str) -> str:
    for part in header.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return "HMAC_SHA1"


def _ways(url: str) -> Iterator[str]:
    """The same URL with and without its user, with and without its standard port; at most four, each once."""
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    standard = _PORTS.get(parts.scheme.lower(), "")
    host, colon, port = place.rpartition(":")
    if not colon or "]" in port:  # the last colon of an IPv6 address is no port's
        host, port = place, ""
    places = [place]
    if not port and standard:
        places.append(f"{host}:{standard}")
    elif port:
        places.append(host)
    ways = [url]
    ways += [
        urlunsplit(parts._replace(netloc=f"{user}{at}{each}" if keep else each))
        for each in places
        for keep in (True, False)
    ]
    yield from dict.fromkeys(ways)
