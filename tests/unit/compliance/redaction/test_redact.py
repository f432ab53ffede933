"""What of a text is masked, and what stays."""

import re

import pytest
from hypothesis import given, strategies as st

from voiceagent.compliance.redaction.redact import redact
from voiceagent.compliance.redaction.tokens import tokens_of
from voiceagent.compliance.redaction.values import Context, Kind, Known
from voiceagent.conversation.profile import RedactionLevel

PLAIN = Context()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("my card is four one one one one one one one one one one one one one one one", "my card is [CARD]"),
        ("it's 4111 1111 1111 1111 okay", "it's [CARD] okay"),
        ("the iban is DE89 3704 0044 0532 0130 00", "the iban is [IBAN]"),
        ("d e eight nine three seven oh four oh oh four four oh five three two oh one three oh oh oh", "[IBAN]"),
        ("my number is double oh four nine triple five one two", "my number is [PHONE]"),
        ("call eight hundred five five five one two one two", "call [PHONE]"),
        ("the security code is one two three", "the security code is [CVV]"),
        ("one two three is the security code", "[CVV] is the security code"),
        ("my pin is 4 7 1 1", "my pin is [CODE]"),
        ("it expires oh four twenty nine", "it expires [EXPIRY]"),
        ("my sort code is twenty thirty forty", "my sort code is [ACCOUNT]"),
        ("i was born on the third of may nineteen eighty four", "i was born on the [BIRTH]"),
        ("date of birth oh three oh five eighty four", "date of birth [BIRTH]"),
        ("it was 12/05/1984", "it was [BIRTH]"),
        ("write to j.smith@example.com now", "write to [EMAIL] now"),
        ("my email is j dot smith at example dot com", "my email is [EMAIL]"),
        ("it is on www.example.com/me", "it is on [URL]"),
        ("s w one a two a a", "[POSTCODE]"),
        ("it's SW1A 2AA", "it's [POSTCODE]"),
        ("my zip code is nine oh two one oh", "my zip code is [POSTCODE]"),
        ("i live at fourteen mill lane", "i live at [ADDRESS]"),
        ("flat two 14 Mill Road", "[ADDRESS]"),
        ("my name is Anna Keller and i want my parcel", "my name is [NAME] and i want my parcel"),
        ("this is anna keller speaking", "this is [NAME] speaking"),
        ("that is k e double l e r", "that is [NAME]"),
        ("kilo echo lima lima echo romeo", "[NAME]"),
        ("\u0664\u0661\u0661\u0661 1111 1111 1111", "[CARD]"),
    ],
)
def test_what_is_personal_is_masked(said: str, kept: str) -> None:
    assert redact(said).text == kept


@pytest.mark.parametrize(
    "said",
    [
        "where is my order four eight two one",
        "order number 482113 please",
        "it's about order number forty eight twenty one",
        "can you come at ten thirty or at 4 pm",
        "it cost nineteen pounds ninety nine",
        "i paid £42.99 for 6 of them",
        "you charged me 15% too much",
        "the third parcel of four",
        "deliver it on the twenty third of march twenty twenty seven",
        "it arrives 2027-03-23 between 2 and 4",
        "i have been waiting for two weeks",
        "we ordered in 2019",
        "four thousand two hundred and twelve people",
        "the card ending in 4413",
        "i want to talk to somebody",
        "the parcel is for two people at number ten",
    ],
)
def test_T_RED_1_what_is_nobodys_secret_stays_in_balanced(said: str) -> None:
    assert redact(said).text == said


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("order four eight two one", "order [NUMBER]"),
        ("in 2019", "in [NUMBER]"),
        ("at ten thirty", "at ten thirty"),
        ("20% of 30 pounds", "20% of 30 pounds"),
        ("the third floor", "the third floor"),
    ],
)
def test_strict_keeps_times_prices_percentages_and_ordinals_only(said: str, kept: str) -> None:
    assert redact(said, Context(level=RedactionLevel.STRICT)).text == kept


@pytest.mark.parametrize(
    ("asked", "said", "kept"),
    [
        (Kind.CARD, "four one one one", "[CARD]"),
        (Kind.CVV, "it's 123", "it's [CVV]"),
        (Kind.BIRTH, "oh three oh five eighty four", "[BIRTH]"),
        (Kind.NAME, "keller", "[NAME]"),
        (Kind.NAME, "why do you want to know", "why do you want to know"),
        (Kind.POSTCODE, "nine oh two one oh", "[POSTCODE]"),
        (Kind.ADDRESS, "the old mill at number three", "the [ADDRESS]"),
        (Kind.EMAIL, "anna dot keller at gmail", "[EMAIL]"),
        (Kind.REFERENCE, "four eight two one", "four eight two one"),
        (Kind.PHONE, "call me at ten thirty", "call me at ten thirty"),
    ],
)
def test_what_was_asked_for_is_masked(asked: Kind, said: str, kept: str) -> None:
    assert redact(said, Context(asked=asked)).text == kept


@pytest.mark.parametrize("said", ["thank you Anna", "this is for Anna's mother", "Mrs killer is away", "ask kellar"])
def test_known_names_are_masked_as_written_and_as_they_sound(said: str) -> None:
    kept = redact(said, Context(known=Known(names=frozenset({"anna", "keller"})))).text

    assert "[NAME]" in kept
    assert not {"anna", "killer", "kellar"} & {token.text for token in tokens_of(kept)}


