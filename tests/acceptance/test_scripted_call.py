"""A whole call over SIP and RTP. Who heard whom is proven by what was said, not by bytes that arrived."""

import asyncio
import hashlib

import pytest

from tests.acceptance.harness.api import assert_whole, kinds
from tests.acceptance.harness.resemblance import SAID, UNSAID, resemblance
from tests.acceptance.harness.scripted import CHANGE, QUESTION, line_of, spoken_by
from voiceagent.audio.wav import decode_wav
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.engine import create_engine
from voiceagent.records.unit_of_work import Records

pytestmark = pytest.mark.timeout(180)  # the first test starts the platform and listens to a whole call


async def sound_of_the_yes(house, call_id):
    """The clip, which lies encrypted, as its owner may read it."""
    engine = create_engine(house.platform.settings.jobs_database, pool_size=2)
    stored = StoredRecordings(in_folder(house.state / "recordings"), DataKeys(engine, LocalKeys(house.state / "keys")))
    async with Records(engine).unit_of_work(TenantId("default")) as work:
        (clip,) = await work.contents.consent_clips(call_id)
    sound = await stored.open(clip)
    try:
        return sound.read(0, sound.size)
    finally:
        sound.close()
        await engine.dispose()


def test_the_caller_hears_disclosure_notice_and_question_word_for_word(house, scripted_call):
    opening, prompts = house.profiles["orders"].opening, house.prompts("orders")
    heard = scripted_call.caller.heard

    assert scripted_call.caller.report.failure == ""
    assert resemblance(prompts[opening.disclosure], heard) > SAID
    assert resemblance(prompts[opening.notice], heard) > SAID
    assert resemblance(prompts[opening.question], heard) > SAID
    assert resemblance(prompts[house.profiles["orders"].unreachable], heard) < UNSAID  # it can tell what was not said


def test_the_call_ends_as_a_success_with_consent_on_record(scripted_call):
    call = scripted_call.call

    assert (call["status"], call["result"], call["ended_reason"]) == ("completed", "success", "agent_hung_up")
    assert call["disclosure"]["status"] == "completed"
    assert call["consent"]["recording"] == "granted"
    assert call["recording"]["status"] == "sealed"
    assert (call["transport"], call["trunk"], call["agent"]["profile"]) == ("sip", "local", "orders")
    assert_whole(scripted_call.log)


def test_nothing_but_the_opening_was_said_before_consent(scripted_call):
    before = scripted_call.log[: kinds(scripted_call.log).index("consent.granted")]

    said = [event["data"]["kind"] for event in before if event["type"] == "agent.said"]
    assert said[:2] == ["disclosure", "notice"]
    assert set(said) <= {"disclosure", "notice", "consent"}
    assert "recording.started" not in kinds(before)


def test_the_fact_from_the_crm_is_heard_in_the_agents_words(house, scripted_call):
    transcript = house.api.transcript(scripted_call.call["id"])
    tool = next(event["data"] for event in scripted_call.log if event["type"] == "tool.called")
    (answer,) = [segment for segment in transcript if "trekking backpack" in segment["text"]]

    assert (tool["name"], tool["status"], tool["result"]["item"]) == ("crm.lookup_customer", "ok", "trekking backpack")
    assert answer["speaker"] == "agent"
    assert "Thank you, [NAME]." in answer["text"]
    said = answer["text"].replace("[NAME]", "Anna")  # she heard it; what is kept of it does not say so
    assert resemblance(spoken_by(house.profiles["orders"], said), scripted_call.caller.heard) > SAID


def test_a_change_is_read_back_and_carried_out_after_the_yes(house, scripted_call):
    log = scripted_call.log
    at = {name: kinds(log).index(name) for name in ("effect.proposed", "effect.confirmed")}
    tools = [(place, event["data"]) for place, event in enumerate(log) if event["type"] == "tool.called"]
    ((carried_out, change),) = [(place, tool) for place, tool in tools if tool["name"] == "crm.request_delivery_day"]
    read_back = log[at["effect.proposed"]]["data"]["utterance_id"]
    (asked,) = [
        event["data"] for event in log if event["data"].get("utterance_id") == read_back and "played" in event["data"]
    ]

    assert asked["played"] == "I will ask for order 3 3 0 8 to be delivered on Saturday. Shall I do that?"
    assert resemblance(spoken_by(house.profiles["orders"], asked["played"]), scripted_call.caller.heard) > SAID
    assert at["effect.proposed"] < at["effect.confirmed"] < carried_out
    assert (change["status"], change["decision"]) == ("ok", "the caller confirmed it")
    assert (change["result"]["order_number"], change["result"]["delivery_day"]) == ("3308", "on Saturday")


def test_what_the_caller_said_is_in_the_transcript(house, scripted_call):
    said = [s["text"] for s in house.api.transcript(scripted_call.call["id"]) if s["speaker"] == "caller"]

    assert any("my order" in text and "four zero two one" in text for text in said)


def test_the_recording_has_the_caller_left_and_the_agent_right(house, scripted_call):
    recording = house.api.recording(scripted_call.call["id"])
    assert recording is not None
    left, right = decode_wav(recording).channels
    asked = [line_of(scripted_call.caller, line) for line in (QUESTION, CHANGE, "Yes, please.")]
    greeting = house.prompts("orders")[f"Thank you. {house.profiles['orders'].greeting}"]

    assert resemblance(asked, left) > SAID
    assert resemblance(asked, right) < UNSAID
    assert resemblance(greeting, right) > SAID
    assert resemblance(greeting, left) < UNSAID


def test_T_GD_4_the_consent_has_its_question_its_rule_and_the_sound_of_the_answer(house, scripted_call):
    granted, clip = (
        next(event["data"] for event in scripted_call.log if event["type"] == kind)
        for kind in ("consent.granted", "consent.answer_kept")
    )
    sound = asyncio.run(sound_of_the_yes(house, scripted_call.call["id"]))
    left = decode_wav(sound).channels[0]

    assert granted["question_start_ms"] >= 0
    assert (granted["rule"], granted["language"]) == ("spoken_answer.1", "en")
    assert hashlib.sha256(sound).hexdigest() == clip["sha256"]
    assert granted["answer_start_ms"] - 220 <= clip["start_ms"] <= granted["answer_start_ms"]
    assert clip["duration_ms"] <= granted["answer_end_ms"] - granted["answer_start_ms"] + 440
    assert resemblance(line_of(scripted_call.caller, "Yes, you may."), left) > SAID


def test_the_recording_holds_nothing_from_before_consent(house, scripted_call):
    recording = house.api.recording(scripted_call.call["id"])
    assert recording is not None
    left, right = decode_wav(recording).channels

    assert resemblance(house.prompts("orders")[house.profiles["orders"].opening.disclosure], right) < UNSAID
    assert resemblance(line_of(scripted_call.caller, "Yes, you may."), left) < UNSAID
