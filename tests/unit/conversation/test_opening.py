"""The opening machine against everything that may happen in any order."""

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings, strategies as st

from voiceagent.conversation.opening import Decided, Open, OpeningMachine, OpeningStep, Phase, Speak, Verdict
from voiceagent.conversation.profile import ConsentMode, OpeningScript
from voiceagent.testing.sample_profile import sample_profile

_GREETING = "hello there"


def script(**changes: object) -> OpeningScript:
    return sample_profile(opening=changes).opening


def spoken(steps: list[OpeningStep]) -> list[str]:
    return [step.prompt for step in steps if isinstance(step, Speak)]


def asked(machine: OpeningMachine) -> OpeningMachine:
    """A machine whose question has been played; the time is 0."""
    machine.begin()
    for _ in range(3):
        machine.on_prompt_over(0)
    assert machine.phase is Phase.WAITING
    return machine


# -- by example -----------------------------------------------------------------------------------------------------


def test_the_opening_says_who_speaks_then_that_it_is_recorded_then_asks():
    machine = OpeningMachine(script(), _GREETING)

    assert machine.begin() == [Speak(prompt="disclosure", text="I am an assistant", kind="disclosure")]
    assert spoken(machine.on_prompt_over(800)) == ["notice"]
    assert spoken(machine.on_prompt_over(1400)) == ["question"]
    assert machine.on_prompt_over(1800) == []
    assert machine.phase is Phase.WAITING


def test_a_yes_is_granted_thanked_and_greeted_in_one_breath():
    machine = asked(OpeningMachine(script(), _GREETING))

    assert machine.on_answer(Verdict.GRANTED, "voice") == [
        Decided(granted=True, method="voice"),
        Speak(prompt="thanks_granted", text="thanks hello there", kind="greeting"),
    ]
    assert machine.on_prompt_over(3000) == [Open()]
    assert machine.granted is True


def test_a_no_is_denied_and_served_all_the_same():
    machine = asked(OpeningMachine(script(), _GREETING))

    assert machine.on_answer(Verdict.DENIED, "dtmf")[0] == Decided(granted=False, method="dtmf")
    assert machine.on_prompt_over(3000) == [Open()]


def test_an_unclear_answer_is_asked_about_once_more_and_then_taken_as_no():
    machine = asked(OpeningMachine(script(), _GREETING))

    assert spoken(machine.on_answer(Verdict.UNCLEAR, "voice")) == ["question"]
    machine.on_prompt_over(4000)
    assert machine.on_answer(Verdict.UNCLEAR, "voice")[0] == Decided(granted=False, method="no_answer")


def test_a_yes_that_was_not_surely_heard_has_to_be_heard_twice():
    machine = asked(OpeningMachine(script(), _GREETING))

    assert spoken(machine.on_answer(Verdict.PROBABLE, "voice")) == ["question"]
    machine.on_prompt_over(4000)
    assert machine.on_answer(Verdict.PROBABLE, "voice")[0] == Decided(granted=True, method="voice")


@pytest.mark.parametrize("between", [[], [Verdict.PROBABLE, Verdict.UNCLEAR]])
def test_one_yes_that_was_not_surely_heard_is_none(between):
    machine = asked(OpeningMachine(script(attempts=len(between) + 1), _GREETING))
    for verdict in between:
        machine.on_answer(verdict, "voice")
        machine.on_prompt_over(4000)

    assert machine.on_answer(Verdict.PROBABLE, "voice")[0] == Decided(granted=False, method="no_answer")


def test_silence_where_a_yes_is_asked_for_is_a_no_after_two_questions():
    machine = asked(OpeningMachine(script(answer_timeout_s=6.0, attempts=2), _GREETING))

    assert machine.on_tick(5999, caller_active=False) == []
    assert spoken(machine.on_tick(6000, caller_active=False)) == ["question"]
    machine.on_prompt_over(6400)
    assert machine.on_tick(12_399, caller_active=False) == []
    assert machine.on_tick(12_400, caller_active=False)[0] == Decided(granted=False, method="no_answer")


