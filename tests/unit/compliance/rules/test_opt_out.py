import pytest

from voiceagent.compliance.rules.opt_out import asks_not_to_be_called

OPT_OUTS = """
stop calling me
please stop calling
stop
stop please
don't call me again
do not call this number any more
never call me again
don't ever call me back
take me off your list
please take my number off your calling list
remove me from your list
remove my number
delete my number from your system
put me on your do not call list
put me on the do not call list please
I don't want any more calls
I do not want to receive these calls
I don't want you to call me anymore
no more calls
unsubscribe
I want to opt out
opt me out
lose my number
leave me alone
I revoke my consent
I withdraw permission
quit calling here
stop bothering me
don't contact me again
stop with the robocalls
get me off your list
I no longer want to be called, take me off the list
cease all calls
Don\u2019t phone us ever again!
""".strip().splitlines()
OTHERS = """
hello
yes
stop it, that's funny
wait, stop, let me write that down
can you call me back tomorrow
call me again next week
don't call me before nine
please don't call me at work
why do you call
I never called you
don't call an ambulance
I didn't call you
take me to the next step
remove the second item from my order
put me on the list for thursday
no more questions
I want more calls like this
the list is long
who gave you my number
don't stop
leave a message
I don't want the blue one
take my number down please
what is your number
""".strip().splitlines()


@pytest.mark.parametrize("words", OPT_OUTS)
def test_T_US_3_who_does_not_want_to_be_called_is_heard(words) -> None:
    assert asks_not_to_be_called(words)


@pytest.mark.parametrize("words", OTHERS)
def test_what_only_sounds_like_an_opt_out_is_none(words) -> None:
    assert not asks_not_to_be_called(words)


def test_there_are_at_least_twenty_ways() -> None:
    assert len(OPT_OUTS) >= 20


def test_case_and_punctuation_do_not_matter() -> None:
    assert asks_not_to_be_called("  STOP. Calling, me!! ")
    assert not asks_not_to_be_called("")
