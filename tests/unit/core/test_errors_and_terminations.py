import re

import pytest

from voiceagent.core import errors
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import Fault, VoiceagentError
from voiceagent.core.ids import new_id
from voiceagent.core.termination import Reason, Result, Termination
from voiceagent.testing.clock import ManualClock


def error_classes() -> list[type[VoiceagentError]]:
    found = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, VoiceagentError)]
    assert len(found) >= 12
    return found


@pytest.mark.parametrize("cls", error_classes())
def test_an_error_without_words_says_what_its_docstring_says(cls):
    assert cls.__doc__
    assert str(cls()) == cls.__doc__.strip()
    assert str(cls("the line is cut")) == "the line is cut"


@pytest.mark.parametrize("cls", error_classes())
def test_every_error_is_in_the_tree_drawn_on_top_of_the_module(cls):
    assert errors.__doc__
    assert cls.__name__ in errors.__doc__


def test_faults_are_inherited_and_only_a_missing_part_is_worth_another_try():
    assert errors.WorkerLost.fault is Fault.SERVER
    assert errors.UpstreamUnavailable.fault is Fault.UPSTREAM
    assert errors.BadInput.fault is Fault.CLIENT
    assert [cls.__name__ for cls in error_classes() if cls.retryable] == [
        "Unavailable",
        "NoCapacity",
        "WorkerLost",
        "StoreUnavailable",
        "UpstreamUnavailable",
        "NothingSent",
    ]


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_result(reason):
    ended = Termination.because(reason, "detail")

    assert ended.result in Result
    assert (ended.reason, ended.detail) == (reason, "detail")


def test_a_caller_who_hangs_up_is_a_success_and_a_lost_worker_is_ours():
    assert Termination.because(Reason.CALLER_HUNG_UP).result is Result.SUCCESS
    assert Termination.because(Reason.WORKER_LOST).result is Result.SERVER
    assert Termination.because(Reason.MEDIA_LOST).result is Result.UPSTREAM
    assert Termination.because(Reason.MALFORMED).result is Result.CLIENT


def test_ids_are_prefixed_unique_and_readable_over_the_phone():
    made = [new_id("call") for _ in range(1000)]

    assert len(set(made)) == 1000
    assert all(re.fullmatch(r"call_[0-9A-HJKMNP-TV-Z]{26}", one) for one in made)


def test_ids_of_one_prefix_sort_by_time():
    first = [new_id("call") for _ in range(50)]
    stamps = [one[5:15] for one in first]  # 48 bits of milliseconds are the first ten characters

    assert stamps == sorted(stamps)


def test_the_system_clock_is_aware_and_in_utc():
    clock = SystemClock()

    assert clock.now().utcoffset() is not None
    assert clock.now().utcoffset().total_seconds() == 0
    assert clock.monotonic() <= clock.monotonic()


def test_a_manual_clock_moves_both_its_times_and_only_when_told():
    clock = ManualClock()
    began, started = clock.now(), clock.monotonic()
    clock.advance(1.5)

    assert clock.monotonic() - started == 1.5
    assert (clock.now() - began).total_seconds() == 1.5
    assert clock.monotonic() == 1.5
