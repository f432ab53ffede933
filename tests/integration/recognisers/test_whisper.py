"""Real faster-whisper with a model made for the test: real loading, real decoding, a language of four buzzes."""

import pytest

from tests.integration.recognisers.buzz import say
from tests.integration.recognisers.whisper_files import write_whisper
from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.consent_answer import judge_consent
from voiceagent.conversation.opening import Verdict
from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.core.errors import ConfigError
from voiceagent.speech.contract import Hints
from voiceagent.speech.recognisers import check, load
from voiceagent.speech.whisper import WhisperRecogniser
from voiceagent.testing.recogniser_contract import RecogniserContract, RecogniserWorld, listen


def choose(model: object) -> RecogniserChoice:
    return RecogniserChoice(name="faster-whisper", model=str(model))


@pytest.fixture(scope="module")
def whisper(tmp_path_factory) -> WhisperRecogniser:
    return load(choose(write_whisper(tmp_path_factory.mktemp("whisper"))))


class TestWhisper(RecogniserContract):
    @pytest.fixture
    def world(self, whisper) -> RecogniserWorld:
        return RecogniserWorld(recogniser=whisper, say=say)


def test_nothing_is_written_down_before_the_end(whisper):
    stream = whisper.open(Hints(name="anything"))
    heard = listen(stream, say("track order"))
    stream.close()

    assert [(one.text, one.final) for one in heard] == [("track order", True)]


def test_a_sure_yes_grants(whisper):
    final = RecogniserWorld(recogniser=whisper, say=say).hear("yes")

    assert judge_consent(final, default_profile()) is Verdict.GRANTED


def test_a_language_that_the_model_does_not_know_is_told_before_a_call(whisper):
    whisper.prepare(Hints(name="anything", recogniser=RecogniserChoice(language="en-GB")))

    with pytest.raises(ConfigError, match=r"the language 'de'.*does not end in \.en"):
        whisper.prepare(Hints(name="anything", recogniser=RecogniserChoice(language="de")))


@pytest.mark.parametrize("lost", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_a_missing_file_is_named(tmp_path, lost):
    (write_whisper(tmp_path) / lost).unlink()

    with pytest.raises(ConfigError, match=f"lacks {lost.partition('.json')[0]}.*ct2-transformers-converter"):
        check(choose(tmp_path))


@pytest.mark.parametrize("model", ["/no/such/folder", "./models/whisper", "~/whisper", "models/whisper/small"])
def test_a_missing_folder_is_no_name_to_download(model):
    with pytest.raises(ConfigError, match=r"does not exist; it must hold model\.bin"):
        check(choose(model))


def test_a_damaged_file_is_refused(tmp_path):
    (write_whisper(tmp_path) / "model.bin").write_bytes(b"no model")

    with pytest.raises(ConfigError, match="cannot load the model"):
        load(choose(tmp_path))


def test_a_name_that_the_hub_does_not_know_says_what_to_give(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    with pytest.raises(ConfigError, match=r"Invalid model size.*give a folder"):
        load(choose("tiniest"))
