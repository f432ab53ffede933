from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.profile import VoiceChoice
from voiceagent.conversation.speech_plan import WordTiming
from voiceagent.core.errors import BadInput, NotFound
from voiceagent.speech.contract import SpeechChunk
from voiceagent.speech.prompts import load, prompt_key, prompt_texts, render, voice_name

_VOICE = voice_name(VoiceChoice())


class _Voice:
    """A tenth of a second a word."""

    name = _VOICE

    def speak(self, text: str) -> Iterator[SpeechChunk]:
        for index, word in enumerate(text.split()):
            timing = WordTiming(text=word, start_ms=100 * index, end_ms=100 * index + 100)
            yield SpeechChunk(pcm=np.full(1600, index + 1, np.int16), words=(timing,))


def test_a_prompt_comes_back_as_it_was_rendered(tmp_path: Path):
    render(_Voice(), ["hello you there"], tmp_path)
    prompt = load(tmp_path, _VOICE, "hello you there")

    assert [word.text for word in prompt.words] == ["hello", "you", "there"]
    assert prompt.words[1].start_ms == 100
    assert prompt.pcm.tolist() == [1] * 1600 + [2] * 1600 + [3] * 1600


def test_what_is_there_is_not_rendered_again(tmp_path: Path):
    assert render(_Voice(), ["one", "two", "one"], tmp_path) == 2
    assert render(_Voice(), ["one", "two", "three"], tmp_path) == 1
    assert len(list(tmp_path.iterdir())) == 6


def test_another_voice_is_another_prompt(tmp_path: Path):
    render(_Voice(), ["one"], tmp_path)

    with pytest.raises(NotFound, match="render it once"):
        load(tmp_path, voice_name(VoiceChoice(pitch=60)), "one")


def test_a_prompt_without_its_words_is_not_there_yet(tmp_path: Path):
    render(_Voice(), ["one"], tmp_path)
    (tmp_path / f"{prompt_key(_VOICE, 'one')}.json").unlink()

    with pytest.raises(NotFound):
        load(tmp_path, _VOICE, "one")
    assert render(_Voice(), ["one"], tmp_path) == 1


@pytest.mark.parametrize("ending", [".json", ".wav"])
def test_a_damaged_prompt_says_what_to_do(tmp_path: Path, ending):
    render(_Voice(), ["one"], tmp_path)
    (tmp_path / f"{prompt_key(_VOICE, 'one')}{ending}").write_bytes(b"{}")

    with pytest.raises(BadInput, match="delete it and render it again"):
        load(tmp_path, _VOICE, "one")


def test_what_is_said_into_silence_is_rendered_ahead():
    assert {"Take your time.", "Are you still there?"} <= set(prompt_texts(default_profile()))
