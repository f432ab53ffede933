import numpy as np

from voiceagent.interaction.training.said import gaps_of
from voiceagent.interaction.training.spoken_on import spoken_on
from voiceagent.interaction.training.voices import CastVoice, say

_VOICE = CastVoice(engine="espeak", name="en-us")
_BEGIN, _REST = "the parcel was on the table", "and then my brother took it away."


def test_words_that_go_on_are_cut_where_the_voice_pauses_for_the_comma() -> None:
    sound, marks = spoken_on(_VOICE, _BEGIN, _REST)
    alone, _ = say(_VOICE, f"{_BEGIN}.")

    assert abs(len(sound) - len(alone)) < 0.2 * len(alone)
    assert 4 <= len(marks) <= len(_BEGIN.split())
    assert marks[-1] < len(sound)


def test_words_that_go_on_sound_otherwise_at_their_end_than_words_that_do_not() -> None:
    sound, _ = spoken_on(_VOICE, _BEGIN, _REST)
    alone, _ = say(_VOICE, f"{_BEGIN}.")
    last = min(len(sound), len(alone), 3200)

    assert not np.allclose(sound[-last:], alone[-last:], atol=0.01)


def test_a_gap_is_found_where_it_is_and_none_at_the_edges() -> None:
    tone = np.sin(np.arange(4800) / 5).astype(np.float32)
    silence = np.zeros(1600, np.float32)

    assert gaps_of(np.concatenate([silence, tone, silence, tone, silence])) == [(6400, 8000)]
    assert gaps_of(tone) == []
