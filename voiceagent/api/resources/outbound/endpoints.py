"""HTTP for questions about outbound calls and for consents to be called."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from voiceagent.api.auth import Guard
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import problem_response, responses
from voiceagent.api.resources.outbound.schemas import (
    OutboundCheck,
    OutboundConsent,
    OutboundConsentBody,
    OutboundDecision,
    OutboundEvidence,
    OutboundQuestionBody,
)
from voiceagent.api.resources.outbound.service import OutboundService
from voiceagent.compliance.rules.outbound import Evidence
from voiceagent.compliance.rules.rules import Origin
from voiceagent.core.problems import Problem
from voiceagent.records.outbound_values import StoredDecision


def outbound_router(*, service: OutboundService, guard: Guard) -> APIRouter:
    """Routes below /v1/outbound and /v1/outbound-consents."""
    router = APIRouter(prefix="/v1", tags=["outbound"])
    Reader = Annotated[Principal, Depends(guard.require("outbound:read"))]  # noqa: N806 - a type
    Writer = Annotated[Principal, Depends(guard.require("outbound:write"))]  # noqa: N806
    Revoker = Annotated[Principal, Depends(guard.require("consents:revoke"))]  # noqa: N806

    @router.post(
        "/outbound/decisions",
        status_code=201,
        response_model=OutboundDecision,
        responses=responses(400, 409, 413),
    )
    async def decide(request: Request, principal: Writer, body: OutboundQuestionBody) -> Any:
        """Ask whether a number may be called now. Nothing dials: whoever does asks here first, each time.

        A refusal is 409 with the failed check's code: pack_expired, purpose_not_allowed, consent_missing, do_not_call,
        list_stale, outside_hours, too_many_attempts or human_intro_missing. It is kept as the allowed ones are, and a
        call that was allowed counts as an attempt.
        """
        stored, evidence = await service.decide(principal, body)
        return decision_of(stored, evidence) if stored.allowed else refused_response(request, stored, evidence)

    @router.get("/outbound/decisions/{decision_id}", responses=responses(400, 404))
    async def read_decision(principal: Reader, decision_id: IdPath) -> OutboundEvidence:
        """A decision with what it follows from, decided again by the same rules."""
        stored, evidence, replayed = await service.read(principal, decision_id)
        return OutboundEvidence(
            **_fields(stored, evidence),
            evidence=stored.evidence,
            evidence_sha256=stored.evidence_sha256,
            replayed=replayed,
        )

    @router.post("/outbound-consents", status_code=201, responses=responses(400, 413))
    async def add_consent(principal: Writer, body: OutboundConsentBody) -> OutboundConsent:
        """Keep a consent to be called."""
        return OutboundConsent.model_validate(await service.add_consent(principal, body))

    @router.post("/outbound-consents/{consent_id}/actions/revoke", responses=responses(400, 404, 409))
    async def revoke_consent(principal: Revoker, consent_id: IdPath) -> OutboundConsent:
        """It counts no more from now on. Who does not want to be called at all is a suppression."""
        return OutboundConsent.model_validate(await service.revoke_consent(principal, consent_id))

    return router


def _fields(stored: StoredDecision, evidence: Evidence) -> dict[str, Any]:
    return {
        "id": stored.id,
        "at": stored.at,
        "allowed": stored.allowed,
        "code": stored.code,
        "purpose": stored.purpose,
        "campaign": stored.campaign,
        "checks": [OutboundCheck.model_validate(check) for check in evidence.decision.checks],
        "rules": [pack.name for pack in evidence.packs],
        "rules_sha256": stored.rules_sha256,
        "unsigned_rules": [pack.name for pack in evidence.packs if pack.origin is Origin.UNSIGNED],
    }


def decision_of(stored: StoredDecision, evidence: Evidence) -> OutboundDecision:
    """The decision as it is shown."""
    return OutboundDecision(**_fields(stored, evidence))


def refused_response(request: Request, stored: StoredDecision, evidence: Evidence) -> Response:
    """A refusal: a problem with the failed check's code and the whole decision."""
    shown = decision_of(stored, evidence)
    problem = Problem(
        status=409, code=shown.code, title="The number may not be called", detail=evidence.decision.detail
    )
    return problem_response(request, problem, decision=shown.model_dump(mode="json"))
