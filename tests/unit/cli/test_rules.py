from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from voiceagent.cli.rules import rules
from voiceagent.config.rule_settings import RuleSettings, load_rule_book
from voiceagent.config.settings import load_settings
from voiceagent.core.errors import BadInput, ConfigError, NotFound

PACK = """
id: acme
version: "2026.1.1"
effective: {from: 2026-01-01, to: null}
sources: [{cite: "our counsel", grade: P, checked: 2026-01-01, by: "A. Counsel"}]
counsel: "A. Counsel, 2026-01-02"
applies: {everywhere: true}
recording: {mode: explicit_only}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a pack and a pair of keys."""
    monkeypatch.chdir(tmp_path)
    key = Ed25519PrivateKey.generate()
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "counsel.key").write_bytes(private)
    (tmp_path / "counsel.pub").write_bytes(public)
    (tmp_path / "acme.yaml").write_text(PACK)
    return tmp_path


def run(*words: str) -> str:
    done = CliRunner().invoke(rules, words, catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0
    return done.output


def test_what_was_signed_is_verified_and_used(folder, monkeypatch) -> None:
    run("sign", "acme.yaml", "--key", "counsel.key")
    monkeypatch.setenv("VOICEAGENT_RULES__PACKS", str(folder))
    monkeypatch.setenv("VOICEAGENT_RULES__KEYS", f'["{folder}/counsel.pub"]')

    assert "acme@2026.1.1 is what the owner" in run("verify", "acme.yaml", "--key", "counsel.pub")
    (line,) = [line for line in run("list").splitlines() if "acme" in line]
    assert line.split()[:5] == ["acme", "2026.1.1", "-", "everywhere", "signed"]
    assert "A. Counsel, 2026-01-02" in line


def test_what_was_changed_after_signing_is_not(folder) -> None:
    run("sign", "acme.yaml", "--key", "counsel.key")
    (folder / "acme.yaml").write_text(PACK.replace("explicit_only", "one_party"))

    with pytest.raises(ConfigError, match="is not what the owner of counsel"):
        run("verify", "acme.yaml", "--key", "counsel.pub")
    with pytest.raises(ConfigError, match="of none of the keys"):
        load_rule_book(RuleSettings(packs=folder, keys=(folder / "counsel.pub",)))


def test_an_unsigned_pack_needs_the_setting_and_is_listed_as_such(folder, monkeypatch) -> None:
    monkeypatch.setenv("VOICEAGENT_RULES__PACKS", str(folder))
    with pytest.raises(ConfigError, match="allow_unsigned"):
        run("list")

    monkeypatch.setenv("VOICEAGENT_RULES__ALLOW_UNSIGNED", "true")

    assert "unsigned" in next(line for line in run("list").splitlines() if "acme" in line)


def test_a_pack_is_not_signed_that_could_not_be_used(folder) -> None:
    (folder / "acme.yaml").write_text("id: acme")

    with pytest.raises(ConfigError, match="effective"):
        run("sign", "acme.yaml", "--key", "counsel.key")

    assert not (folder / "acme.yaml.sig").exists()


def test_a_pack_is_shown_with_its_sources(folder) -> None:
    shown = run("show", "us-fl")

    assert "Fla. Stat. 501.616" in shown
    assert "grade: K" in shown
    with pytest.raises(NotFound, match="voiceagent rules list"):
        run("show", "us-zz")


def test_files_that_are_not_there_are_named(folder) -> None:
    with pytest.raises(BadInput, match="cannot read nowhere"):
        run("verify", "nowhere.yaml", "--key", "counsel.pub")
    with pytest.raises(ConfigError, match=r"cannot read .*none.pub of `rules.keys`"):
        load_rule_book(RuleSettings(packs=folder, keys=(folder / "none.pub",)))
    with pytest.raises(ConfigError, match=r"counsel.key of `rules.keys`: the key is no PEM public key"):
        load_rule_book(RuleSettings(packs=folder, keys=(folder / "counsel.key",)))


def test_a_home_that_is_no_place_is_told_with_the_settings(folder) -> None:
    with pytest.raises(ConfigError, match=r"rules\.home: 'Florida' is no place"):
        load_settings(rules={"home": "Florida"})

    assert load_settings(rules={"home": "US-FL"}).rules.home_place is not None