def test_staying_on_the_line_is_consent_only_where_the_profile_says_so():
    machine = asked(OpeningMachine(script(consent=ConsentMode.IMPLIED), _GREETING))

    assert machine.on_tick(6000, caller_active=False)[0] == Decided(granted=True, method="implied")


def test_silence_after_an_objection_is_not_implied_consent():
    machine = asked(OpeningMachine(script(consent=ConsentMode.IMPLIED), _GREETING))
    machine.on_answer(Verdict.UNCLEAR, "voice")
    machine.on_prompt_over(4000)

    assert machine.on_tick(10_000, caller_active=False)[0] == Decided(granted=False, method="no_answer")


@pytest.mark.parametrize("prompts_heard", [0, 1, 2])
@pytest.mark.parametrize("verdict", [Verdict.DENIED, Verdict.UNCLEAR])
def test_an_objection_before_the_question_counts_against_silence(verdict, prompts_heard):
    machine = OpeningMachine(script(consent=ConsentMode.IMPLIED, attempts=1), _GREETING)
    machine.begin()
    for _ in range(prompts_heard):
        machine.on_prompt_over(1000)
    machine.note_objection(verdict)
    for _ in range(3 - prompts_heard):
        machine.on_prompt_over(3000)

    assert machine.on_tick(30_000, caller_active=False)[0] == Decided(granted=False, method="no_answer")


def test_a_yes_can_be_taken_back_while_the_caller_is_thanked_and_not_given_again():
    machine = asked(OpeningMachine(script(), _GREETING))
    machine.on_answer(Verdict.GRANTED, "voice")

    assert machine.on_answer(Verdict.DENIED, "voice") == [
        Decided(granted=False, method="voice"),
        Speak(prompt="thanks_denied", text="fine hello there", kind="greeting"),
    ]
    assert machine.on_answer(Verdict.GRANTED, "voice") == []
    assert machine.on_prompt_over(3000) == [Open()]
    assert machine.granted is False


def test_a_caller_who_speaks_has_time_to_finish():
    machine = asked(OpeningMachine(script(), _GREETING))
    machine.on_tick(5900, caller_active=True)

    assert machine.on_tick(6100, caller_active=False) == []
    assert spoken(machine.on_tick(11_900, caller_active=False)) == ["question"]


def test_an_answer_may_overlap_the_end_of_the_question_but_nothing_before_it():
    machine = OpeningMachine(script(), _GREETING)
    machine.begin()
    assert machine.on_answer(Verdict.GRANTED, "voice") == []
    machine.on_prompt_over(800)
    assert machine.on_answer(Verdict.GRANTED, "dtmf") == []
    machine.on_prompt_over(1400)

    assert machine.phase is Phase.ASKING
    assert machine.on_answer(Verdict.GRANTED, "voice")[0] == Decided(granted=True, method="voice")


# -- by every order of events -----------------------------------------------------------------------------------------


@dataclass
class Watched:
    """Drives a machine as a session does: a prompt can end only while one is being spoken."""

    machine: OpeningMachine
    now_ms: int = 0
    speaking: str = ""
    finished: list[str] = field(default_factory=list)  # prompts played to their end
    questions: int = 0
    decisions: list[Decided] = field(default_factory=list)
    opened: bool = False
    yes_given: bool = False
    objected: bool = False
    probable: int = 0

    def take(self, steps: list[OpeningStep]) -> None:
        for step in steps:
            match step:
                case Speak():
                    self.speaking = step.prompt
                    self.questions += step.prompt == "question"
                case Decided():
                    assert {"disclosure", "notice"} <= set(self.finished), "decided before they were told"
                    assert not self.opened
                    assert not self.decisions or (self.decisions[-1].granted and not step.granted), (
                        "only a yes is undone"
                    )
                    self.decisions.append(step)
                case Open():
                    assert self.finished[:2] == ["disclosure", "notice"]
                    assert 1 <= len(self.decisions) <= 2
                    self.opened = True

    def prompt_over(self) -> None:
        if self.speaking:
            self.finished.append(self.speaking)
            self.speaking = ""
            self.take(self.machine.on_prompt_over(self.now_ms))

    def answer(self, verdict: Verdict, method: str) -> None:
        answerable = self.machine.phase in (Phase.ASKING, Phase.WAITING)
        if answerable:
            self.probable += verdict is Verdict.PROBABLE
            self.yes_given = self.yes_given or verdict is Verdict.GRANTED or self.probable > 1
        self.objected = self.objected or (not self.decisions and verdict in (Verdict.DENIED, Verdict.UNCLEAR))
        self.take(self.machine.on_answer(verdict, method))

    def tick(self, ms: int, *, caller_active: bool) -> None:
        self.now_ms += ms
        self.take(self.machine.on_tick(self.now_ms, caller_active=caller_active))