def test_a_name_that_is_a_word_too_counts_where_people_are_named() -> None:
    context = Context(known=Known(names=frozenset({"will", "may"})))

    assert redact("will it come in may", context).text == "will it come in may"
    assert redact("thank you will", context).text == "thank you [NAME]"


def test_a_turn_that_ends_in_figures_nobody_named_may_be_the_first_half_of_a_number() -> None:
    assert redact("it's oh one five one").text == "it's [NUMBER]"
    assert redact("it's order oh one five one").text == "it's order oh one five one"


def test_figures_that_go_on_with_the_last_turn_are_masked() -> None:
    assert redact("two two three four and so on", Context(carried="01512")).text == "[NUMBER] and so on"


def test_a_number_corrected_in_one_breath_is_one_number() -> None:
    said = "four one one two no sorry one not two three four five"

    assert redact(said).text == "[NUMBER]"


def test_misheard_figures_inside_of_a_number_are_part_of_it() -> None:
    assert redact("four one ate three for five line two one").text == "[NUMBER]"


def test_spans_lie_in_the_text_and_marks_in_the_masked_one() -> None:
    said = "my name is anna and my card is 4111 1111 1111 1111 thanks"
    masked = redact(said)

    assert [said[span.start : span.end] for span in masked.spans] == ["anna", "4111 1111 1111 1111"]
    assert [masked.text[mark.start : mark.end] for mark in masked.marks] == ["[NAME]", "[CARD]"]


# -- properties -----------------------------------------------------------------------------------------------------

_DIGIT_WORDS = ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_PAIRS = ("ten", "nineteen", "twenty one", "forty-two", "ninety", "double three", "triple zero", "07", "4", "1234")
_BETWEEN = ("", "um", "uh", "and", "then", "and then", "no sorry", "-", ",", "dash")
_WORDS = (
    *_DIGIT_WORDS, *_PAIRS, "my", "order", "number", "is", "at", "dot", "com", "name", "anna", "card", "born", "may",
    "the",
    "third", "for", "ate", "to", "k", "e", "l", "street", "mill", "[CARD]", "[NAME]", "@", ".", ",", "2027-03-02",
    "12/05/1984", "security", "code", "pounds", "pm", "half", "past", "email", "mail", "gmail", "hundred", "thousand",
    "double", "s", "w",
)  # fmt: skip
texts = st.one_of(
    st.lists(st.sampled_from(_WORDS), max_size=25).map(" ".join),
    st.text(max_size=60),
)
contexts = st.builds(
    Context,
    level=st.sampled_from(RedactionLevel),
    asked=st.none() | st.sampled_from(Kind),
    carried=st.sampled_from(("", "0151")),
    by_agent=st.booleans(),
    mentioned=st.booleans(),
    known=st.sampled_from((Known(), Known(names=frozenset({"anna", "may"}), numbers=frozenset({"1234"})))),
)


@given(texts, contexts)
def test_redacting_what_is_redacted_changes_nothing(text: str, context: Context) -> None:
    once = redact(text, context)

    assert redact(once.text, context).text == once.text


@given(texts, contexts)
def test_spans_are_in_order_within_the_text_and_all_else_stays(text: str, context: Context) -> None:
    masked = redact(text, context)

    places = [0, *(place for span in masked.spans for place in (span.start, span.end)), len(text)]
    assert places == sorted(places)
    assert all(span.start < span.end for span in masked.spans)
    rebuilt, at = [], 0
    for span, mark in zip(masked.spans, masked.marks, strict=True):
        assert masked.text[mark.start : mark.end] == span.kind.mark
        rebuilt += [text[at : span.start], span.kind.mark]
        at = span.end
    assert "".join([*rebuilt, text[at:]]) == masked.text


@pytest.mark.parametrize(
    ("asked", "said", "kept"),
    [
        (Kind.POSTCODE, "zero zero zero no sorry zero no sorry zero zero zero", "[POSTCODE]"),
        (Kind.BIRTH, "zero zero zero um zero um zero um zero um zero", "[BIRTH]"),
        (Kind.BIRTH, "it's one nine eight four no sorry one nine eight five um zero um four", "it's [BIRTH]"),
    ],
)
def test_a_number_that_was_corrected_is_masked_as_a_whole_whatever_was_asked_for(asked, said, kept) -> None:
    assert redact(said, Context(asked=asked)).text == kept


@pytest.mark.parametrize("year", ["forty-two", "twenty fourteen"])
def test_a_number_that_begins_like_the_year_of_a_date_is_masked_to_its_end(year) -> None:
    kept = redact(f"on the fourth of may {year} um zero zero zero zero zero zero").text

    assert "zero" not in kept
    assert year not in kept


@given(
    st.lists(st.tuples(st.sampled_from((*_DIGIT_WORDS, *_PAIRS)), st.sampled_from(_BETWEEN)), min_size=7, max_size=20),
    st.sampled_from(("", "my order number is ", "it's ", "at ", "on the fourth of may ")),
    contexts,
)
def test_seven_figures_in_a_row_never_survive_in_any_form(
    said: list[tuple[str, str]], before: str, context: Context
) -> None:
    number = " ".join(" ".join(part for part in pair if part) for pair in said)
    kept = redact(f"{before}{number}", context).text

    left = [token.text for token in tokens_of(kept.removeprefix(before)) if not token.is_mark]
    assert not any(re.fullmatch(r"\d+", word) for word in left), kept
    assert not set(left) & {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "zero", "ninety"}, (
        kept
    )
