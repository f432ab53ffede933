"""The machine of a transfer: whatever happens in whatever order, an attempt that was made ends once."""

from hypothesis import given, strategies as st

from voiceagent.conversation.transfer import NEXT, Signal, Transfer, TransferState

_ENDS = (TransferState.TRANSFERRED, TransferState.GIVEN_UP, TransferState.TAKEN_BACK, TransferState.ENDED)
_happening = st.one_of(
    st.sampled_from(Signal),
    st.integers(100, 699),  # a SIP status
    st.just("time"),
)


@given(st.lists(_happening, max_size=40))
def test_every_attempt_that_was_made_ends_in_exactly_one_way(happenings: list[Signal | int | str]) -> None:
    transfer, now_ms, referred, ended = Transfer(30.0), 0, 0, 0
    for happening in happenings:
        now_ms += 40_000 if happening == "time" else 10
        before = transfer.state
        if isinstance(happening, Signal):
            transfer.take(happening, now_ms)
        elif isinstance(happening, int):
            transfer.progressed(happening, now_ms)
        else:
            transfer.late(now_ms)
        referred += transfer.state is TransferState.REFERRED and before is not TransferState.REFERRED
        ended += before is TransferState.REFERRED and transfer.state in _ENDS
        assert referred - ended == transfer.away

    transfer.take(Signal.OVER, now_ms)
    assert not transfer.away


def test_what_is_final_stays_as_it_is() -> None:
    assert {state for state, _ in NEXT}.isdisjoint({TransferState.TRANSFERRED, TransferState.ENDED})


def test_a_status_below_200_only_says_that_it_goes_on() -> None:
    transfer = Transfer(30.0)
    transfer.take(Signal.ANNOUNCED, 0)
    transfer.take(Signal.HEARD, 1000)

    assert not transfer.progressed(180, 2000)
    assert transfer.away
    assert transfer.progressed(200, 3000)
    assert transfer.state is TransferState.TRANSFERRED


def given_up() -> Transfer:
    transfer = Transfer(30.0)
    transfer.take(Signal.ANNOUNCED, 0)
    transfer.take(Signal.HEARD, 1000)
    assert not transfer.late(30_999)
    assert transfer.late(31_000)
    return transfer


def test_who_is_not_answered_in_time_is_with_us_again_and_a_late_answer_is_an_answer() -> None:
    transfer = given_up()
    assert not transfer.away

    assert transfer.progressed(200, 32_000)
    assert transfer.state is TransferState.TRANSFERRED


def test_no_attempt_begins_while_the_phone_may_still_be_calling_for_the_one_before() -> None:
    transfer = given_up()
    assert not transfer.take(Signal.ANNOUNCED, 32_000)
    assert transfer.progressed(487, 33_000)

    assert transfer.take(Signal.ANNOUNCED, 34_000)
