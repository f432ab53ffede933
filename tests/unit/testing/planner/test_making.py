"""The made sets: the same for a seed, apart from each other, and not in the words of the profiles."""

from voiceagent.config.profile_file import shipped_profile
from voiceagent.conversation.phrase import plain_words
from voiceagent.testing.planner.dialogue import AtReadBack, Dialogue
from voiceagent.testing.planner.making import KINDS, make_dialogues


def _openings(dialogues: tuple[Dialogue, ...]) -> set[str]:
    return {said for dialogue in dialogues for wish in dialogue.wishes for said in wish.opening}


def test_the_same_seed_makes_the_same_calls():
    assert make_dialogues("held", 60, 3) == make_dialogues("held", 60, 3)
    assert make_dialogues("held", 60, 3) != make_dialogues("held", 60, 4)


def test_every_kind_of_call_is_made_for_every_line_that_can_have_it():
    made = make_dialogues("development", 44)
    kinds = {(dialogue.line, dialogue.kind) for dialogue in made}

    assert {line for line, _ in kinds} == {"orders", "delivery", "clinic", "bank"}
    assert {kind for _, kind in kinds} == set(KINDS)
    assert ("orders", "refusal") not in kinds  # a look-up is not read back


def test_the_held_out_callers_use_other_words_and_other_values():
    development, held = make_dialogues("development", 200), make_dialogues("held", 200)
    numbers = [
        {number for dialogue in made for number in dialogue.orders + dialogue.cards} for made in (development, held)
    ]

    assert _openings(development).isdisjoint(_openings(held))
    assert len(numbers[0] & numbers[1]) < 0.05 * len(numbers[0])  # by chance: there are but 10,000 of four figures
    assert {dialogue.today for dialogue in development}.isdisjoint(dialogue.today for dialogue in held)


def test_hardly_a_caller_speaks_as_the_profile_has_it():
    phrases = {
        " ".join(plain_words(phrase.replace("[", "").replace("]", "")))
        for name in ("orders", "clinic", "bank")
        for intent in shipped_profile(name).intents
        for phrase in intent.phrases
    }
    openings = _openings(make_dialogues("held", 200))

    assert len(openings & phrases) == 0


def test_a_change_of_mind_is_another_value():
    changing = [
        wish
        for dialogue in make_dialogues("held", 200)
        for wish in dialogue.wishes
        if wish.at_read_back is AtReadBack.CHANGE
    ]

    assert changing
    assert all(wish.final != wish.goal for wish in changing)


def test_what_is_not_there_is_really_not_there():
    unknown = [dialogue for dialogue in make_dialogues("held", 200) if dialogue.kind == "unknown"]
    goals = [(next(iter(d.wishes[0].goal.values())), d.orders + d.cards) for d in unknown]

    assert goals
    assert all(number not in owned for number, owned in goals)
