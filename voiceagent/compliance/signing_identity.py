"""The key with which an installation signs what it hands out, and the certificate that goes with it.

Self-signed: it says "the same installation as before", not who that is. Whoever receives a package compares the
fingerprint with one that they were given on another way.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeGuard

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID

from voiceagent.compliance.canonical import base64url
from voiceagent.core.errors import ConfigError
from voiceagent.records.owner_file import check_nobody_else_reads, make_once

_VALID: Final = timedelta(days=10 * 366)  # longer than anything we sign is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningIdentity:
    """`key`: on the curve P-256; RSA where the installation was made when that was what we signed with."""

    key: EllipticCurvePrivateKey | RSAPrivateKey
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.certificate)


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER, base64url: the `x5t#S256` of RFC 7515, 4.1.8."""
    return base64url(certificate.fingerprint(hashes.SHA256()))


def new_identity(name: str, now: datetime) -> SigningIdentity:
    """A fresh key with a certificate for it, valid for ten years from `now`."""
    key = generate_private_key(SECP256R1())  # BSI TR-02102-1 and NIST SP 800-57: good beyond 2030
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))  # clocks differ
        .not_valid_after(now + _VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return SigningIdentity(key=key, certificate=certificate)


def load_or_make(folder: Path, name: str, now: datetime) -> SigningIdentity:
    """The identity in `folder/identity.pem`, made when there is none. Raises ConfigError."""
    path = folder / "identity.pem"
    if not path.exists():
        _keep(path, new_identity(name, now))
    check_nobody_else_reads(path)
    try:
        pem = path.read_bytes()
        key = serialization.load_pem_private_key(pem, password=None)
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise ConfigError(
            f"{path} is damaged; bring it back from a backup, or move it away to have a new one"
        ) from error
    if _is_usable(key) and key.public_key() == certificate.public_key():
        return SigningIdentity(key=key, certificate=certificate)
    raise ConfigError(f"{path} has no P-256 or RSA key with its own certificate; bring it back from a backup")


def _is_usable(key: object) -> TypeGuard[EllipticCurvePrivateKey | RSAPrivateKey]:
    return isinstance(key, RSAPrivateKey) or (
        isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1)
    )


def _keep(path: Path, identity: SigningIdentity) -> None:
    key = identity.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    make_once(path, key + identity.certificate.public_bytes(serialization.Encoding.PEM))
