"""The real espeak-ng library."""

import subprocess
import sys
import threading

import numpy as np
import pytest

from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.profile import VoiceChoice
from voiceagent.core.errors import ConfigError
from voiceagent.speech.contract import SpeechChunk
from voiceagent.speech.espeak import EspeakVoice
from voiceagent.speech.prompts import prompt_texts

_TEXT = "Thank you, Ana. Order 4 8 2 1 is on its way! It's due at 12:30, isn't it?"


@pytest.fixture(scope="module")
def voice() -> EspeakVoice:
    return EspeakVoice(default_profile().voice)


def _spoken(voice: EspeakVoice, text: str) -> tuple[np.ndarray, list]:
    chunks = list(voice.speak(text))
    return np.concatenate([chunk.pcm for chunk in chunks]), [word for chunk in chunks for word in chunk.words]


def test_every_word_is_timed_in_order(voice):
    pcm, words = _spoken(voice, _TEXT)

    assert [word.text for word in words] == _TEXT.split()
    assert all(word.start_ms <= word.end_ms for word in words)
    assert [word.start_ms for word in words] == sorted(word.start_ms for word in words)
    assert words[-1].end_ms <= len(pcm) * 1000 // 16_000


def test_words_come_with_the_chunk_in_which_they_start(voice):
    begin = 0
    for chunk in voice.speak(_TEXT):
        end = begin + len(chunk.pcm)
        assert all(begin - 16 <= word.start_ms * 16 <= end for word in chunk.words)
        begin = end


def test_a_timed_word_sounds_and_a_pause_between_sentences_is_silent(voice):
    pcm, words = _spoken(voice, _TEXT)
    ana, order = words[2], words[3]
    order_sound = pcm[order.start_ms * 16 : order.end_ms * 16].astype(float)
    pause = pcm[(order.start_ms - 150) * 16 : (order.start_ms - 50) * 16]

    assert np.sqrt(np.mean(order_sound**2)) > 1000
    assert order.start_ms - ana.end_ms >= 200
    assert np.abs(pause.astype(int)).max() < 50


def test_the_level_is_at_six_decibels_below_full_scale_and_never_clips(voice):
    for text in prompt_texts(default_profile()):
        peak = int(np.abs(_spoken(voice, text)[0].astype(int)).max())
        assert 16_384 * 0.35 < peak <= 16_385, text


def test_utterances_begin_and_end_without_a_click(voice):
    pcm, _ = _spoken(voice, "Goodbye.")

    assert abs(int(pcm[0])) < 30
    assert abs(int(pcm[-1])) < 30


def test_the_result_of_the_default_profile_leaves_time_to_talk_over_it(voice):
    fields = {
        "first_name": "Ana",
        "order_number_spoken": "4 8 2 1",
        "item": "coffee grinder",
        "status": "on its way",
        "carrier": "DHL",
        "eta": "tomorrow",
        "delivery_window": "between nine and eleven",
    }
    pcm, _ = _spoken(voice, default_profile().intent("order_status").say.format(**fields))

    assert 8 <= len(pcm) / 16_000 <= 25


def test_digits_apart_are_spoken_one_by_one(voice):
    apart, _ = _spoken(voice, "4 8 2 1")
    by_name, _ = _spoken(voice, "four eight two one")

    assert len(apart) == pytest.approx(len(by_name), rel=0.1)


def test_voices_that_speak_at_the_same_time_do_not_mix(voice):
    other = EspeakVoice(VoiceChoice(name="en-us+m3", words_per_minute=220, pitch=20))
    alone = {speaker.name: len(_spoken(speaker, _TEXT)[0]) for speaker in (voice, other)}
    together: list[tuple[str, int]] = []

    def talk(speaker: EspeakVoice) -> None:
        together.extend((speaker.name, len(_spoken(speaker, _TEXT)[0])) for _ in range(3))

    threads = [threading.Thread(target=talk, args=(speaker,)) for speaker in (voice, other, voice)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # espeak-ng carries its oscillator and its noise on from text to text: a faint edge is cut some ms earlier or later
    assert len(together) == 9
    assert all(abs(alone[name] - length) < 800 for name, length in together)
    assert abs(alone[voice.name] - alone[other.name]) > 8_000


def test_closing_the_iterator_stops_the_speech(voice):
    speech = voice.speak(" ".join([_TEXT] * 100))
    first = next(speech)
    speech.close()

    assert isinstance(first, SpeechChunk)
    assert next(speech, None) is None


def test_nothing_to_say_is_no_sound(voice):
    assert list(voice.speak("")) == []
    assert list(voice.speak(" \n ")) == []


@pytest.mark.parametrize(("name", "message"), [("en-us+nobody", "no variant 'nobody'"), ("klingon!", "no voice")])
def test_an_unknown_voice_is_refused_by_name(name, message):
    with pytest.raises(ConfigError, match=message):
        EspeakVoice(VoiceChoice(name=name))


def test_two_threads_may_need_the_library_for_the_first_time_at_once():
    first_use = """
import threading
from voiceagent.speech.espeak_library import library
together = threading.Barrier(8)
found = []
def load():
    together.wait()
    found.append((library(), library().phonemes("order")))
threads = [threading.Thread(target=load) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert len(found) == 8 and len(set(found)) == 1, found
"""
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", first_use], capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
