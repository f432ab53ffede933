"""Which recognisers an installation needs, and what is said when one cannot be loaded."""

from dataclasses import replace

import pytest

from voiceagent.apps.recognisers import check_recognisers, chosen_by
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


def test_one_profile_whose_recogniser_cannot_be_loaded_is_enough_to_stop():
    with pytest.raises(ConfigError, match=r"pip install 'voiceagent\[whisper\]'|folder /no/such/folder"):
        check_recognisers(Settings(), [_PROFILE, _OWN])
