"""HTTP for the evidence of consent in a call."""

from typing import Annotated

from fastapi import APIRouter, Depends

from voiceagent.api.auth import Guard
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.calls.present import call_of
from voiceagent.api.resources.calls.schemas import AgentRef, CallConsents, Consent, ConsentSound
from voiceagent.api.resources.calls.service import CallService
from voiceagent.core.ids import CallId
from voiceagent.records.key_rules import CONSENTS_READ
from voiceagent.records.values import ConsentEvidence


def call_consents_router(*, service: CallService, guard: Guard) -> APIRouter:
    """/v1/calls/{call_id}/consents."""
    router = APIRouter(prefix="/v1/calls/{call_id}", tags=["calls"])
    Reader = Annotated[Principal, Depends(guard.require(CONSENTS_READ))]  # noqa: N806 - a type

    @router.get("/consents", responses=responses(400, 404))
    async def get_consents(principal: Reader, call_id: IdPath) -> CallConsents:
        """What the caller was told and asked, in which words, and what they answered. Who reads it is noted."""
        found = await service.consents(principal, CallId(call_id))
        return CallConsents(
            call_id=call_id,
            recording=call_of(found.record).consent.recording,
            items=[_consent(one, found.prompts.get(one.prompt_sha256)) for one in found.evidence],
            sounds=[ConsentSound.model_validate(clip, from_attributes=True) for clip in found.clips],
        )

    return router


def _consent(one: ConsentEvidence, prompt: str | None) -> Consent:
    return Consent(
        seq=one.seq,
        at=one.at,
        kind=one.kind,
        purpose=one.purpose,
        method=one.method,
        prompt=prompt,
        prompt_sha256=one.prompt_sha256,
        language=one.language,
        completed=one.completed,
        prompt_start_ms=_heard(one.prompt_start_ms),
        prompt_end_ms=_heard(one.prompt_end_ms),
        answer=one.answer,
        answer_start_ms=_heard(one.answer_start_ms),
        answer_end_ms=_heard(one.answer_end_ms),
        confidence=one.confidence,
        rule=one.rule,
        keeps_earlier=one.keeps_earlier,
        agent=AgentRef(profile=one.profile, version=one.profile_version),
    )


def _heard(at_ms: int) -> int | None:
    return None if at_ms < 0 else at_ms
