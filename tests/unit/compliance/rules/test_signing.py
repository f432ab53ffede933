from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.unit.compliance.rules.made import pack_text
from voiceagent.compliance.rules.loading import packs_of_folder
from voiceagent.compliance.rules.rules import Origin
from voiceagent.compliance.rules.signing import read_private_key, read_public_key, sign, signed_by
from voiceagent.core.errors import ConfigError

COUNSEL, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
KEYS = [COUNSEL.public_key()]


def private_pem(key) -> bytes:
    none = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, none)


def public_pem(key) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "made.yaml").write_bytes(pack_text())
    return tmp_path


def test_a_signed_pack_is_taken(folder) -> None:
    (folder / "made.yaml.sig").write_bytes(sign(pack_text(), COUNSEL))

    (found,) = packs_of_folder(folder, KEYS, allow_unsigned=False)

    assert (found.pack.id, found.origin) == ("made", Origin.SIGNED)
    assert found.rules.packs[0].origin is Origin.SIGNED


def test_an_unsigned_pack_is_taken_only_when_that_is_allowed_and_says_so(folder) -> None:
    with pytest.raises(ConfigError, match="is not signed"):
        packs_of_folder(folder, KEYS, allow_unsigned=False)

    (found,) = packs_of_folder(folder, KEYS, allow_unsigned=True)

    assert found.origin is Origin.UNSIGNED
    assert found.rules.packs[0].origin is Origin.UNSIGNED


@pytest.mark.parametrize("allow_unsigned", [True, False])
@pytest.mark.parametrize(
    "signature",
    [sign(pack_text(), STRANGER), sign(pack_text() + b"\n", COUNSEL), b"", b"no base64!", b"AAAA", b"\xff"],
    ids=["a stranger's", "of another text", "empty", "no base64", "short", "no text"],
)
def test_a_wrong_signature_is_never_overlooked(folder, signature, allow_unsigned) -> None:
    (folder / "made.yaml.sig").write_bytes(signature)

    with pytest.raises(ConfigError, match="of none of the keys"):
        packs_of_folder(folder, KEYS, allow_unsigned=allow_unsigned)


def test_every_changed_byte_breaks_the_signature() -> None:
    content = pack_text()
    signature = sign(content, COUNSEL)

    assert signed_by(content, signature, KEYS)
    for place in range(0, len(content), 7):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        assert not signed_by(changed, signature, KEYS)


def test_a_signature_of_the_bare_text_is_none_of_a_pack() -> None:
    import base64

    assert not signed_by(pack_text(), base64.b64encode(COUNSEL.sign(pack_text())), KEYS)


def test_keys_are_read_from_pem() -> None:
    assert sign(b"x", read_private_key(private_pem(COUNSEL))) == sign(b"x", COUNSEL)
    assert signed_by(b"x", sign(b"x", COUNSEL), [read_public_key(public_pem(COUNSEL))])


@pytest.mark.parametrize("read", [read_private_key, read_public_key])
def test_other_keys_are_told(read) -> None:
    other = generate_private_key(SECP256R1())
    pem = private_pem(other) if read is read_private_key else public_pem(other)

    with pytest.raises(ConfigError, match="not an Ed25519 key"):
        read(pem)
    with pytest.raises(ConfigError, match="no PEM"):
        read(b"nothing")


def test_an_empty_folder_is_told(tmp_path) -> None:
    with pytest.raises(ConfigError, match="there are no rule packs"):
        packs_of_folder(tmp_path, KEYS, allow_unsigned=True)
