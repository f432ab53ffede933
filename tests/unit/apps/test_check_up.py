"""What `up` could not start with, `doctor` finds."""

import re
from pathlib import Path

import pytest

from voiceagent.apps.check_up import check_up
from voiceagent.apps.finding import Finding
from voiceagent.apps.new_agent.create import create_agent


@pytest.fixture
def config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `voiceagent.yaml` is looked for."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "voiceagent.yaml"


def found(what: str) -> Finding:
    (finding,) = [finding for finding in check_up() if finding.what == what]
    return finding


@pytest.mark.parametrize("what", ["state folder", "wrapping keys", "crm", "model"])
def test_what_is_there_without_any_settings_is_enough(config_file: Path, what: str) -> None:
    assert found(what).ok


@pytest.mark.parametrize(
    ("settings", "what", "remedy"),
    [
        ("crm: {connector: nope}", "crm", "`crm.connector`.*'nope'; installed: .*demo"),
        ("crm: {connector: csv, options: {folder: nowhere}}", "crm", "nowhere"),
        ("crm: {connector: csv, options: {directory: x}}", "crm", "directory"),
        ("crm: {connector: rest, options: {base_url: 'http://127.0.0.1:1', token: t}}", "crm", "cannot be reached"),
        ("worker: {preset: nope}", "model", "no model preset 'nope'; choose one of .*tiny"),
        ("worker: {checkpoint: /nope}", "model", "/nope is not a voiceagent checkpoint"),
        ("worker: {preset: small}", "model", "no checkpoint of preset 'small' is shipped"),
        ("worker: {backend: moshi}", "model", "moshi"),
        ("state_dir: /proc/voiceagent", "state folder", "VOICEAGENT_STATE_DIR to a folder that you may write to"),
        ("state_dir: voiceagent.yaml", "settings", "voiceagent.yaml is a file; name a folder"),
        ("agent: {model: 'openai:gpt-5', api_key_env: NOT_SET}", "background agent", "NOT_SET to the model's API key"),
        (
            "agent: {traces_url: 'http://127.0.0.1:4318/v1/traces', traces_token_env: NOT_SET}",
            "background agent",
            "NOT_SET to the token of the collector",
        ),
        (
            "api: {oidc: [{issuer: 'http://127.0.0.1:1/realms/acme', audience: voiceagent}]}",
            "sign-in",
            "connect-oidc.md.*/realms/acme/.well-known/openid-configuration gave no answer",
        ),
        (
            "api: {oidc: [{issuer: 'https://login.example.com', audience: voiceagent, ca_file: nowhere.pem}]}",
            "sign-in",
            "no certificates can be read from ca_file nowhere.pem",
        ),
        ("keys: {provider: aws}", "settings", "aws: {region: eu-central-1}"),
        (
            "keys: {provider: vault, vault: {address: 'http://127.0.0.1:1', token_env: NOT_SET}}",
            "wrapping keys",
            "keep-keys-in-a-kms.md: set the environment variable NOT_SET to Vault's token",
        ),
        ("redaction: {presidio: {enabled: true, model: /nope}}", "redaction", "redaction.presidio"),
        ("sip: {codecs: [OPUS]}", "settings", "sip.codecs"),
        ("sip: {codecs: []}", "settings", "sip.codecs"),
    ],
)
def test_what_keeps_up_from_starting_is_found_with_a_remedy(
    config_file: Path, settings: str, what: str, remedy: str
) -> None:
    config_file.write_text(settings)

    finding = found(what)

    assert not finding.ok
    assert re.search(remedy, finding.remedy)


def test_a_crm_that_answers_is_found_in_order(config_file: Path, tmp_path: Path) -> None:
    orders = "order_number,contact_id,item,status,ordered_at,carrier,eta,delivery_window\n"
    (tmp_path / "orders.csv").write_text(orders)
    (tmp_path / "contacts.csv").write_text(
        "contact_id,numbers,first_name,last_name,email\n1,+12025550101,Anna,Keller,\n"
    )
    config_file.write_text(f"crm: {{connector: csv, options: {{folder: '{tmp_path}'}}}}")

    assert re.fullmatch(r"csv, answered in \d+ ms", found("crm").found)


def test_what_the_background_agent_needs_is_found_where_anything_is_wanted_of_it(config_file: Path) -> None:
    config_file.write_text("agent: {traces_url: 'http://127.0.0.1:4318/v1/traces'}")

    assert found("background agent").found == "traces"


@pytest.mark.parametrize(
    ("sip", "told"),
    [
        (
            "{host: 192.0.2.1}",
            "are refused, and each refusal kept; where the internet reaches it, set sip.strangers to drop",
        ),
        ("{host: 192.0.2.1, strangers: drop}", "get no answer from the SIP port"),
        ("{}", "are refused, and each refusal kept"),
    ],
)
def test_what_becomes_of_strangers_is_told(config_file: Path, sip: str, told: str) -> None:
    config_file.write_text(f"sip: {sip}")

    assert found("sip strangers").found == told


def test_a_folder_in_place_of_the_settings_is_found(config_file: Path) -> None:
    config_file.mkdir()

    finding = found("settings")

    assert not finding.ok
    assert "cannot read voiceagent.yaml" in finding.remedy


def test_looking_at_the_state_folder_leaves_nothing_in_it(config_file: Path) -> None:
    found("state folder")

    assert list(config_file.parent.iterdir()) == []


def test_a_parameter_that_no_slot_fills_is_found_with_its_place(config_file: Path, tmp_path: Path) -> None:
    line = create_agent("my-line", tmp_path)
    (line / "tools.py").write_text((line / "tools.py").read_text().replace("(day: str", "(shelf: str, day: str"))
    config_file.write_text("profiles: [my-line]")

    finding = found("tools")

    assert not finding.ok
    assert re.search(r"my-line/tools.py:\d+: tool my_line.\w+: nothing fills its parameter 'shelf'", finding.remedy)
