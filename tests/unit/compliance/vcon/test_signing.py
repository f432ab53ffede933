import hmac
import json
import random
from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from voiceagent.compliance.canonical import base64url, canonical_json
from voiceagent.compliance.signing_identity import SigningIdentity, load_or_make, new_identity
from voiceagent.compliance.vcon.signing import Signer, verify
from voiceagent.core.errors import BadInput, ConfigError
from voiceagent.testing.sample_call import STARTED_AT

_PEM = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture(scope="module")
def signed(identity: SigningIdentity) -> bytes:
    content = {"uuid": "019f15a6-a752-826f-b9a2-279e0d16bc46", "parties": [{"tel": "tel:+15550100"}], "subject": "x"}
    return Signer(identity).sign(canonical_json(content), "application/vcon+json", str(content["uuid"]))


def _form(signed: bytes) -> dict:
    return json.loads(signed)


def _compact(form: dict) -> bytes:
    return json.dumps(form, sort_keys=True, separators=(",", ":")).encode()


def test_a_signature_tells_what_was_signed_and_by_whom(signed: bytes, identity: SigningIdentity) -> None:
    found = verify(signed)

    assert json.loads(found.payload)["subject"] == "x"
    assert (found.uuid, found.fingerprint) == ("019f15a6-a752-826f-b9a2-279e0d16bc46", identity.fingerprint)


def test_the_same_payload_gives_the_same_bytes(identity: SigningIdentity) -> None:
    assert Signer(identity).sign(b"{}", "a/b") == Signer(identity).sign(b"{}", "a/b")


def _fields(value: object, path: tuple = ()) -> list[tuple]:
    """The paths of all texts in a signed file, those of its payload and protected header included."""
    if isinstance(value, dict):
        return [found for name, one in value.items() for found in _fields(one, (*path, name))]
    if isinstance(value, list):
        return [found for at, one in enumerate(value) for found in _fields(one, (*path, at))]
    return [path]


def _corrupted(signed: bytes, dice: random.Random) -> bytes:
    """One field of the file, or of what it encodes, with one character changed, taken away or put in."""
    form = _form(signed)
    path = dice.choice(_fields(form))
    holder = form
    for step in path[:-1]:
        holder = holder[step]
    text = holder[path[-1]]
    if path[-1] in ("payload", "protected") and dice.random() < 0.5:
        inner = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        holder[path[-1]] = base64url(_mangled(inner, dice).encode())
    else:
        holder[path[-1]] = _mangled(text, dice)
    return _compact(form)


def _mangled(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text))
    other = dice.choice([letter for letter in "ABCxyz019-_" if letter != text[at]])
    return dice.choice([text[:at] + other + text[at + 1 :], text[:at] + text[at + 1 :], text[:at] + other + text[at:]])


def test_T_VC_14_every_change_of_a_single_field_is_detected(vcon: dict, identity: SigningIdentity) -> None:
    signed = Signer(identity).sign(canonical_json(vcon), "application/vcon+json", vcon["uuid"])
    dice = random.Random(14)
    missed = []

    for _ in range(200):
        changed = _corrupted(signed, dice)
        try:
            verify(changed)
            missed.append(changed)
        except BadInput:
            pass

    assert missed == []


def test_every_bit_of_the_file_counts(signed: bytes) -> None:
    dice = random.Random(1)

    for at in dice.sample(range(len(signed)), 400):
        changed = bytearray(signed)
        changed[at] ^= 1 << dice.randrange(8)
        with pytest.raises(BadInput):
            verify(bytes(changed))


def test_T_VC_12_the_algorithm_counts_only_where_it_is_protected(signed: bytes) -> None:
    form = _form(signed)
    form["signatures"][0]["header"]["alg"] = "none"

    with pytest.raises(BadInput, match="unknown members"):
        verify(_compact(form))


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS1", "PS256"])
def test_T_VC_12_an_algorithm_that_is_not_on_the_list_is_refused(
    signed: bytes, identity: SigningIdentity, algorithm: str
) -> None:
    form = _form(signed)
    protected = {"alg": algorithm, "x5t#S256": identity.fingerprint, "cty": "a/b"}
    form["signatures"][0]["protected"] = base64url(_compact(protected))

    with pytest.raises(BadInput, match="is not accepted"):
        verify(_compact(form))


