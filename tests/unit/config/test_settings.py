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
    assert load_settings().recogniser.choice == RecogniserChoice()


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
        ("recogniser: {name: sherpa}\n", r"yaml:1:13: recogniser: name is 'sherpa'; did you mean 'sherpa-onnx'"),
        ("recogniser: {name: faster-whisper}\n", r"yaml:1:13: recogniser: model is missing; faster-whisper needs a"),
        ("sip: {port: many}\n", r"^settings are not valid:\nvoiceagent\.yaml:1:13: sip\.port must be a valid integer"),
        ("sip:\n  port: 70000\n", r"\.yaml:2:9: sip\.port must be less than or equal to 65535"),
        ("sip: {host: 12}\n", r"\.yaml:1:13: sip\.host must be a text; put it in quotes"),
        ("sip: 5070\n", r"\.yaml:1:6: sip must be a mapping of `key: value` lines"),
        ("sip: {codecs: [PCMU, OPUS]}\n", r"\.yaml:1:22: sip\.codecs\.1 must be 'PCMU', 'PCMA' or 'G722'"),
        ("profiles: agent.yaml\n", r"\.yaml:1:11: profiles must be a list"),
        ("log_json: true\nfoo: 1\n", r"\.yaml:2:1: settings: unknown key 'foo'; known: agent, api, background"),
        ("sip:\n  prot: 1\n", r"\.yaml:2:3: sip: unknown key 'prot'; did you mean 'port'\?"),
        ("trunks:\n- {name: a, alow: []}\n", r"\.yaml:2:3: trunks\.0\.allow is missing; add it"),
        ("trunks:\n- {name: a, alow: []}\n", r"\.yaml:2:13: trunks\.0: unknown key 'alow'; did you mean 'allow'\?"),
        ("trunks: [{name: a, allow: [x]}]\n", r"\.yaml:1:27: trunks\.0\.allow: 'x' is no network; write it like"),
        ("api: {oidc: [{issuer: 'http://a.example', audience: v}]}\n", r"oidc\.0\.issuer has to begin with https://"),
        ("api: {oidc: [{issuer: 'https://a.example'}]}\n", r"api\.oidc\.0\.audience is missing; add it"),
        (
            "api: {oidc: [{issuer: 'https://a.example', audience: v, algorithms: [HS256]}]}\n",
            r"algorithms\.0 must be 'RS256'",
        ),
        (
            "api: {oidc: [{issuer: 'https://a.example', audience: v, group_roles: {a: integrator}}]}\n",
            r"integrator is no role for people",
        ),
        (
            "api: {oidc: [&a {issuer: 'https://a.example', audience: v}, *a]}\n",
            r"api\.oidc: an issuer is listed twice",
        ),
        ("numbers:\n- &a {number: '1', profile: p}\n- *a\n", r"\.yaml:2:1: numbers: number 1 is listed twice"),
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


def test_every_mistake_is_told_at_once_in_the_order_of_the_file(config_file, monkeypatch):
    config_file.write_text(
        "foo: 1\nworker: {slots: 0}\nsip: {port: x, lines: x}\nnumbers: [{number: '1', profile: 5}]\n"
    )
    monkeypatch.setenv("VOICEAGENT_SIP__PORT", "hush")

    with pytest.raises(ConfigError) as caught:
        load_settings()

    places = [line.split(": ")[0] for line in str(caught.value).splitlines()[1:]]
    assert places == [
        "voiceagent.yaml:1:1",
        "voiceagent.yaml:2:17",
        "voiceagent.yaml:3:23",
        "voiceagent.yaml:4:34",
        "environment variable VOICEAGENT_SIP__PORT",
    ]
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("VOICEAGENT_SIP__HOSST", "h", r"VOICEAGENT_SIP__HOSST: sip: unknown key 'hosst'; did you mean 'host'"),
        ("VOICEAGENT_SIP", '{"port": "x"}', r"VOICEAGENT_SIP: sip\.port must be a valid integer"),
        ("VOICEAGENT_NUMBERS", '[{"number": "1"}]', r"VOICEAGENT_NUMBERS: numbers\.0\.profile is missing"),
        ("VOICEAGENT_RECOGNISER__NAME", "sherpa", r"VOICEAGENT_RECOGNISER__NAME: recogniser: name is 'sherpa'"),
    ],
)
def test_a_mistake_in_the_environment_names_its_variable(config_file, monkeypatch, variable, value, told):
    config_file.write_text("log_json: true\n")
    monkeypatch.setenv(variable, value)

    with pytest.raises(ConfigError, match=f"^settings are not valid:\nenvironment variable {told}"):
        load_settings()


def test_a_mistake_of_the_file_is_not_blamed_on_a_variable_beside_it(config_file, monkeypatch):
    config_file.write_text("sip: {lines: x}\n")
    monkeypatch.setenv("VOICEAGENT_SIP", '{"port": 5070}')

    with pytest.raises(ConfigError, match=r"voiceagent\.yaml:1:14: sip\.lines must be a valid integer"):
        load_settings()
