"""kill -9 of each part in mid-call: nothing acknowledged is lost, the end is honest, the next call works."""

import threading

import pytest

from tests.acceptance.harness.api import assert_whole, kinds
from tests.acceptance.harness.callers import ANSWER, GREETING, HANG_UP, OPENING, UNTIL_END, YES, Caller, listen, say
from tests.acceptance.harness.installation import BRIEF, Installation, settings_for, wait_until
from tests.acceptance.harness.resemblance import SAID, resemblance
from tests.acceptance.harness.scripted import spoken_by
from voiceagent.audio.frame import ms_to_samples
from voiceagent.audio.wav import decode_wav

pytestmark = pytest.mark.timeout(150)

HOURS = "What are your opening hours?"
TALK = (
    OPENING,
    YES,
    GREETING,
    say(HOURS),
    ANSWER,
    say("That's all, thank you."),
    UNTIL_END,
)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """An installation of our own: its parts get killed."""
    with Installation(settings_for(tmp_path_factory.mktemp("house"))) as house:
        yield house


class Viewer:
    """An operator who watches a call live. What the stream has shown was acknowledged."""

    def __init__(self, house: Installation, call_id: str) -> None:
        self.seen: list[dict] = []
        self._thread = threading.Thread(target=self._watch, args=(house, call_id), daemon=True)
        self._thread.start()

    def _watch(self, house: Installation, call_id: str) -> None:
        self.seen.extend(house.api.follow(call_id))

    def finish(self) -> list[dict]:
        self._thread.join(60)
        assert not self._thread.is_alive()
        return self.seen


class MidCall:
    """A caller who has just said yes."""

    def __init__(self, house: Installation, folder, steps=TALK) -> None:
        self.house = house
        self.caller = Caller(house.uri(BRIEF), steps, folder)
        self.call_id = house.api.find(sip_call_id=self.caller.sip_call_id)["id"]
        house.api.event(self.call_id, "consent.granted")
        self.acknowledged = house.api.events(self.call_id)

    def log(self):
        """The whole log, once the call's end is in the records; nothing of what was acknowledged may be missing."""
        self.house.api.ended(id=self.call_id, timeout_s=40)
        log = self.house.api.events(self.call_id)
        assert_whole(log)
        assert log[: len(self.acknowledged)] == self.acknowledged
        return log


def assert_next_call_works(house: Installation, folder) -> None:
    back = Caller(house.uri(BRIEF), (listen(0.9, 0.2), HANG_UP), folder).finish()
    call = house.api.ended(sip_call_id=back.report.sip_call_id)

    assert resemblance(house.prompts("brief")[house.profiles["brief"].opening.disclosure], back.heard) > SAID
    assert (call["result"], call["ended_reason"]) == ("success", "caller_hung_up")
    assert_whole(house.api.events(call["id"]))


def assert_talk_went_on(house: Installation, running: MidCall) -> None:
    """The caller noticed nothing: the question asked after the kill was answered."""
    back = running.caller.finish()
    log = running.log()
    hours = house.profiles["brief"].intent("opening_hours").say

    assert back.report.failure == ""
    assert resemblance(spoken_by(house.profiles["brief"], hours), back.heard) > SAID
    assert (log[-1]["data"]["result"], log[-1]["data"]["reason"]) == ("success", "agent_hung_up")
    assert "recording.sealed" in kinds(log)


def test_without_postgres_the_call_goes_on_and_is_recorded_later(house, tmp_path):
    running = MidCall(house, tmp_path / "call")

    killed = house.kill("postgres")

    assert_talk_went_on(house, running)
    house.wait_for_successor("postgres", killed)
    assert_next_call_works(house, tmp_path / "next")


def test_without_redis_the_call_goes_on_and_is_recorded_later(house, tmp_path):
    running = MidCall(house, tmp_path / "call")

    killed = house.kill("redis")

    assert_talk_went_on(house, running)
    house.wait_for_successor("redis", killed)
    assert_next_call_works(house, tmp_path / "next")


def test_without_its_worker_the_caller_hears_an_apology_and_the_record_says_why(house, tmp_path):
    running = MidCall(house, tmp_path / "call", (OPENING, YES, UNTIL_END))

    killed = house.kill("worker-0")

    back = running.caller.finish()
    log = running.log()
    assert resemblance(house.prompts("brief")[house.profiles["brief"].apology], back.heard) > SAID
    assert back.report.ended_by == "agent"
    assert (log[-1]["data"]["result"], log[-1]["data"]["reason"]) == ("server", "worker_lost")
    assert "worker.lost" in kinds(log)
    assert "recording.sealed" in kinds(log)
    house.wait_for_successor("worker-0", killed)
    assert_next_call_works(house, tmp_path / "next")


def test_calls_of_a_lost_gateway_are_closed_for_it(house, tmp_path):
    running = MidCall(house, tmp_path / "call", (OPENING, YES, UNTIL_END))
    wait_until(lambda: any(house.state.rglob(f"{running.call_id}/*.wav")), 10, "the recording has begun")
    viewer = Viewer(house, running.call_id)

    killed = house.kill("sip_gateway-0")

    log = running.log()
    running.caller.vanish()
    assert (log[-1]["data"]["result"], log[-1]["data"]["reason"]) == ("server", "gateway_lost")
    assert "recording.sealed" in kinds(log)
    recording = house.api.recording(running.call_id)
    assert recording is not None
    caller, agent = decode_wav(recording).channels
    assert len(caller) == len(agent) >= ms_to_samples(500)
    assert viewer.finish() == log
    house.wait_for_successor("sip_gateway-0", killed)
    assert_next_call_works(house, tmp_path / "next")
