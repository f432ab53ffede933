"""From a consent in Postgres back to the words that were asked."""

import hashlib
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.compliance.consent_ledger import Basis, standing
from voiceagent.core.errors import NotFound
from voiceagent.core.ids import CallId, TenantId, new_id
from voiceagent.records.seed import Seed, SeedProfile, sow
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony import events as ev
from voiceagent.testing.sample_call import recorded, sample_events
from voiceagent.testing.sample_profile import sample_profile

TENANT = TenantId("default")
NOW = datetime(2026, 11, 20, tzinfo=UTC)
QUESTION = hashlib.sha256(b"may we").hexdigest()
GRANTED = ev.ConsentGranted(
    purpose="recording",
    method="voice",
    question_sha256=QUESTION,
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
WITHDRAWN = ev.ConsentWithdrawn(
    purpose="recording", method="voice", at_ms=9000, answer="stop recording me", rule="withdrawal.1/stop", language="en"
)


async def stored(records: Records, engine: AsyncEngine) -> CallId:
    """A prepared profile, and a call that was agreed to be recorded until it was not."""
    profile = asdict(sample_profile(language="en"))
    await sow(records, Seed(profiles=[SeedProfile(name="sample", sha256="a" * 64, document=profile)]), NOW)
    call_id = CallId(new_id("call"))
    await RecordsWriter(engine).write(recorded(call_id, [sample_events()[0], GRANTED, CLIP, WITHDRAWN]))
    return call_id


async def test_T_GD_4_a_consent_leads_to_its_question_its_answer_and_who_judged_it(
    records: Records, engine: AsyncEngine
) -> None:
    call_id = await stored(records, engine)
    async with records.unit_of_work(TENANT) as work:
        granted, withdrawn = await work.contents.consent(call_id)
        (clip,) = await work.contents.consent_clips(call_id)
        question = await work.prompt_texts.text(granted.prompt_sha256)

    assert (question, granted.language, granted.prompt_start_ms, granted.prompt_end_ms) == ("may we", "en", 4000, 4600)
    assert (granted.kind, granted.answer, granted.rule) == ("granted", "yes", "spoken_answer.1")
    assert granted.confidence == pytest.approx(0.93)
    assert (granted.profile, granted.profile_version) == ("orders", 3)
    assert (clip.path, clip.duration_ms, clip.state) == ("a/b.wav", 600, "kept")
    assert (withdrawn.kind, withdrawn.method, withdrawn.answer) == ("withdrawn", "voice", "stop recording me")
    assert standing([granted, withdrawn], "recording").basis is Basis.WITHDRAWN


async def test_texts_stay_when_a_profile_says_it_otherwise_and_belong_to_their_tenant(
    records: Records, engine: AsyncEngine
) -> None:
    await stored(records, engine)
    other = asdict(sample_profile(opening={"question": "shall we"}))
    await sow(records, Seed(profiles=[SeedProfile(name="sample", sha256="b" * 64, document=other)]), NOW)
    async with records.unit_of_work(TENANT) as work:
        assert await work.prompt_texts.text(QUESTION) == "may we"
        assert await work.prompt_texts.text(hashlib.sha256(b"shall we").hexdigest()) == "shall we"
    async with records.unit_of_work(TenantId("other")) as work:
        with pytest.raises(NotFound):
            await work.prompt_texts.text(QUESTION)


async def test_evidence_can_not_be_changed_afterwards(records: Records, engine: AsyncEngine) -> None:
    call_id = await stored(records, engine)
    with pytest.raises(DBAPIError):
        async with engine.begin() as connection:
            await connection.execute(
                text("UPDATE consent_events SET rule = 'none' WHERE call_id = :call_id"), {"call_id": call_id}
            )
