"""Real pocketsphinx on real espeak-ng callers over a telephone band."""

from itertools import pairwise

import numpy as np
import pytest

from voiceagent.audio.frame import Pcm
from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.consent_answer import judge_consent
from voiceagent.conversation.hearing import Hints, Recognised
from voiceagent.conversation.opening import Verdict
from voiceagent.conversation.understanding import understand
from voiceagent.speech.contract import RecogniserStream
from voiceagent.speech.grammar import consent_hints, open_hints, slot_hints
from voiceagent.speech.pocketsphinx import PocketsphinxRecogniser

_PROFILE = default_profile()
_VOICES = ["en-us+f2", "en-us+m3"]
_OPEN = open_hints(_PROFILE)
_NUMBER = slot_hints(_PROFILE, _PROFILE.slots["order_number"], _PROFILE.intent("order_status"))
_CONSENT = consent_hints(_PROFILE)


def hear(stream: RecogniserStream, pcm: Pcm, *, begin_at_ms: int = 400, step: int = 1280) -> list[Recognised]:
    """One utterance in micro-turns; all partials and the final."""
    heard: list[Recognised | None] = []
    for start in range(0, len(pcm), step):
        if start // 16 <= begin_at_ms < (start + step) // 16:
            stream.begin()
        heard.append(stream.accept(pcm[start : start + step]))
    heard.append(stream.finish())
    return [one for one in heard if one is not None]


def _final(recogniser: PocketsphinxRecogniser, hints: Hints, pcm: Pcm) -> Recognised:
    stream = recogniser.open(hints)
    try:
        return hear(stream, pcm)[-1]
    finally:
        stream.close()


def test_most_of_what_the_profile_knows_is_understood_over_the_telephone_and_nothing_as_something_else(
    recogniser, call, wishes
):
    heard = {(voice, text): _final(recogniser, _OPEN, call(voice, text)) for voice in _VOICES for text in wishes}
    meant = {key: understand(final.text, _PROFILE) for key, final in heard.items() if final.understood}
    wrong = [
        (key, heard[key].text) for key, meaning in meant.items() if not meaning or meaning.intent != wishes[key[1]]
    ]

    assert wrong == []
    assert len(meant) >= 0.8 * len(heard)  # a caller who is not understood is asked again


def test_partials_grow_into_the_final_words(recogniser, call):
    stream = recogniser.open(_OPEN)
    heard = hear(stream, call("en-us+f2", "check on order four eight two one"))
    stream.close()
    partials = [one.text for one in heard[:-1]]

    assert heard[-1].final
    assert not any(one.final for one in heard[:-1])
    assert any(text and heard[-1].text.startswith(text) for text in partials)
    assert all(one != two for one, two in pairwise(partials))


def test_words_are_placed_on_the_clock_of_the_stream(recogniser, call):
    pcm = call("en-us+f2", "where is my order")  # speech from 500 ms on
    stream = recogniser.open(_OPEN)
    stream.accept(np.zeros(32_000, np.int16))
    final = hear(stream, pcm)[-1]
    stream.close()

    assert 2_400 <= final.start_ms <= 2_700
    assert final.start_ms < final.end_ms <= 2_000 + len(pcm) // 16


def test_speech_before_the_utterance_was_opened_is_not_lost(recogniser, call):
    stream = recogniser.open(_OPEN)
    final = hear(stream, call("en-us+f2", "where is my order"), begin_at_ms=800)[-1]  # 300 ms into the words
    stream.close()

    assert final.text == "where is my order"


@pytest.mark.parametrize("voice", _VOICES)
@pytest.mark.parametrize("hints", [_OPEN, _NUMBER, _CONSENT], ids=["open", "number", "consent"])
@pytest.mark.parametrize(
    "text", ["my dog ate the newspaper yesterday morning", "the quick brown fox jumps over the lazy dog"]
)
def test_other_speech_is_not_understood(recogniser, call, voice, hints, text):
    final = _final(recogniser, hints, call(voice, text))

    assert not final.understood
    assert final.text == ""


@pytest.mark.parametrize("hints", [_OPEN, _CONSENT], ids=["open", "consent"])
def test_line_noise_is_not_understood(recogniser, hints):
    noise = np.random.default_rng(5).normal(0.0, 300.0, 32_000).astype(np.int16)

    assert not _final(recogniser, hints, noise).understood


@pytest.mark.parametrize("voice", _VOICES)
@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("yes", Verdict.GRANTED),
        ("yes please", Verdict.GRANTED),
        ("no", Verdict.DENIED),
        ("no thank you", Verdict.DENIED),
        ("what is the weather like in Paris today", Verdict.UNCLEAR),
    ],
)
def test_consent_is_heard(recogniser, call, voice, text, verdict):
    final = _final(recogniser, _CONSENT, call(voice, text))

    heard = judge_consent(final, _PROFILE)
    assert heard is verdict or (verdict is Verdict.GRANTED and heard is Verdict.PROBABLE)  # how sure differs by voice


def test_a_stream_knows_nothing_of_the_caller_before(recogniser, call):
    quiet, loud = call("en-us+f2", "where is my order"), call("en-us+m3", "talk to a person")
    fresh = _final(PocketsphinxRecogniser(), _OPEN, quiet)
    stream = recogniser.open(_OPEN)
    for _ in range(3):
        hear(stream, np.clip(loud.astype(int) * 2, -32768, 32767).astype(np.int16))
    stream.close()

    assert _final(recogniser, _OPEN, quiet) == fresh


def test_the_cut_into_pieces_does_not_matter(recogniser, call):
    pcm = call("en-us+f2", "where is my order")
    finals = []
    for step in (320, 1280, 3200):
        stream = recogniser.open(_OPEN)
        stream.begin()
        for start in range(0, len(pcm), step):
            stream.accept(pcm[start : start + step])
        finals.append(stream.finish())
        stream.close()

    assert finals[0] == finals[1] == finals[2]


def test_hints_change_between_utterances(recogniser, call):
    stream = recogniser.open(_CONSENT)
    first = hear(stream, call("en-us+f2", "where is my order"))[-1]
    stream.set_hints(_OPEN)
    second = hear(stream, call("en-us+f2", "where is my order"))[-1]
    stream.close()

    assert not first.understood
    assert second.text == "where is my order"


def test_without_a_grammar_nothing_is_understood(recogniser, call):
    final = _final(recogniser, Hints(), call("en-us+f2", "yes"))

    assert (final.text, final.understood, final.confidence) == ("", False, 0.0)


def test_an_invented_word_of_a_grammar_is_heard(recogniser, call):
    hints = Hints(
        name="invented", grammar="#JSGF V1.0; grammar g; public <s> = call zorbulant | call my brother | stop;"
    )

    assert _final(recogniser, hints, call("en-us+m3", "call zorbulant")).text == "call zorbulant"


def test_misuse_in_any_order_is_harmless(recogniser):
    stream = recogniser.open(_OPEN)
    assert stream.finish() is None
    stream.begin()
    stream.begin()
    stream.accept(np.zeros(0, np.int16))
    final = stream.finish()
    assert final is not None
    assert not final.understood
    stream.begin()
    stream.close()
    stream.close()
    stream.begin()
    assert stream.accept(np.zeros(320, np.int16)) is None
    assert stream.finish() is None
