import pytest

from voiceagent.config.profile_file import shipped_profile
from voiceagent.speech.free_text import fitting, plain
from voiceagent.speech.grammar import slot_hints
from voiceagent.speech.word_network import WordNetwork, compiled

_GRAMMAR = """#JSGF V1.0;
public <s> = mm hm | [um] (<wish> | okay | at ten | goodbye | wait for [<digit>] it) [please];
<wish> = where's my order [<number>] | the number is <number>;
<number> = <digit> <digit> <digit> [<digit>];
<digit> = zero | one | two | three | four | five | eight;
"""


@pytest.fixture(scope="module")
def network() -> WordNetwork:
    return compiled(_GRAMMAR)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Where's my order?", "where's my order"),
        ("WHERE'S MY ORDER", "where's my order"),
        ("Where's my order 4821?", ""),  # not a digit of this grammar
        ("Where's my order 4825, please.", "where's my order four eight two five please"),
        ("the number is forty eight twenty-one", "the number is four eight two one"),
        ("The number is 4-8-2.", "the number is four eight two"),
        ("The number is double four eight", "the number is four four eight"),
        ("uh where's, er, my order", "where's my order"),
        ("Um, where's my order", "um where's my order"),
        ("OK.", "okay"),
        ("Mm-hm.", "mm hm"),
        ("At ten.", "at ten"),  # a number that the grammar has as a word stays one
        ("Good-bye.", "goodbye"),
        ("Where's my order for zero two one?", "where's my order four zero two one"),  # the ear hears no difference
        ("Weight for it.", "wait for it"),
        ("Wait for, for it.", "wait for four it"),
        ("where's my", ""),
        ("tell me where's my order", ""),
        ("uh", ""),
        ("", ""),
    ],
)
def test_a_text_is_written_as_the_grammar_has_it_or_not_at_all(network, written, text):
    if written.endswith("4821?"):
        network = compiled(_GRAMMAR.replace("| one ", ""))

    assert fitting(written, network, whole=True) == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Where's", "where's"),
        ("uh where's my", "where's my"),
        ("my order", ""),
        ("the number is 48", "the number is four eight"),
    ],
)
def test_what_is_being_said_may_be_a_beginning(network, written, text):
    assert fitting(written, network, whole=False) == text


def test_without_a_grammar_words_are_written_plainly():
    assert plain(" It's for Anna-Lena, number 48!") == "it's for anna lena number 48"


@pytest.mark.parametrize(
    ("slot", "written", "text"),
    [
        ("day", "January 2nd.", "january second"),
        ("day", "On March the 23rd, please.", "on march the twenty third please"),
        ("day", "Friday the 4th", "friday the fourth"),
        ("time", "10:30", "ten thirty"),
        ("time", "At 9:05 AM.", "at nine oh five a m"),
        ("time", "3pm", "three p m"),
        ("time", "Half past 3", "half past three"),
        ("time", "11 o'clock", "eleven o'clock"),
        ("day", "the 45th", ""),
    ],
)
def test_days_and_times_written_in_figures_are_what_was_said(slot, written, text):
    clinic = shipped_profile("clinic")
    hints = slot_hints(clinic, clinic.slots[slot], clinic.intent("move_appointment"))

    assert fitting(written, compiled(hints.grammar), whole=True) == text
