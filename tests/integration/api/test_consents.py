"""The evidence of consent as an auditor reads it."""

import hashlib
from dataclasses import asdict

import pytest

from tests.integration.api.house import NOON, TENANT
from voiceagent.records.seed import Seed, SeedProfile, sow
from voiceagent.telephony import events as ev
from voiceagent.testing.sample_profile import sample_profile

STARTED = ev.CallStarted(
    direction="inbound", transport="sip", caller="1", callee="2", profile="orders", profile_version=3, words="redacted"
)
NOTICE = ev.DisclosurePlayed(prompt="notice", sha256="d" * 64, language="en", start_ms=0, end_ms=3000, completed=False)
GRANTED = ev.ConsentGranted(
    purpose="recording",
    method="voice",
    question_sha256=hashlib.sha256(b"may we").hexdigest(),
    at_ms=5100,
    answer="yes",
    confidence=0.93,
    rule="spoken_answer.1",
    language="en",
    question_start_ms=4000,
    question_end_ms=4600,
    answer_start_ms=4700,
    answer_end_ms=4900,
)
CLIP = ev.ConsentAnswerKept(
    clip_id="clip_1", purpose="recording", path="a/b.wav", sha256="c" * 64, size_bytes=9, start_ms=4500, duration_ms=600
)
WITHDRAWN = ev.ConsentWithdrawn(purpose="recording", method="dtmf", at_ms=9000, answer="*9", rule="keys", language="en")


@pytest.fixture
async def asked(house):
    """A call that was agreed to be recorded until it was not."""
    profile = SeedProfile(name="orders", sha256="a" * 64, document=asdict(sample_profile(language="en")))
    await sow(house.records, Seed(profiles=[profile]), NOON, tenant_id=TENANT)
    await house.write("call_1", STARTED, NOTICE, GRANTED, CLIP, WITHDRAWN)


async def test_each_consent_is_shown_with_the_words_of_its_question_and_of_its_answer(house, asked):
    found = (await house.get("/v1/calls/call_1/consents")).json()

    told, granted, withdrawn = found["items"]
    assert found["recording"] == "withdrawn"
    assert [one["kind"] for one in found["items"]] == ["notice_played", "granted", "withdrawn"]
    assert (told["prompt"], told["completed"]) == (None, False)  # a text that nobody prepared here
    assert (granted["prompt"], granted["answer"], granted["rule"]) == ("may we", "yes", "spoken_answer.1")
    assert (granted["prompt_start_ms"], granted["prompt_end_ms"]) == (4000, 4600)
    assert (withdrawn["method"], withdrawn["answer_start_ms"], withdrawn["keeps_earlier"]) == ("dtmf", None, False)
    assert granted["agent"] == {"profile": "orders", "version": 3}
    assert [(one["id"], one["state"], one["duration_ms"]) for one in found["sounds"]] == [("clip_1", "kept", 600)]


async def test_who_read_the_evidence_is_noted(house, asked):
    await house.get("/v1/calls/call_1/consents")
    nothing = await house.get("/v1/calls/call_2/consents")
    noted = (await house.get("/v1/audit-events?action=consents.read")).json()["items"]

    assert (nothing.status_code, nothing.json()["code"]) == (404, "not_found")
    assert [one["object"] for one in noted] == [{"type": "call", "id": "call_1"}]
