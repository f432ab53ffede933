"""The scripted caller answers what was asked, repeats, notices wrong values and gives up."""

from voiceagent.testing.planner.dialogue import AtReadBack, Dialogue, Wish
from voiceagent.testing.planner.scripted_caller import Act, Heard, ScriptedCaller

_HELLO = Heard(act=Act.GREETED)
_ASKED = Heard(act=Act.ASKED, intent="block_card", slot="card_digits")
_AGAIN = Heard(act=Act.NOT_UNDERSTOOD)


def _wish(**changes: object) -> Wish:
    usual = {
        "intent": "block_card",
        "opening": ("block it", "please block my card"),
        "goal": {"card_digits": "4413"},
        "answers": {"card_digits": ("it ends in four four one three", "four four one three")},
    }
    return Wish(**{**usual, **changes})


def _caller(*wishes: Wish, digression: Wish | None = None) -> ScriptedCaller:
    dialogue = Dialogue(
        dialogue_id="d",
        line="bank",
        kind="plain",
        profile="bank",
        today="2026-11-24",
        wishes=wishes or (_wish(),),
        digression=digression,
        yes=("yes", "yes please"),
        no=("no",),
    )
    return ScriptedCaller(dialogue)


def _read_back(digits: str) -> Heard:
    return Heard(act=Act.READ_BACK, intent="block_card", values={"card_digits": digits})


def _told(digits: str, *, found: bool = True) -> Heard:
    return Heard(act=Act.TOLD, intent="block_card", values={"card_digits": digits}, found=found)


def test_a_caller_asks_answers_agrees_and_leaves():
    caller = _caller()
    said = [caller.next(heard) for heard in (_HELLO, _ASKED, _read_back("4413"), _told("4413"))]

    assert said == ["block it", "it ends in four four one three", "yes", "goodbye"]
    assert caller.satisfied


def test_asked_again_the_same_is_said_in_other_words():
    caller = _caller()

    assert [caller.next(heard) for heard in (_HELLO, _AGAIN)] == ["block it", "please block my card"]
    assert [caller.next(heard) for heard in (_ASKED, _AGAIN)] == [
        "it ends in four four one three",
        "four four one three",
    ]


def test_a_wrong_value_at_the_read_back_is_corrected_and_never_agreed_to():
    caller = _caller()
    caller.next(_HELLO)

    assert caller.next(_read_back("4431")) == "no four four one three"
    assert caller.next(Heard(act=Act.READ_BACK, intent="other")) == "no"


def test_another_value_after_all_is_wanted_from_then_on():
    wish = _wish(
        at_read_back=AtReadBack.CHANGE,
        says_at_read_back=("no nine oh two seven", "nine oh two seven"),
        changed={"card_digits": "9027"},
    )
    caller = _caller(wish)
    caller.next(_HELLO)

    assert caller.next(_read_back("4413")) == "no nine oh two seven"
    assert caller.next(_read_back("4413")) == "no nine oh two seven"
    assert caller.next(_read_back("9027")) == "yes"


def test_a_digression_comes_instead_of_the_first_answer_and_the_wish_is_taken_up_again():
    caller = _caller(digression=Wish(intent="opening_hours", opening=("when are you open",)))
    said = [caller.next(heard) for heard in (_HELLO, _ASKED, Heard(act=Act.SAID, intent="opening_hours"), _ASKED)]

    assert said == ["block it", "when are you open", "block it", "it ends in four four one three"]


def test_what_was_told_of_something_else_is_no_success():
    caller = _caller()
    caller.next(_HELLO)

    assert caller.next(_told("4431")) == "no four four one three"
    assert not caller.satisfied


def test_a_caller_who_gets_no_further_hangs_up():
    caller = _caller()
    said = [caller.next(_AGAIN) for _ in range(20)]

    assert "" in said
    assert not caller.satisfied
