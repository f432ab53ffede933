from pathlib import Path

import pytest

from voiceagent.config.settings import SipSettings, load_settings
from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.core.errors import ConfigError
from voiceagent.gateways.sip.options import CODEC_IDS


@pytest.fixture
def config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `voiceagent.yaml` is looked for."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "voiceagent.yaml"


def test_without_a_file_there_are_defaults(config_file):
    assert load_settings().numbers[0].profile == "orders"


def test_the_usual_recogniser_is_set_as_a_profile_sets_its_own(config_file, monkeypatch):
    monkeypatch.setenv("VOICEAGENT_RECOGNISER__NAME", "sherpa-onnx")
    monkeypatch.setenv("VOICEAGENT_RECOGNISER__MODEL", "models/en")
    chosen = load_settings().recogniser.choice
    monkeypatch.undo()

    assert chosen == RecogniserChoice(name="sherpa-onnx", model="models/en")
    assert load_settings().recogniser.choice.name == "pocketsphinx"


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_an_empty_file_is_none(config_file, text):
    config_file.write_text(text)

    assert load_settings() == load_settings(tenant="default")


def test_the_environment_is_stronger_than_the_file_and_both_add_up(config_file, monkeypatch):
    config_file.write_text("tenant: acme\nsip: {port: 5070, lines: 8}\n")
    monkeypatch.setenv("VOICEAGENT_SIP__PORT", "5080")

    settings = load_settings()

    assert (settings.tenant, settings.sip.port, settings.sip.lines) == ("acme", 5080, 8)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tenant: acme\nsip: port: 5070\n", r"^voiceagent\.yaml:2:10: this is not YAML: .*check indentation"),
        ("trunks: [{name: acme\n", r"^voiceagent\.yaml:2:1: this is not YAML: "),
        ("tenant: acme\n\tlog_json: true\n", r"^voiceagent\.yaml:2:1: this is not YAML: .*check indentation"),
        ("- tenant: acme\n", r"^voiceagent\.yaml:1:1: settings are a mapping of `key: value` lines"),
        ("5: acme\n", r"^voiceagent\.yaml:1:1: settings are a mapping of `key: value` lines"),
        ("recogniser: {name: sherpa}\n", r"recogniser: Value error, name is 'sherpa'; did you mean 'sherpa-onnx'"),
        ("recogniser: {name: faster-whisper}\n", r"recogniser: Value error, model is missing; faster-whisper needs a"),
        ("sip: {port: many}\n", r"(?s)voiceagent\.yaml\):\n  sip\.port: "),
    ],
)
def test_a_wrong_file_is_told_with_place_and_remedy(config_file, text, told):
    config_file.write_text(text)

    with pytest.raises(ConfigError, match=told):
        load_settings()


def test_a_file_that_is_no_text_is_told(config_file):
    config_file.write_bytes(b"tenant: \xff\n")

    with pytest.raises(ConfigError, match=r"cannot read voiceagent\.yaml: .*save it as UTF-8"):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("VOICEAGENT_TRUNKS", '[{"name": secret]', "VOICEAGENT_TRUNKS"),
        ("VOICEAGENT_SIP", "port=5070", "VOICEAGENT_SIP"),
        ("VOICEAGENT_CRM__OPTIONS", "{secret", r"VOICEAGENT_CRM \(or one that begins with VOICEAGENT_CRM__\)"),
    ],
)
def test_a_variable_that_is_no_json_is_named_and_not_shown(config_file, monkeypatch, variable, value, named):
    monkeypatch.setenv(variable, value)

    with pytest.raises(ConfigError, match=rf"{named}.* is not JSON: .*line 1 column.*voiceagent\.yaml") as caught:
        load_settings()

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("DATABASE_URL", "foo", "database_url.* is no database URL; write postgresql://"),
        ("DATABASE_URL", "mysql://u:hush@h/d", "database_url.* something else than PostgreSQL; write postgresql://"),
        ("DATABASE_URL", "postgresql://u@h:hush/d", "database_url.* has a port that is no number; write postgresql://"),
        ("REDIS_URL", "http://:hush@x", "redis_url.* is no Redis URL; write redis://"),
        ("REDIS_URL", "redis:x", "redis_url.* is no Redis URL; write redis://"),
        ("REDIS_URL", "redis://:hush/hush@x", "redis_url.* has a host or port that cannot be read; write redis://"),
        ("REDIS_URL", "redis://x?db=hush", "redis_url.* has a `db` that is no number; write redis://"),
    ],
)
def test_a_url_that_no_store_can_have_is_told_without_showing_it(config_file, monkeypatch, variable, value, told):
    monkeypatch.setenv(f"VOICEAGENT_{variable}", value)

    with pytest.raises(ConfigError, match=told) as caught:
        load_settings()

    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("database_url", "redis_url"),
    [
        ("postgresql://u:p@h:5432/d", "redis://:p@h:6379/0"),
        ("postgresql://voiceagent@/voiceagent?host=/run/state", "unix:///run/redis.sock?db=1"),
        ("postgres://[::1]/d?sslmode=require", "rediss://h"),
        ("postgresql+psycopg://u:a/b@h/d", "redis://[::1]:6379"),
        ("", ""),
    ],
)
def test_urls_that_the_stores_take_are_taken(config_file, database_url, redis_url):
    settings = load_settings(database_url=database_url, redis_url=redis_url)

    assert (settings.database_url, settings.redis_url) == (database_url, redis_url)


def test_a_state_folder_that_is_a_file_is_told(config_file, monkeypatch):
    config_file.write_text("")
    monkeypatch.setenv("VOICEAGENT_STATE_DIR", f"{config_file}/state")

    with pytest.raises(ConfigError, match=r"state_dir.*voiceagent\.yaml is a file; name a folder"):
        load_settings()


def test_the_codecs_that_can_be_set_are_those_of_the_gateway(config_file):
    assert SipSettings(codecs=tuple(CODEC_IDS)).codecs == SipSettings().codecs == tuple(CODEC_IDS)
