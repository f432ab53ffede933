"""A grammar as Moonshine would write it down."""

from hypothesis import given, strategies as st

from voiceagent.speech.free_text import fitting
from voiceagent.speech.moonshine.pieces import END, following, pieces_of, text_of
from voiceagent.speech.moonshine.spelling import Last, SpeltNetwork, ways_to_write
from voiceagent.speech.word_network import compiled

_GRAMMAR = "#JSGF V1.0; grammar g; public <s> = (track | where is my) order [<d> <d>]; <d> = one | two | oh | zero;"


def written(network: SpeltNetwork, pieces: list[int]) -> bool:
    """Whether the grammar can be written so, to its end."""
    places = network.start()
    for piece in pieces:
        after = network.after(places)
        if piece not in after:
            return False
        places = after[piece]
    return END in network.after(places)


@given(st.from_regex(r"[a-z]{1,12}('[a-z]{1,3})?", fullmatch=True))
def test_a_word_is_what_its_pieces_say(word: str) -> None:
    assert text_of(pieces_of(word)) == word
    assert text_of(pieces_of(word.capitalize())) == word.capitalize()


def test_bytes_are_read_as_letters_and_signs_of_the_model_as_nothing() -> None:
    assert text_of([3 + 0x5A, 3 + 0xC3, 3 + 0xBC, 1, 2, 32_700]) == "Zü"


def test_a_sentence_begins_with_a_capital_and_has_marks() -> None:
    network = SpeltNetwork(compiled(_GRAMMAR))
    sentence = [*pieces_of("Where"), *pieces_of("is"), *pieces_of("my"), *pieces_of("order"), *following("?")]

    assert written(network, sentence)
    assert not written(network, [*pieces_of("where"), *sentence[len(pieces_of("Where")) :]])


def test_digits_are_words_or_figures_apart_or_together() -> None:
    network = SpeltNetwork(compiled(_GRAMMAR))
    order = [*pieces_of("Track"), *pieces_of("order")]

    assert written(network, [*order, *pieces_of("one"), *following(","), *pieces_of("oh")])
    assert written(network, [*order, *pieces_of("1"), *following("0"), *following(".")])
    assert not written(network, [*order, *pieces_of("1")])
    assert not written(network, [*order, *pieces_of("7"), *following("0")])


def test_two_marks_never_follow_each_other() -> None:
    network = SpeltNetwork(compiled(_GRAMMAR))

    assert not written(network, [*pieces_of("Track"), *following(","), *following(","), *pieces_of("order")])


@given(st.data())
def test_whatever_can_be_written_fits_the_grammar(data: st.DataObject) -> None:
    network, pieces = SpeltNetwork(compiled(_GRAMMAR)), list[int]()
    places = network.start()
    while True:
        after = network.after(places)
        piece = data.draw(st.sampled_from(sorted(after)))
        if piece == END:
            break
        pieces.append(piece)
        places = after[piece]

    assert fitting(text_of(pieces), compiled(_GRAMMAR), whole=True)


def test_a_figure_stands_close_to_other_figures_and_marks_only() -> None:
    ways = {last: {spelt for spelt, _ in ways_to_write("oh", last)} for last in Last}

    assert all(pieces_of("0") in spelt for spelt in ways.values())
    assert [last for last, spelt in ways.items() if following("0") in spelt] == [Last.MARK, Last.FIGURE]
