"""Real sherpa-onnx with models made for the test: real loading, real streaming, a language of four buzzes."""

import numpy as np
import onnx
import pytest

from tests.integration.recognisers.buzz import say
from tests.integration.recognisers.zipformer import write_ctc, write_transducer
from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.consent_answer import judge_consent
from voiceagent.conversation.opening import Verdict
from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.core.errors import ConfigError
from voiceagent.speech.contract import Hints
from voiceagent.speech.recognisers import load
from voiceagent.speech.sherpa import SherpaRecogniser
from voiceagent.testing.recogniser_contract import RecogniserContract, RecogniserWorld, listen

_ANYTHING = Hints(name="anything")


def choose(folder, sample_rate_hz: int = 16_000) -> RecogniserChoice:
    return RecogniserChoice(name="sherpa-onnx", model=str(folder), sample_rate_hz=sample_rate_hz)


@pytest.fixture(scope="module")
def transducer(tmp_path_factory) -> SherpaRecogniser:
    return load(choose(write_transducer(tmp_path_factory.mktemp("transducer"))))


@pytest.fixture(scope="module")
def ctc(tmp_path_factory) -> SherpaRecogniser:
    return load(choose(write_ctc(tmp_path_factory.mktemp("ctc"))))


@pytest.fixture(scope="module")
def narrow(tmp_path_factory) -> SherpaRecogniser:
    return load(choose(write_transducer(tmp_path_factory.mktemp("narrow"), 8_000), sample_rate_hz=8_000))


class TestTransducer(RecogniserContract):
    @pytest.fixture
    def world(self, transducer) -> RecogniserWorld:
        return RecogniserWorld(recogniser=transducer, say=say)


class TestCtc(RecogniserContract):
    @pytest.fixture
    def world(self, ctc) -> RecogniserWorld:
        return RecogniserWorld(recogniser=ctc, say=say)


def test_words_are_written_down_while_the_caller_speaks(transducer):
    stream = transducer.open(_ANYTHING)
    *partials, final = listen(stream, say("yes track order"))
    stream.close()

    assert [partial.text for partial in partials] == ["yes", "yes track", "yes track order"]
    assert final.text == "yes track order"


def test_a_transducer_says_how_sure_it_is_and_a_sure_yes_grants(transducer):
    final = RecogniserWorld(recogniser=transducer, say=say).hear("yes")

    assert final.confidence > 0.9
    assert judge_consent(final, default_profile()) is Verdict.GRANTED


def test_a_ctc_model_does_not_say_so_a_yes_is_asked_for_again(ctc):
    final = RecogniserWorld(recogniser=ctc, say=say).hear("yes")

    assert judge_consent(final, default_profile()) is Verdict.PROBABLE


class TestModelFor8Khz(RecogniserContract):
    """Its filter bank ends at 3.6 kHz; the call is resampled."""

    @pytest.fixture
    def world(self, narrow) -> RecogniserWorld:
        return RecogniserWorld(recogniser=narrow, say=say)


def test_a_model_for_8_khz_hears_other_words_when_nobody_says_so(tmp_path):
    wide = load(choose(write_transducer(tmp_path, 8_000)))

    assert RecogniserWorld(recogniser=wide, say=say).hear("order").text != "order"


@pytest.mark.parametrize(
    ("lost", "complaint"),
    [
        ("tokens.txt", "must hold tokens.txt with encoder"),
        ("joiner-test.onnx", "there is decoder-test.onnx, encoder-test.onnx, tokens.txt"),
    ],
)
def test_a_missing_file_is_named(tmp_path, lost, complaint):
    (write_transducer(tmp_path) / lost).unlink()

    with pytest.raises(ConfigError, match=complaint):
        load(choose(tmp_path))


def test_a_model_of_another_kind_is_refused_and_ends_nobody(tmp_path):
    folder = write_transducer(tmp_path)
    model = onnx.load(folder / "encoder-test.onnx")
    del model.metadata_props[:]
    onnx.save(model, folder / "encoder-test.onnx")

    with pytest.raises(ConfigError, match=r"No model_type in the metadata.*is it a streaming model"):
        load(choose(folder))


def test_a_damaged_file_is_refused(tmp_path):
    (write_ctc(tmp_path) / "model.onnx").write_bytes(b"no model")

    with pytest.raises(ConfigError, match="cannot use the model"):
        load(choose(tmp_path))


def test_a_second_opinion_in_eight_bits_is_preferred(tmp_path):
    folder = write_transducer(tmp_path)
    (folder / "encoder-test.int8.onnx").write_bytes((folder / "encoder-test.onnx").read_bytes())
    (folder / "encoder-test.onnx").write_bytes(b"no model")

    assert RecogniserWorld(recogniser=load(choose(folder)), say=say).hear("yes").text == "yes"


def test_silence_costs_nothing_but_time(transducer):
    stream = transducer.open(_ANYTHING)
    heard = listen(stream, np.zeros(32_000, np.int16))
    stream.close()

    assert [(one.text, one.understood, one.confidence) for one in heard] == [("", False, 0.0)]
