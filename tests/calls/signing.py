"""Keys of our own, made at the beginning of a test run, and vCons signed with them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from joserfc import jws
from joserfc.jwk import ECKey


@cache
def private(name: str) -> ec.EllipticCurvePrivateKey:
    """Somebody's key."""
    del name
    return ec.generate_private_key(ec.SECP256R1())


def public(name: str) -> str:
    """The public half, PEM."""
    return private(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@cache
def certificate(name: str, issuer: str) -> x509.Certificate:
    """Somebody's certificate, by somebody."""

    def called(who: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)])

    now = datetime(2026, 11, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(called(name)).issuer_name(called(issuer))
    made = made.public_key(private(name).public_key()).serial_number(x509.random_serial_number())
    made = made.not_valid_before(now).not_valid_after(now + timedelta(days=3650))
    return made.sign(private(issuer), hashes.SHA256())


def pem(name: str, issuer: str) -> str:
    """The certificate, PEM."""
    return certificate(name, issuer).public_bytes(Encoding.PEM).decode()


class Roomy(jws.JWSRegistry):
    """With room for certificates."""

    max_header_length = 100_000


def signed(vcon: dict[str, Any], name: str, *, form: str = "general", chain: tuple[tuple[str, str], ...] = ()) -> Any:  # noqa: ANN401 -- JSON, or text when `form` is compact
    """A vCon in its signed form. `chain`: certificates that it carries, (whose, by whom)."""
    header: dict[str, Any] = {"alg": "ES256", "typ": "JOSE"}
    if chain:
        ders = (certificate(*each).public_bytes(Encoding.DER) for each in chain)
        header["x5c"] = [base64.b64encode(der).decode() for der in ders]
    key = ECKey.import_key(private(name))
    content = json.dumps(vcon).encode()
    registry = Roomy(strict_check_header=False)
    if form == "compact":
        return jws.serialize_compact(header, content, key, registry=registry)
    member: Any = {"protected": header, "header": {"uuid": vcon["uuid"]}}
    return jws.serialize_json([member] if form == "general" else member, content, key, registry=registry)
