import numpy as np

from voiceagent.interaction.training.said import UNKNOWN, Said, spelling

_SOUND = np.arange(16_000, dtype=np.float32) / 16_000


def test_a_sentence_is_cut_at_a_word_and_its_words_are_shared_out() -> None:
    said = Said(sound=_SOUND, text="where is my order", starts=(0, 5_000, 8_000, 11_000))
    cut = said.place_to_cut(np.random.default_rng(1))
    assert cut in said.starts
    first, second = said.cut(8_000)

    assert (first.text, second.text) == ("where is", "my order")
    assert second.starts == (0, 3_000)
    assert len(first.sound) + len(second.sound) == len(said.sound)
    assert first.sound[-1] == 0.0  # no click


def test_a_pause_often_comes_where_the_voice_makes_a_gap_itself() -> None:
    sound = np.ones(32_000, np.float32)
    sound[20_000:22_000] = 0.0
    said = Said(sound=sound, text="well then", starts=(0, 22_000))
    rng = np.random.default_rng(1)
    places = [said.place_to_pause(rng) for _ in range(40)]

    natural = [place for place in places if place is not None and 20_000 < place < 22_000]
    assert len(natural) > 10
    assert set(places) - set(natural) == {22_000}


def test_words_whose_starts_are_not_known_are_shared_out_by_length() -> None:
    first, second = Said(sound=_SOUND, text="where is my order").cut(12_000)

    assert (first.text, second.text) == ("where is my", "order")


def test_words_that_nobody_wrote_down_stay_unknown() -> None:
    assert {part.text for part in Said(sound=_SOUND).cut(8_000)} == {UNKNOWN}


def test_what_is_too_short_is_not_cut() -> None:
    assert Said(sound=_SOUND[:4_000]).place_to_cut(np.random.default_rng(1)) is None


def test_texts_are_spelled_with_letters_and_apostrophes_only() -> None:
    assert spelling("I'd like to: uh, CHANGE it -- please!") == "i'd like to uh change it please"
