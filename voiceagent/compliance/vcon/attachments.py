"""Evidence that travels with a call: what the caller was told, what they allowed, and where sound is missing and why.

Consent is written twice, in the shapes of two drafts that have not yet become one: draft-howe-vcon-consent-00 and
draft-howe-vcon-lawful-basis-01.
"""

from datetime import datetime, timedelta
from typing import Any

from voiceagent.compliance.canonical import rfc3339
from voiceagent.compliance.consent_ledger import Basis, standing
from voiceagent.compliance.vcon.dialogs import CALL, Media
from voiceagent.compliance.vcon.parties import CALLER, ORGANISATION
from voiceagent.records.dossier import CallDossier
from voiceagent.records.values import ConsentEvidence, Recording
from voiceagent.telephony.cdr import ConsentState

_OVER = frozenset({Basis.WITHDRAWN, Basis.EXPIRED})
_TOLD = {"disclosure_played": "disclosure", "notice_played": "notice"}


def attachments_of(dossier: CallDossier, media: Media) -> list[dict[str, Any]]:
    """In the order of the evidence; gaps come last."""
    found = [_told(one) for one in dossier.consents if one.kind in _TOLD]
    answers = [one for one in dossier.consents if one.kind not in _TOLD]
    if answers:
        found += [_consent(answers), _lawful_basis(answers)]
    return found + _gaps(dossier, media)


def _attachment(purpose: str, at: datetime, party: int, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "purpose": purpose,
        "start": rfc3339(at),
        "party": party,
        "dialog": CALL,
        "mediatype": "application/json",
        "encoding": "json",
        "body": body,
    }


def _told(one: ConsentEvidence) -> dict[str, Any]:
    body = {
        "prompt_sha256": one.prompt_sha256,
        "language": one.language,
        "start_ms": one.start_ms,
        "end_ms": one.end_ms,
        "completed": one.completed,
    }
    return _attachment(_TOLD[one.kind], one.at, ORGANISATION, body)


def _consent(answers: list[ConsentEvidence]) -> dict[str, Any]:
    body = {
        "expiration": None,
        "party": CALLER,
        "dialog": CALL,
        "consents": [
            {"purpose": one.purpose, "status": one.kind, "timestamp": rfc3339(one.at), "proof": _proof(one)}
            for one in answers
        ],
    }
    return _attachment("consent", answers[0].at, CALLER, body)


def _lawful_basis(answers: list[ConsentEvidence]) -> dict[str, Any]:
    """What stands at the end of the call: the last answer of each purpose."""
    last = {one.purpose: one for one in answers}
    body = {
        "lawful_basis": "consent",
        "expiration": None,
        "purpose_grants": [
            {"purpose": purpose, "granted": standing(answers, purpose).allows, "granted_at": rfc3339(one.at)}
            for purpose, one in last.items()
        ],
        "proof_mechanisms": [
            {"proof_type": f"{one.method or 'unknown'}_answer", "timestamp": rfc3339(one.at), "proof_data": _proof(one)}
            for one in answers
        ],
    }
    return _attachment("lawful_basis", answers[0].at, CALLER, body)


def _proof(one: ConsentEvidence) -> dict[str, Any]:
    return {
        "method": one.method,
        "question_sha256": one.prompt_sha256,
        "answer": one.answer,
        "confidence": one.confidence,
        "at_ms": one.start_ms,
    }


def _gaps(dossier: CallDossier, media: Media) -> list[dict[str, Any]]:
    """Talk of which no sound is delivered: before a recording began, after consent ended, and where there is none."""
    record = dossier.record
    if record.answered_at is None:
        return []
    end = record.ended_at or record.answered_at
    heard = [recording for recording in dossier.recordings if recording.id in media]
    if not heard:
        body = {"reason": _why_silent(dossier), "to": rfc3339(end)}
        return [_attachment("recording-gap", record.answered_at, ORGANISATION, body)]
    gaps, began = [], heard[0].started_at
    if began is not None and began > record.answered_at:
        body = {"reason": "consent", "to": rfc3339(began)}  # nothing is recorded before somebody said yes
        gaps.append(_attachment("recording-gap", record.answered_at, ORGANISATION, body))
    stands = standing(dossier.consents, "recording")
    over = [one.at for one in dossier.consents if one.seq == stands.seq and stands.basis in _OVER]
    if over and over[0] < end:
        body = {"reason": stands.basis.value, "to": rfc3339(end)}
        gaps.append(_attachment("recording-gap", over[0], ORGANISATION, body))
    return gaps + [gap for recording in heard for gap in _captured(dossier, recording, end)]


def _captured(dossier: CallDossier, recording: Recording, end: datetime) -> list[dict[str, Any]]:
    """Silence in the sound where something may not be stored; its reason is called as in draft-ietf-vcon-cc-extension.

    Captured securely, or said unasked and silenced.
    """
    began = recording.started_at
    if began is None:
        return []
    last = min(end, began + timedelta(milliseconds=recording.duration_ms))
    spans = [(max(began, span.since), min(last, span.until or last)) for span in dossier.captures]
    for silent in (one for one in dossier.silenced if one.recording_id == recording.id):
        since, until = (
            began + timedelta(milliseconds=at - recording.start_ms) for at in (silent.start_ms, silent.end_ms)
        )
        spans.append((max(began, since), min(last, until)))
    return [
        _attachment("recording-gap", since, ORGANISATION, {"reason": "pci", "to": rfc3339(until)})
        for since, until in spans
        if since < until
    ]


def _why_silent(dossier: CallDossier) -> str:
    if any(recording.state == "deleted" for recording in dossier.recordings):
        return "deleted"
    if dossier.recordings:
        return "not_delivered"
    return "not_recorded" if dossier.record.consent is ConsentState.GRANTED else "consent"
