"""What every Recogniser must do, as tests: subclass `RecogniserContract` in a test module and give it `world`.

class TestMyRecogniser(RecogniserContract):
    @pytest.fixture
    def world(self) -> RecogniserWorld: ...

Nothing here says how well it hears: the callers speak so that it can.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from voiceagent.audio.frame import Pcm, ms_to_samples
from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.consent_answer import judge_consent
from voiceagent.conversation.opening import Verdict
from voiceagent.core.errors import BadInput
from voiceagent.speech.contract import Hints, Recognised, Recogniser, RecogniserStream
from voiceagent.speech.garbage import UNDERSTOOD_FROM

_TURN: Final = ms_to_samples(80)
_EVERYTHING: Final = Hints(
    name="everything", grammar="#JSGF V1.0; grammar g; public <s> = yes | no | order | track order;"
)
_ORDERS: Final = Hints(name="orders", grammar="#JSGF V1.0; grammar g; public <s> = track order;")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecogniserWorld:
    """A recogniser, and callers that it can hear: `say` makes "yes", "no", "order" and "track order" into 16 kHz.

    A text is preceded and followed by half a second without speech. No two renderings need to be the same.
    """

    recogniser: Recogniser
    say: Callable[[str], Pcm]

    def hear(self, text: str, hints: Hints = _EVERYTHING) -> Recognised:
        """The final words of a caller who says just that."""
        return self.hear_sound(self.say(text), hints)

    def hear_sound(self, pcm: Pcm, hints: Hints = _EVERYTHING) -> Recognised:
        stream = self.recogniser.open(hints)
        try:
            return listen(stream, pcm)[-1]
        finally:
            stream.close()


def listen(stream: RecogniserStream, pcm: Pcm, *, begin_at_ms: int = 400, step: int = _TURN) -> list[Recognised]:
    """One utterance, piece by piece; the partial results and the final one."""
    heard: list[Recognised | None] = []
    for start in range(0, len(pcm), step):
        if start // 16 <= begin_at_ms < (start + step) // 16:
            stream.begin()
        heard.append(stream.accept(pcm[start : start + step]))
    heard.append(stream.finish())
    return [one for one in heard if one is not None]


class RecogniserContract:
    """pytest collects these through the subclass."""

    def test_words_of_the_grammar_are_understood(self, world: RecogniserWorld) -> None:
        heard = {text: world.hear(text) for text in ("yes", "no", "order", "track order")}

        assert {text: (final.text, final.understood) for text, final in heard.items()} == {
            text: (text, True) for text in heard
        }
        assert all(UNDERSTOOD_FROM <= final.confidence <= 1.0 for final in heard.values())

    def test_other_words_are_not_understood(self, world: RecogniserWorld) -> None:
        final = world.hear("yes", _ORDERS)

        assert (final.final, final.understood, final.text) == (True, False, "")

    def test_a_line_on_which_nobody_speaks_is_not_understood(self, world: RecogniserWorld) -> None:
        noise = np.random.default_rng(5).normal(0.0, 300.0, 32_000).astype(np.int16)
        finals = [world.hear_sound(noise), world.hear_sound(np.zeros(32_000, np.int16))]

        assert [(final.understood, final.text) for final in finals] == [(False, ""), (False, "")]

    def test_partial_words_come_while_they_change_and_one_final_result_ends_them(self, world: RecogniserWorld) -> None:
        stream = world.recogniser.open(_EVERYTHING)
        *partials, final = listen(stream, world.say("track order"))
        stream.close()

        assert final.final
        assert not any(one.final for one in partials)
        assert all(one.text != two.text for one, two in pairwise(partials))

    def test_speech_before_the_utterance_was_opened_is_not_lost(self, world: RecogniserWorld) -> None:
        stream = world.recogniser.open(_EVERYTHING)
        final = listen(stream, world.say("track order"), begin_at_ms=700)[-1]
        stream.close()

        assert final.text == "track order"

    def test_words_are_placed_on_the_clock_of_the_stream(self, world: RecogniserWorld) -> None:
        pcm = world.say("order")
        stream = world.recogniser.open(_EVERYTHING)
        stream.accept(np.zeros(32_000, np.int16))
        final = listen(stream, pcm)[-1]
        stream.close()

        assert 2_300 <= final.start_ms <= 2_800
        assert final.start_ms < final.end_ms <= 2_000 + len(pcm) // 16

    def test_the_cut_into_pieces_does_not_matter(self, world: RecogniserWorld) -> None:
        pcm, finals = world.say("track order"), []
        for step in (320, 1280, 3200):
            stream = world.recogniser.open(_EVERYTHING)
            stream.begin()
            finals.append(listen(stream, pcm, begin_at_ms=-1, step=step)[-1])
            stream.close()

        assert finals[0] == finals[1] == finals[2]

    def test_what_was_said_before_does_not_matter(self, world: RecogniserWorld) -> None:
        pcm = world.say("order")
        fresh = world.hear_sound(pcm)
        stream = world.recogniser.open(_EVERYTHING)
        listen(stream, world.say("yes"))
        stream.accept(np.zeros(16_000, np.int16))
        second = listen(stream, pcm)[-1]
        stream.close()

        assert second.text == fresh.text == "order"
        assert world.hear_sound(pcm) == fresh

    def test_words_before_a_pause_are_final_when_nothing_follows_it(self, world: RecogniserWorld) -> None:
        stream = world.recogniser.open(_EVERYTHING)
        stream.begin()
        stream.accept(world.say("track order"))
        stream.pause()
        stream.accept(np.zeros(8_000, np.int16))
        final = stream.finish()
        stream.close()

        assert final is not None
        assert (final.text, final.final) == ("track order", True)

    def test_a_pause_after_which_the_caller_goes_on_changes_nothing(self, world: RecogniserWorld) -> None:
        pcm, middle = world.say("track order"), 14_400
        finals = []
        for pauses in (False, True):
            stream = world.recogniser.open(_EVERYTHING)
            stream.begin()
            stream.accept(pcm[:middle])
            if pauses:
                stream.pause()
                stream.resume()
            stream.accept(pcm[middle:])
            finals.append(stream.finish())
            stream.close()

        assert finals[0] == finals[1]
        assert finals[0] is not None
        assert finals[0].text == "track order"

    def test_callers_at_the_same_time_are_heard_each(self, world: RecogniserWorld) -> None:
        texts = ["yes", "order", "track order", "no"]
        with ThreadPoolExecutor(4) as threads:
            finals = list(threads.map(world.hear, texts))

        assert [final.text for final in finals] == texts

    def test_hints_change_between_utterances(self, world: RecogniserWorld) -> None:
        stream = world.recogniser.open(_ORDERS)
        first = listen(stream, world.say("yes"))[-1]
        stream.set_hints(_EVERYTHING)
        second = listen(stream, world.say("yes"))[-1]
        stream.close()

        assert not first.understood
        assert second.text == "yes"

    def test_a_grammar_that_is_none_is_refused(self, world: RecogniserWorld) -> None:
        broken = Hints(name="broken", grammar="public <s> = broken (;")
        stream = world.recogniser.open(_ORDERS)
        refused = 0
        for use in (world.recogniser.prepare, world.recogniser.open, stream.set_hints):
            try:
                use(broken)
            except BadInput:
                refused += 1
        stream.close()

        assert refused == 3

    def test_a_yes_grants_at_once_or_after_a_second_one_and_a_no_denies(self, world: RecogniserWorld) -> None:
        profile = default_profile()

        assert judge_consent(world.hear("yes"), profile) in (Verdict.GRANTED, Verdict.PROBABLE)
        assert judge_consent(world.hear("no"), profile) is Verdict.DENIED
        assert judge_consent(world.hear("order"), profile) is Verdict.UNCLEAR

    def test_misuse_in_any_order_is_harmless(self, world: RecogniserWorld) -> None:
        stream = world.recogniser.open(_EVERYTHING)
        stream.pause()
        stream.resume()
        nothing_open = stream.finish()
        stream.begin()
        stream.begin()
        stream.pause()
        stream.pause()
        stream.accept(np.zeros(0, np.int16))
        empty = stream.finish()
        stream.begin()
        stream.close()
        stream.close()
        stream.begin()
        stream.pause()
        after_the_end = (stream.accept(np.zeros(320, np.int16)), stream.finish())

        assert nothing_open is None
        assert empty is not None
        assert not empty.understood
        assert after_the_end == (None, None)
