import numpy as np

from voiceagent.apps.demo.measure import Measured, first_sound_ms, measure
from voiceagent.audio.frame import Pcm, ms_to_samples
from voiceagent.testing.caller.runner import SpokenLine
from voiceagent.testing.caller.script import Role


def _heard(total_ms: int, *speech_ms: tuple[int, int]) -> Pcm:
    """What the caller hears: sound in the given spans, silence elsewhere."""
    pcm = np.zeros(ms_to_samples(total_ms), np.int16)
    for start, end in speech_ms:
        pcm[ms_to_samples(start) : ms_to_samples(end)] = 3000
    return pcm


def _line(role: Role, start_ms: int, end_ms: int) -> SpokenLine:
    return SpokenLine(text="a line", role=role, start=ms_to_samples(start_ms), end=ms_to_samples(end_ms))


def _measured(heard: Pcm, *lines: SpokenLine) -> Measured:
    return measure(heard, lines)


def test_response_latency_is_from_the_end_of_the_line_to_the_answer() -> None:
    measured = _measured(_heard(6000, (0, 1000), (3420, 5000)), _line(Role.QUESTION, 2000, 3000))

    assert measured.response_latency_ms == (420,)


def test_a_backchannel_of_the_agent_over_the_line_is_no_answer() -> None:
    measured = _measured(_heard(6000, (2700, 3100), (3800, 5000)), _line(Role.QUESTION, 2000, 3000))

    assert measured.response_latency_ms == (800,)


def test_an_answer_that_begins_too_early_has_a_negative_latency() -> None:
    measured = _measured(_heard(6000, (2850, 5000)), _line(Role.QUESTION, 2000, 3000))

    assert measured.response_latency_ms == (-150,)


def test_a_line_without_an_answer_is_reported() -> None:
    measured = _measured(_heard(6000, (0, 1000)), _line(Role.GOODBYE, 2000, 3000))

    assert measured.response_latency_ms == ()
    assert [item.line.role for item in measured.unanswered] == [Role.GOODBYE]


def test_no_answer_is_measured_to_a_line_behind_which_the_caller_goes_on() -> None:
    measured = _measured(_heard(6000, (4400, 5600)), _line(Role.GOES_ON, 1000, 2000), _line(Role.QUESTION, 2800, 4000))

    assert [item.response_ms for item in measured.lines] == [None, 400]
    assert measured.unanswered == ()


def test_a_barge_in_is_measured_to_the_last_sound_of_the_agent() -> None:
    measured = _measured(_heard(9000, (0, 3340), (6500, 8000)), _line(Role.BARGE_IN, 3000, 5800))

    assert measured.barge_in_stop_ms == (340,)
    assert measured.response_latency_ms == ()  # the answer after a barge-in is kept apart
    assert measured.lines[0].response_ms == 700


def test_a_pause_between_sentences_does_not_pass_for_a_stop() -> None:
    measured = _measured(_heard(9000, (0, 3200), (3500, 4700)), _line(Role.BARGE_IN, 3000, 5800))

    assert measured.barge_in_stop_ms == (1700,)


def test_a_barge_in_into_silence_has_no_figure() -> None:
    measured = _measured(_heard(9000, (0, 2000)), _line(Role.BARGE_IN, 3000, 5800))

    assert measured.barge_in_stop_ms == ()


def test_a_backchannel_survives_when_the_agent_makes_only_its_own_pauses() -> None:
    measured = _measured(_heard(9000, (0, 3100), (3480, 7000)), _line(Role.BACKCHANNEL, 3000, 3400))

    assert measured.backchannels_survived == 1
    assert measured.lines[0].longest_silence_ms == 380


def test_a_backchannel_that_silences_the_agent_has_not_survived() -> None:
    measured = _measured(_heard(9000, (0, 3500), (4350, 7000)), _line(Role.BACKCHANNEL, 3000, 3400))

    assert measured.backchannels_survived == 0
    assert measured.lines[0].longest_silence_ms == 850


def test_a_backchannel_at_the_very_end_of_the_agents_speech_shows_nothing() -> None:
    measured = _measured(_heard(9000, (0, 3500)), _line(Role.BACKCHANNEL, 3000, 3400))

    assert measured.backchannels_survived == 0


def test_the_first_sound_of_the_agent_is_found() -> None:
    assert first_sound_ms(_heard(2000, (360, 900))) == 360
    assert first_sound_ms(_heard(2000)) is None
