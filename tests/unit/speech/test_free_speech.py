"""Free recognisers, whatever does the work: what makes their words count."""

from collections.abc import Sequence

import numpy as np
import pytest

from voiceagent.audio.frame import Pcm, from_float
from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.consent_answer import judge_consent
from voiceagent.conversation.opening import Verdict
from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.speech.contract import Hints
from voiceagent.speech.free_speech import PROBABLE, FreeSpeechRecogniser, Utterance, Written

_HINTS = Hints(name="g", grammar="#JSGF V1.0; public <s> = yes | no | where's my order;")


class Scribe(FreeSpeechRecogniser):
    """Writes what it is told to: a text for each piece of sound, and one for the end."""

    name = "scribe"

    def __init__(self, texts: Sequence[str], confidence: float = 0.9) -> None:
        self.texts = list(texts)
        self.confidence = confidence
        self.languages: list[str] = []
        self.grammars: list[str] = []

    def listen(self, language: str, grammar: str) -> "Page":
        self.languages.append(language)
        self.grammars.append(grammar)
        return Page(self)


class Page(Utterance):
    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe

    def add(self, _pcm: Pcm) -> Written:
        return self._next()

    def finish(self) -> Written:
        return self._next()

    def _next(self) -> Written:
        return Written(text=self._scribe.texts.pop(0), confidence=self._scribe.confidence)


def voice(ms: int = 400) -> Pcm:
    """A hum that can be a voice, 16 kHz."""
    time = np.arange(ms * 16) / 16_000
    return from_float(0.1 * np.sum([np.sin(2 * np.pi * hz * time + hz) for hz in range(400, 900, 100)], axis=0))


def hear(scribe: Scribe, sound: Pcm, hints: Hints = _HINTS):
    """One piece of sound; what was heard meanwhile and at the end."""
    stream = scribe.open(hints)
    stream.begin()
    return stream.accept(sound), stream.finish()


def test_words_that_fit_the_grammar_are_understood():
    partial, final = hear(Scribe(["Where's my", "Where's my order?"]), voice())

    assert (partial.text, partial.understood, partial.final) == ("where's my", True, False)
    assert (final.text, final.understood, final.final, final.confidence) == ("where's my order", True, True, 0.9)


def test_words_that_do_not_fit_are_not_understood():
    partial, final = hear(Scribe(["Don't", "Don't record me."]), voice())

    assert partial is None
    assert (final.text, final.understood, final.confidence) == ("", False, 0.0)


def test_words_that_were_hardly_heard_are_not_understood():
    _, final = hear(Scribe(["", "Yes."], confidence=0.4), voice())

    assert (final.text, final.understood, final.confidence) == ("", False, 0.4)


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(16_000, np.int16),
        np.random.default_rng(1).normal(0.0, 800.0, 32_000).astype(np.int16),
        from_float(0.3 * np.sin(np.arange(16_000) * 2 * np.pi * 941 / 16_000)),
    ],
    ids=["silence", "hiss", "a tone"],
)
def test_words_that_no_voice_can_have_said_are_not_understood(sound):
    _, final = hear(Scribe(["", "Yes."], confidence=1.0), sound)

    assert (final.text, final.understood, final.confidence) == ("", False, 0.0)


@pytest.mark.parametrize(
    ("confidence", "verdict"), [(0.95, Verdict.GRANTED), (PROBABLE, Verdict.PROBABLE), (0.3, Verdict.UNCLEAR)]
)
def test_a_yes_records_at_once_only_when_it_was_surely_heard(confidence, verdict):
    _, final = hear(Scribe(["", "Yes."], confidence=confidence), voice())

    assert judge_consent(final, default_profile()) is verdict


def test_words_are_placed_where_the_voice_is():
    stream = Scribe(["", "", "", "yes"]).open(_HINTS)
    stream.accept(np.zeros(16_000, np.int16))
    stream.begin()  # 400 ms of it belong to the utterance
    stream.accept(voice(400))
    stream.accept(np.zeros(8_000, np.int16))
    final = stream.finish()

    assert 950 <= final.start_ms <= 1_010
    assert 1_350 <= final.end_ms <= 1_410


def test_without_a_grammar_any_words_are_understood():
    _, final = hear(Scribe(["", "My name is Anna."]), voice(), Hints())

    assert (final.text, final.understood) == ("my name is anna", True)


def test_a_partial_that_changes_is_told_once_and_one_that_is_taken_back_too():
    scribe = Scribe(["where's", "where's", "where's him", "yes"])
    stream = scribe.open(_HINTS)
    stream.begin()
    told = [stream.accept(voice(200)) for _ in range(3)]

    assert [one.text if one else None for one in told] == ["where's", None, ""]
    assert stream.finish().text == "yes"


def test_who_speaks_for_more_than_half_a_minute_is_not_listened_to_for_longer():
    scribe = Scribe(["yes"])
    stream = scribe.open(_HINTS)
    stream.begin()
    stream.accept(np.zeros(31 * 16_000, np.int16))

    assert stream.accept(voice(80)) is None
    assert stream.finish().end_ms > 31_000


def test_the_language_is_that_of_the_call():
    scribe = Scribe(["", "", "", ""])
    hear(scribe, voice(50), Hints(recogniser=RecogniserChoice(language="de")))
    hear(scribe, voice(50))

    assert scribe.languages == ["de", "en"]
