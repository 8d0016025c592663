"""vCons that are signed (JWS, RFC 7515, in its three forms) or encrypted (JWE).

A signature holds when one of the keys of the settings made it, or a certificate that the signed vCon carries (`x5c`)
and that leads, link by link, to one of theirs. Without keys nothing is checked, and the call says so. Only signatures
with a public key count: a shared secret, or `none`, is no signature. The dates of certificates are not looked at: a
vCon is kept for longer than the certificate of the day on which it was signed.
Source: draft-ietf-vcon-vcon-core, "Security" (signed and encrypted forms).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from connectors.calls.call import NoCall
from connectors.calls.values import Json, an_object, rows, text

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
_COMPACT = re.compile(r"[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){2,4}")
_PARTS_SIGNED = 3
_LONGEST_CHAIN = 10
_ENCRYPTED = (
    "The vCon is encrypted (JWE). We have no key to open it; send it unencrypted over a connection that is, or signed."
)
_Certificates = Sequence[x509.Certificate]


class _Registry(jws.JWSRegistry):
    """With room for certificates in the header, and for a recording in the payload."""

    max_header_length = 256 * 1024
    max_payload_length = 128 * 1024 * 1024
    max_signature_length = 8 * 1024


@dataclass(frozen=True)
class Keys:
    """Public keys and certificates, as PEM."""

    pems: tuple[str, ...] = ()

    @staticmethod
    def compact(written: str) -> bool:
        """Whether a text has the form of a compact JWS or JWE."""
        return bool(_COMPACT.fullmatch(written.strip()))

    @cached_property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """Those among them. Raises ValueError."""
        return tuple(x509.load_pem_x509_certificate(pem.encode()) for pem in self.pems if "CERTIFICATE" in pem)

    @cached_property
    def plain(self) -> tuple[Key, ...]:
        """The keys, those of the certificates too. Raises ValueError for what is no public key."""
        keys = [_key(pem.encode()) for pem in self.pems if "CERTIFICATE" not in pem]
        return (*keys, *map(_key_of, self.certificates))

    def made(self, signed: Json) -> bool:
        """Whether one of its signatures was made with one of these keys."""
        return any(self._holds(signed, each) for each in _signatures(signed))

    def _holds(self, signed: Json, one: Json) -> bool:
        protected = text(one.get("protected"))
        header = {**an_object(one.get("header")), **an_object(_opened(protected))}
        flat: Any = {"payload": text(signed.get("payload")), "signature": text(one.get("signature"))}
        flat |= {"protected": protected} if protected else {"header": {"alg": header.get("alg")}}
        registry = _Registry(algorithms=_ALGORITHMS, strict_check_header=False)
        for key in (*self.plain, *self._led_to(header.get("x5c"))):
            try:
                jws.deserialize_json(flat, key, registry=registry)
            except (JoseError, ValueError, TypeError, KeyError):
                continue
            return True
        return False

    def _led_to(self, chain: object) -> Iterator[Key]:
        """The key of the first certificate, when the chain leads to one of ours."""
        carried: list[x509.Certificate] = []
        for each in chain[:_LONGEST_CHAIN] if isinstance(chain, list) else []:
            try:
                carried.append(x509.load_der_x509_certificate(base64.b64decode(str(each))))
            except (ValueError, binascii.Error):
                return
        if carried and _leads(carried, self.certificates):
            try:
                yield _key_of(carried[0])
            except ValueError:
                return


def opened(signed: object, keys: Keys | None) -> tuple[Json, str]:
    """The vCon within, and `signature_holds` or `signature_unverified`. Raises NoCall for an encrypted one, for one
    whose signature is of nobody that we know, and for one that holds no vCon."""
    parts = signed.split(".") if isinstance(signed, str) else []
    if (parts and len(parts) != _PARTS_SIGNED) or (isinstance(signed, dict) and "ciphertext" in signed):
        raise NoCall("encrypted", _ENCRYPTED)
    if parts:
        signed = {"payload": parts[1], "signatures": [{"protected": parts[0], "signature": parts[2]}]}
    whole = an_object(signed)
    inner = _opened(text(whole.get("payload")))
    if not isinstance(inner, dict):
        raise NoCall("broken_signature", "It is signed (JWS), and what was signed is no JSON.")
    if keys is None or not keys.pems:
        return inner, "signature_unverified"
    if not keys.made(whole):
        raise NoCall("signature_bad", "The vCon is signed, and not by one of the keys that the connector has.")
    return inner, "signature_holds"


def is_closed(document: Json) -> bool:
    """Whether it is a JWS or a JWE."""
    signed = "payload" in document and ("signatures" in document or "signature" in document)
    return "ciphertext" in document or (signed and isinstance(document["payload"], str))


def _signatures(signed: Json) -> list[Json]:
    return rows(signed.get("signatures")) or [signed]


def _opened(encoded: str) -> object:
    """The JSON in base64url; None when it is none."""
    try:
        content = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _leads(carried: _Certificates, ours: _Certificates) -> bool:
    """Whether each is issued by the next, and one of them is ours or issued by one of ours."""
    for place, each in enumerate(carried):
        if each in ours or any(_issued(each, one) for one in ours):
            return True
        if place + 1 == len(carried) or not _issued(each, carried[place + 1]):
            return False
    return False


def _issued(one: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _key_of(certificate: x509.Certificate) -> Key:
    try:
        return _key(certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except UnsupportedAlgorithm as error:
        raise ValueError("a certificate of a kind that we do not know") from error


def _key(pem: bytes) -> Key:
    for kind in (RSAKey, ECKey, OKPKey):
        try:
            return kind.import_key(pem)
        except (ValueError, TypeError, JoseError):
            continue
    raise ValueError("it is no public key in PEM")
