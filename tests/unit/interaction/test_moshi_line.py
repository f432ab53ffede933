import numpy as np

from voiceagent.interaction.backends.moshi_line import Line
from voiceagent.interaction.contract import MicroTurnIn

_PAD = 3


class _Letters:
    """Pieces of one letter each."""

    def encode(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]

    def id_to_piece(self, token: int) -> str:
        return chr(token)


def _turn(*words: str, heard: int = 0, more: bool = False) -> MicroTurnIn:
    agent = np.full(1280, heard, np.int16)
    return MicroTurnIn(caller_pcm=np.zeros(1280, np.int16), agent_pcm=agent, agent_words=words, more_to_say=more)


def test_a_word_being_played_is_told_a_piece_a_micro_turn_and_then_padding():
    line = Line()
    turns = [_turn("yes"), _turn(), _turn(), _turn()]

    assert [line.token(turn, _Letters(), _PAD) for turn in turns] == [ord("y"), ord("e"), ord("s"), _PAD]


def test_the_next_word_overtakes_what_is_left_of_the_one_before():
    line = Line()
    turns = [_turn("yes"), _turn("no"), _turn(), _turn()]

    assert [line.token(turn, _Letters(), _PAD) for turn in turns] == [ord("y"), ord("n"), ord("o"), _PAD]


def test_an_utterance_of_the_platform_lasts_until_its_sound_has_ended():
    line = Line()
    turns = [
        (_turn(heard=900), False),  # sound without words: the model's own, played back
        (_turn("yes", heard=900, more=True), True),
        (_turn(heard=900), True),
        (_turn(), False),
        (_turn(heard=900), False),
    ]

    assert [line.platform_speaks(turn) for turn, _ in turns] == [platform for _, platform in turns]
