"""Choosing a recogniser: by name, from files, once for all who choose the same."""

from pathlib import Path

import pytest

from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.core.errors import BadInput, ConfigError
from voiceagent.speech.chosen import ChosenRecognisers
from voiceagent.speech.contract import Hints
from voiceagent.speech.extras import require
from voiceagent.speech.recognisers import RECOGNISERS, check, load, usual
from voiceagent.speech.sherpa_files import Ctc, Transducer, find_model
from voiceagent.testing.scripted_recogniser import ScriptedRecogniser


@pytest.mark.parametrize("name", RECOGNISERS)
def test_every_recogniser_can_be_asked_whether_it_could_be_loaded(name):
    found = RECOGNISERS[name].found()

    assert callable(found.check)
    assert callable(found.load)


def test_an_unknown_recogniser_names_those_that_there_are():
    with pytest.raises(ConfigError, match="no recogniser 'vosk'; known: faster-whisper, moonshine, pocketsphinx"):
        check(RecogniserChoice(name="vosk"))


@pytest.mark.parametrize(
    ("there", "listens"),
    [
        (("encoder_model.onnx", "decoder_model_merged.onnx"), "moonshine"),
        (("encoder_model.onnx",), "pocketsphinx"),
        ((), "pocketsphinx"),
    ],
)
def test_moonshine_listens_where_its_files_are_and_pocketsphinx_elsewhere(monkeypatch, tmp_path, there, listens):
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".cache/voiceagent/moonshine-tiny-en"
    folder.mkdir(parents=True)
    _folder(folder, *there)

    assert usual().name == listens


def test_moonshine_refuses_a_language_that_it_does_not_know(tmp_path):
    folder = str(_folder(tmp_path, "encoder_model.onnx", "decoder_model_merged.onnx"))
    check(RecogniserChoice(name="moonshine", model=folder, language="en-GB"))

    with pytest.raises(ConfigError, match="moonshine hears English only, not 'de'"):
        check(RecogniserChoice(name="moonshine", model=folder, language="de"))


def test_files_that_are_no_networks_are_refused_when_they_are_loaded(tmp_path):
    folder = _folder(tmp_path, "encoder_model.onnx", "decoder_model_merged.onnx")

    with pytest.raises(ConfigError, match=f"the files of moonshine in {folder} cannot be loaded"):
        load(RecogniserChoice(name="moonshine", model=str(folder)))


def test_a_missing_package_says_how_to_install_it():
    with pytest.raises(ConfigError, match=r"pip install 'voiceagent\[sherpa\]'"):
        require("a_package_that_nobody_has", extra="sherpa", wanted_by="sherpa-onnx")


def _folder(path: Path, *names: str) -> Path:
    for name in names:
        (path / name).touch()
    return path


def test_a_transducer_is_found_by_its_three_parts(tmp_path):
    found = find_model(_folder(tmp_path, "tokens.txt", "encoder-a.onnx", "decoder-a.onnx", "joiner-a.onnx"))

    assert isinstance(found, Transducer)
    assert (found.encoder.name, found.joiner.name) == ("encoder-a.onnx", "joiner-a.onnx")


def test_of_two_precisions_the_smaller_is_taken(tmp_path):
    found = find_model(_folder(tmp_path, "tokens.txt", "model.onnx", "model.int8.onnx", "README.md"))

    assert isinstance(found, Ctc)
    assert found.model.name == "model.int8.onnx"


def test_two_models_in_one_folder_are_one_too_many(tmp_path):
    folder = _folder(tmp_path, "tokens.txt", "encoder-16.onnx", "encoder-32.onnx", "decoder.onnx", "joiner.onnx")

    with pytest.raises(ConfigError, match=r"several files for encoder: encoder-16\.onnx, encoder-32\.onnx; leave one"):
        find_model(folder)


@pytest.mark.parametrize(
    ("names", "complaint"), [((), "there is nothing"), (("tokens.txt", "a.onnx"), "there is a.onnx, tokens.txt")]
)
def test_a_folder_without_a_model_says_what_it_must_hold(tmp_path, names, complaint):
    with pytest.raises(ConfigError, match=f"must hold tokens.txt with encoder.*{complaint}"):
        find_model(_folder(tmp_path, *names))


def test_a_folder_that_is_not_there_says_what_it_must_hold(tmp_path):
    with pytest.raises(ConfigError, match=r"none of sherpa-onnx does not exist; it must hold tokens\.txt"):
        find_model(tmp_path / "none")


_USUAL = RecogniserChoice(name="usual")
_OTHER = RecogniserChoice(name="other", model="m")


class Loader:
    def __init__(self) -> None:
        self.loaded: list[str] = []

    def __call__(self, choice: RecogniserChoice) -> ScriptedRecogniser:
        self.loaded.append(choice.name)
        return ScriptedRecogniser([choice.name])


def heard(chosen: ChosenRecognisers, hints: Hints) -> str:
    stream = chosen.open(hints)
    stream.begin()
    return stream.finish().text


def test_a_call_is_heard_by_whom_its_profile_chose_and_else_by_the_usual_one():
    chosen = ChosenRecognisers(_USUAL, Loader())
    hints = [Hints(name="a"), Hints(name="b", recogniser=_OTHER)]
    for one in hints:
        chosen.prepare(one)

    assert [heard(chosen, one) for one in hints] == ["usual", "other"]


def test_a_model_is_loaded_once_for_all_grammars_and_languages():
    loader = Loader()
    chosen = ChosenRecognisers(_USUAL, loader)
    for language in ("en", "de"):
        for name in ("a", "b"):
            choice = RecogniserChoice(name="other", model="m", language=language)
            chosen.prepare(Hints(name=name, recogniser=choice))

    assert loader.loaded == ["other"]


def test_no_call_waits_for_a_model_that_nobody_loaded():
    chosen = ChosenRecognisers(_USUAL, Loader())

    with pytest.raises(BadInput, match="not loaded the recogniser other m; give it the profiles"):
        chosen.open(Hints(recogniser=_OTHER))