_events = st.one_of(
    st.just(("over",)),
    st.tuples(st.just("answer"), st.sampled_from(Verdict), st.sampled_from(["voice", "dtmf"])),
    st.tuples(st.just("tick"), st.integers(0, 9000), st.booleans()),
)


def drive(watched: Watched, events: list[tuple]) -> None:
    watched.take(watched.machine.begin())
    for event in events:
        match event:
            case ("over",):
                watched.prompt_over()
            case ("answer", verdict, method):
                watched.answer(verdict, method)
            case ("tick", ms, active):
                watched.tick(ms, caller_active=active)


def check(watched: Watched, consent: ConsentMode, attempts: int) -> None:
    granted = [decision for decision in watched.decisions if decision.granted]
    if granted:
        assert watched.yes_given or granted[0].method == "implied"
        assert (granted[0].method == "implied") <= (consent is ConsentMode.IMPLIED and not watched.objected)
    assert len(watched.decisions) <= 2
    assert watched.machine.granted is (watched.decisions[-1].granted if watched.decisions else None)
    assert watched.questions <= attempts
    assert watched.opened == (watched.machine.phase is Phase.OPEN)


@given(events=st.lists(_events, max_size=40), consent=st.sampled_from(ConsentMode), attempts=st.integers(1, 4))
@settings(max_examples=100)
def test_whatever_happens_the_law_is_kept(events, consent, attempts):
    watched = Watched(OpeningMachine(script(consent=consent, attempts=attempts), _GREETING))
    drive(watched, events)

    check(watched, consent, attempts)


def test_the_law_is_kept_in_twenty_thousand_random_calls():
    dice = random.Random(20_000)
    scripts = {(mode, tries): script(consent=mode, attempts=tries) for mode in ConsentMode for tries in (1, 2, 3)}
    moves = [("over",)] * 3 + [("tick", ms, active) for ms in (80, 2900, 6000) for active in (False, True)]
    moves += [("answer", verdict, method) for verdict in Verdict for method in ("voice", "dtmf")]
    opened = 0
    for _ in range(20_000):
        mode, tries = dice.choice(list(scripts))
        watched = Watched(OpeningMachine(scripts[mode, tries], _GREETING))
        drive(watched, dice.choices(moves, k=15))
        check(watched, mode, tries)
        opened += watched.opened

    assert 5000 < opened < 19_000  # the dice reach both sides of the end


@given(
    before=st.lists(_events, max_size=20),
    consent=st.sampled_from(ConsentMode),
    attempts=st.integers(1, 4),
)
@settings(max_examples=100)
def test_whatever_happened_a_caller_who_then_falls_silent_is_soon_served(before, consent, attempts):
    watched = Watched(OpeningMachine(script(consent=consent, attempts=attempts), _GREETING))
    drive(watched, before)
    for _ in range(3 * attempts + 6):
        watched.prompt_over()
        watched.tick(6000, caller_active=False)

    assert watched.opened


@pytest.mark.parametrize("verdict", [Verdict.UNCLEAR, Verdict.DENIED])
@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_no_number_of_unclear_answers_makes_a_yes(verdict, attempts):
    machine = asked(OpeningMachine(script(attempts=attempts), _GREETING))
    for _ in range(10):
        machine.on_answer(verdict, "voice")
        machine.on_prompt_over(0)

    assert machine.granted is False
