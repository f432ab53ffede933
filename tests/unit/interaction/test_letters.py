from hypothesis import given, strategies as st

from voiceagent.interaction.model.letters import ALPHABET, BLANK, collapsed, encoded


@given(st.text(alphabet=ALPHABET, max_size=40), st.integers(1, 3))
def test_a_path_that_holds_every_letter_for_a_while_reads_as_the_text(text: str, held: int) -> None:
    path = [place for letter in encoded(text) for place in [letter] * held + [BLANK]]

    assert collapsed(path) == text


def test_a_double_letter_needs_a_blank_between() -> None:
    letter = encoded("l")[0]

    assert collapsed([letter, letter]) == "l"
    assert collapsed([letter, BLANK, letter]) == "ll"