def test_the_public_key_of_the_certificate_is_no_shared_secret(identity: SigningIdentity) -> None:
    pem = identity.certificate.public_key().public_bytes(*_PEM)
    header = {"x5c": _form(Signer(identity).sign(b"{}", "a/b"))["signatures"][0]["header"]["x5c"]}
    protected, payload = base64url(_compact({"alg": "HS256", "x5t#S256": identity.fingerprint})), base64url(b"{}")
    signature = base64url(hmac.digest(pem, f"{protected}.{payload}".encode(), "sha256"))
    forged = {"payload": payload, "signatures": [{"protected": protected, "header": header, "signature": signature}]}

    with pytest.raises(BadInput, match="is not accepted"):
        verify(_compact(forged))


def test_a_signature_of_somebody_else_under_our_certificate_is_no_good(identity: SigningIdentity) -> None:
    other = new_identity("somebody else", STARTED_AT)
    theirs, ours = (_form(Signer(one).sign(b"{}", "a/b")) for one in (other, identity))
    ours["signatures"][0]["signature"] = theirs["signatures"][0]["signature"]

    with pytest.raises(BadInput):
        verify(_compact(ours))


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b'{"payload":"e30","signatures":[]}', b"\xff", b"[" * 9999]
)
def test_what_is_no_signed_file_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(BadInput, match="no valid signature"):
        verify(data)


def test_an_installation_keeps_its_identity(tmp_path) -> None:
    made = load_or_make(tmp_path / "signing", "voiceagent", STARTED_AT)
    again = load_or_make(tmp_path / "signing", "voiceagent", STARTED_AT + timedelta(days=400))

    assert made.fingerprint == again.fingerprint
    assert (tmp_path / "signing" / "identity.pem").stat().st_mode & 0o777 == 0o600


def test_a_signing_key_that_others_can_read_is_not_used(tmp_path) -> None:
    load_or_make(tmp_path, "voiceagent", STARTED_AT)
    (tmp_path / "identity.pem").chmod(0o644)

    with pytest.raises(ConfigError, match="chmod 600"):
        load_or_make(tmp_path, "voiceagent", STARTED_AT)


def test_a_damaged_signing_key_is_told_and_not_replaced(tmp_path) -> None:
    load_or_make(tmp_path, "voiceagent", STARTED_AT)
    path = tmp_path / "identity.pem"
    path.write_bytes(path.read_bytes()[:300])

    with pytest.raises(ConfigError, match="is damaged"):
        load_or_make(tmp_path, "voiceagent", STARTED_AT)
    assert len(path.read_bytes()) == 300


@pytest.fixture(scope="module")
def of_before() -> SigningIdentity:
    """An identity as installations made it that signed with RSA."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "voiceagent of before")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, STARTED_AT, STARTED_AT + timedelta(days=3660))
    return SigningIdentity(key=key, certificate=builder.sign(key, SHA256()))


def _algorithm(signed: bytes) -> str:
    protected = _form(signed)["signatures"][0]["protected"]
    return str(json.loads(urlsafe_b64decode(protected + "=" * (-len(protected) % 4)))["alg"])


def test_T_EXP_4_a_call_is_signed_with_the_curve_that_costs_a_tenth_of_rsa(signed: bytes) -> None:
    assert _algorithm(signed) == "ES256"


def test_a_signature_of_ours_is_verified_by_any_other_library(signed: bytes, identity: SigningIdentity) -> None:
    (one,) = _form(signed)["signatures"]
    raw = urlsafe_b64decode(one["signature"] + "==")
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    covered = f"{one['protected']}.{_form(signed)['payload']}".encode()

    identity.certificate.public_key().verify(der, covered, ECDSA(SHA256()))  # raises InvalidSignature


def test_the_other_form_of_a_right_signature_is_refused_so_that_no_bit_is_free(signed: bytes) -> None:
    form = _form(signed)
    raw = urlsafe_b64decode(form["signatures"][0]["signature"] + "==")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    other = raw[:32] + (order - int.from_bytes(raw[32:])).to_bytes(32)  # as right as the first, says the mathematics
    form["signatures"][0]["signature"] = base64url(other)

    with pytest.raises(BadInput):
        verify(_compact(form))


def test_what_an_installation_of_before_signed_is_still_good_and_it_keeps_its_key(of_before, tmp_path) -> None:
    key = of_before.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "identity.pem").write_bytes(key + of_before.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "identity.pem").chmod(0o600)
    signed = Signer(load_or_make(tmp_path, "voiceagent", STARTED_AT)).sign(b"{}", "a/b")

    assert (verify(signed).fingerprint, _algorithm(signed)) == (of_before.fingerprint, "RS256")
    assert signed == Signer(of_before).sign(b"{}", "a/b")
