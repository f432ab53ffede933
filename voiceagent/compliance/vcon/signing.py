"""Signatures as General JWS JSON with the certificate inside (RFC 7515, 7.2.1; draft-ietf-vcon-vcon-core, signed form).

Every bit of a signed file counts: the file is in canonical form (RFC 8785), has no members but ours, base64 without
loose bits, and the protected header holds the hash of the certificate, which itself is outside of the signature.
"""

import hashlib
import json
from base64 import b64decode, b64encode, urlsafe_b64decode
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwa import ESAlgorithm
from joserfc.jwk import ECKey, OKPKey, RSAKey

from voiceagent.compliance.canonical import base64url
from voiceagent.compliance.signing_identity import SigningIdentity, fingerprint_of
from voiceagent.core.errors import BadInput

_ALLOWED: Final = frozenset({"RS256", "ES256", "EdDSA", "Ed25519"})
_PROTECTED_MEMBERS: Final = frozenset({"alg", "x5t#S256", "cty"})
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-4, D.1.2.3
_P256_BYTES: Final = 32


class _OneES256(ESAlgorithm):
    """ES256 with one signature a payload: the nonce comes from the payload (RFC 6979), and of the two values of `s`
    that are both right the smaller one is written, and accepted.
    """

    def __init__(self) -> None:
        super().__init__("ES256", "P-256", 256, recommended=True)

    def sign(self, msg: bytes, key: ECKey) -> bytes:
        signed = key.get_op_key("sign").sign(msg, ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(signed)
        return r.to_bytes(_P256_BYTES) + min(s, _P256_ORDER - s).to_bytes(_P256_BYTES)

    def verify(self, msg: bytes, sig: bytes, key: ECKey) -> bool:
        small = int.from_bytes(sig[_P256_BYTES:]) <= _P256_ORDER // 2
        return small and super().verify(msg, sig, key)


class _Registry(jws.JWSRegistry):
    max_payload_length = 2**31  # the library's limit is for tokens; a call of an hour is larger
    algorithms = {**jws.JWSRegistry.algorithms, "ES256": _OneES256()}


# What reading something that is no signed file of ours may raise
_REFUSED: Final = (
    *(KeyError, TypeError, ValueError, AttributeError, RecursionError),
    *(JoseError, x509.InvalidVersion, UnsupportedAlgorithm),
)
_registry = _Registry(algorithms=sorted(_ALLOWED), strict_check_header=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a good signature covers, and who made it."""

    payload: bytes
    certificate: x509.Certificate
    uuid: str

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.certificate)


class Signer:
    """Signs many payloads with one identity: ES256, or RS256 with the RSA key of an installation of before."""

    def __init__(self, identity: SigningIdentity) -> None:
        pem = identity.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        rsa = isinstance(identity.key, RSAPrivateKey)
        self._key: RSAKey | ECKey = RSAKey.import_key(pem) if rsa else ECKey.import_key(pem)
        der = identity.certificate.public_bytes(serialization.Encoding.DER)
        self._x5c = [b64encode(der).decode()]
        self._protected = {"alg": "RS256" if rsa else "ES256", "x5t#S256": identity.fingerprint}

    def sign(self, payload: bytes, content_type: str, uuid: str = "") -> bytes:
        """The signed file. Neither algorithm has a random part: the same payload gives the same bytes."""
        header: dict[str, Any] = {"x5c": self._x5c, **({"uuid": uuid} if uuid else {})}
        member: jws.HeaderDict = {"protected": {**self._protected, "cty": content_type}, "header": header}
        return _canonical(jws.serialize_json([member], payload, self._key, registry=_registry))


def verify(data: bytes) -> Signed:
    """What was signed, with the key in the file itself: whether to trust it is another question. Raises BadInput."""
    try:
        form = json.loads(data)
        (signature,) = form["signatures"]
        _expect(_canonical(form) == data, "the file is not in canonical form")
        _expect(set(form) == {"payload", "signatures"}, "there are members that do not belong there")
        _expect(set(signature) == {"protected", "header", "signature"}, "a part of the signature is missing")
        return _verified(form, signature)
    except _REFUSED as error:
        raise BadInput(f"no valid signature: {error}") from error


def _verified(form: dict[str, Any], signature: dict[str, Any]) -> Signed:
    header, protected = signature["header"], json.loads(_bytes_of(signature["protected"]))
    _expect(set(header) <= {"x5c", "uuid"} and len(header["x5c"]) == 1, "the header has unknown members")
    _expect(set(protected) <= _PROTECTED_MEMBERS, "the protected header has unknown members")
    _expect(protected["alg"] in _ALLOWED, f"the algorithm {protected['alg']} is not accepted")
    der = b64decode(header["x5c"][0], validate=True)
    _expect(b64encode(der).decode() == header["x5c"][0], "the certificate is not clean base64")
    fingerprint = base64url(hashlib.sha256(der).digest())
    _expect(fingerprint == protected["x5t#S256"], "the certificate is not the one that was signed with")
    certificate = x509.load_der_x509_certificate(der)
    payload = _bytes_of(form["payload"])
    _bytes_of(signature["signature"])
    # Only what is protected is handed on: a header outside of the signature must not choose the algorithm
    bare: Any = {
        "payload": form["payload"],
        "signatures": [{"protected": signature["protected"], "signature": signature["signature"]}],
    }
    jws.deserialize_json(bare, _key_of(certificate), registry=_registry)
    # The uuid beside the signature is not covered by it
    _expect(
        "uuid" not in header or json.loads(payload)["uuid"] == header["uuid"], "the uuid is not that of the content"
    )
    return Signed(payload=payload, certificate=certificate, uuid=str(header.get("uuid", "")))


def _canonical(form: Any) -> bytes:
    """RFC 8785 of a form whose strings are ASCII, as base64 and uuids are; anything else does not come out equal."""
    return json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _key_of(certificate: x509.Certificate) -> RSAKey | ECKey | OKPKey:
    pem = certificate.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for kind in (RSAKey, ECKey, OKPKey):
        try:
            return kind.import_key(pem)
        except (JoseError, ValueError):
            continue
    raise ValueError("the certificate has a key of an unknown kind")


def _bytes_of(text: str) -> bytes:
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    _expect(base64url(data) == text, "base64url with loose bits")
    return data


def _expect(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - a condition
    if not holds:
        raise ValueError(otherwise)
