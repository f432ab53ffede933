"""Which recognisers an installation needs, and what is said when one cannot be loaded."""

from dataclasses import replace

import pytest

from voiceagent.apps.recognisers import check_recognisers, chosen_by, fetch_missing
from voiceagent.config.profile_file import default_profile
from voiceagent.config.settings import RecogniserSettings, Settings
from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.core.errors import ConfigError

_PROFILE = default_profile()
_OWN = replace(_PROFILE, name="own", recogniser=RecogniserChoice(name="faster-whisper", model="/no/such/folder"))


def test_a_profile_that_does_not_say_is_heard_by_the_recogniser_of_the_settings():
    settings = Settings(recogniser=RecogniserSettings(name="sherpa-onnx", model="models/en"))

    assert chosen_by(_PROFILE, settings).model == "models/en"
    assert chosen_by(_OWN, settings) == _OWN.recogniser


def test_what_comes_with_voiceagent_is_always_there():
    check_recognisers(Settings(), [_PROFILE])


def test_where_nobody_chose_the_language_is_still_the_profiles(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    german = replace(_PROFILE, recogniser=RecogniserChoice(language="de"))

    assert chosen_by(german, Settings()) == RecogniserChoice(name="pocketsphinx", language="de")


def test_moonshine_is_fetched_only_where_nobody_chose_another_and_pocketsphinx_listens_without_a_network(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nobody there
    said: list[str] = []

    fetch_missing(Settings(recogniser=RecogniserSettings(name="pocketsphinx")), [_PROFILE], said.append)
    fetch_missing(Settings(), [_OWN], said.append)
    assert said == []

    fetch_missing(Settings(), [_PROFILE], said.append)
    assert [line.split()[0] for line in said] == ["fetching", "moonshine"]
    assert said[1].endswith("pocketsphinx listens instead, which hears less")
    check_recognisers(Settings(), [_PROFILE])


def test_one_profile_whose_recogniser_cannot_be_loaded_is_enough_to_stop():
    with pytest.raises(ConfigError, match=r"pip install 'voiceagent\[whisper\]'|folder /no/such/folder"):
        check_recognisers(Settings(), [_PROFILE, _OWN])
