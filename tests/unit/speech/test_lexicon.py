from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from voiceagent.speech.lexicon import PHONES, Lexicon, arpabet, from_letters


@pytest.fixture
def dictionary(tmp_path: Path) -> Path:
    path = tmp_path / "words.dict"
    path.write_text("a AH\na(2) EY\norder AO R D ER\n")
    return path


def test_the_dictionary_comes_first_with_all_its_ways(dictionary):
    lexicon = Lexicon(dictionary, lambda _: "'nonsense")

    assert lexicon.pronunciations("a") == ("AH", "EY")
    assert lexicon.pronunciations("order") == ("AO R D ER",)


def test_an_unknown_word_is_said_as_espeak_says_it(dictionary):
    lexicon = Lexicon(dictionary, {"northwind": "n'O@TwInd"}.__getitem__)

    assert lexicon.pronunciations("northwind") == ("N AO R TH W IH N D",)


def test_without_espeak_the_letters_are_read(dictionary):
    assert Lexicon(dictionary).pronunciations("zeb") == ("Z EH B",)


def test_stress_and_length_marks_are_left_out():
    assert arpabet("k,u:b3n'Et#i:z") == "K UW B ER N EH T IY Z"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_any_word_gets_phones_that_the_recogniser_knows(word):
    phones = from_letters(word).split()

    assert phones
    assert set(phones) <= PHONES


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=30))
def test_any_mnemonics_give_known_phones_only(mnemonics):
    assert set(arpabet(mnemonics).split()) <= PHONES
