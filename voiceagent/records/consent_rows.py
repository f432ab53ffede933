"""What events of disclosure and consent write: one row of evidence each, never changed afterwards.

Silence after the notice and a spoken or typed yes are different kinds: who reads the rows need not know what a method
means to tell `implied_after_notice` from `granted`.
"""

# ruff: noqa: ARG001 - all projections share one signature, so that a table can hold them

from typing import Any

from voiceagent.records.row_change import RowChange
from voiceagent.telephony import events as ev
from voiceagent.telephony.cdr import CallDetailRecord, ConsentState
from voiceagent.telephony.events import Recorded

_NO_EVIDENCE = {
    "purpose": "",
    "method": "",
    "prompt_sha256": "",
    "prompt_start_ms": -1,
    "prompt_end_ms": -1,
    "language": "",
    "start_ms": 0,
    "end_ms": 0,
    "completed": True,
    "answer": "",
    "answer_start_ms": -1,
    "answer_end_ms": -1,
    "confidence": 0.0,
    "rule": "",
    "keeps_earlier": False,
}
_DISCLOSURES = {"disclosure": "disclosure_played", "again": "disclosure_played", "notice": "notice_played"}


def disclosed(before: CallDetailRecord, recorded: Recorded, event: ev.DisclosurePlayed) -> RowChange | None:
    if event.prompt not in _DISCLOSURES:
        return None
    values = {
        "prompt_sha256": event.sha256,
        "prompt_start_ms": event.start_ms,
        "prompt_end_ms": event.end_ms,
        "language": event.language,
        "start_ms": event.start_ms,
        "end_ms": event.end_ms,
        "completed": event.completed,
    }
    return _evidence(before, recorded, _DISCLOSURES[event.prompt], values)


def granted(before: CallDetailRecord, recorded: Recorded, event: ev.ConsentGranted) -> RowChange:
    values = {
        **_asked(event),
        "answer": event.answer,
        "answer_start_ms": event.answer_start_ms,
        "answer_end_ms": event.answer_end_ms,
        "confidence": event.confidence,
    }
    return _evidence(before, recorded, "implied_after_notice" if event.method == "implied" else "granted", values)


def denied(before: CallDetailRecord, recorded: Recorded, event: ev.ConsentDenied) -> RowChange:
    takes_back = event.purpose == "recording" and before.consent in (ConsentState.GRANTED, ConsentState.WITHDRAWN)
    return _evidence(before, recorded, "withdrawn" if takes_back else "denied", _asked(event))


def withdrawn(before: CallDetailRecord, recorded: Recorded, event: ev.ConsentWithdrawn) -> RowChange:
    values = {
        "purpose": event.purpose,
        "method": event.method,
        "language": event.language,
        "start_ms": event.at_ms,
        "end_ms": event.at_ms,
        "answer": event.answer,
        "confidence": event.confidence,
        "rule": event.rule,
        "keeps_earlier": event.keeps_earlier,
    }
    return _evidence(before, recorded, "withdrawn", values)


def answer_kept(before: CallDetailRecord, recorded: Recorded, event: ev.ConsentAnswerKept) -> RowChange:
    return RowChange(
        table="consent_clips",
        key={"id": event.clip_id},
        values={
            "call_id": recorded.call_id,
            "tenant_id": recorded.tenant_id,
            "at": recorded.at,
            "purpose": event.purpose,
            "state": "kept",
            "path": event.path,
            "sha256": event.sha256,
            "size_bytes": event.size_bytes,
            "start_ms": event.start_ms,
            "duration_ms": event.duration_ms,
        },
        once=True,
    )


def _asked(event: ev.ConsentGranted | ev.ConsentDenied) -> dict[str, Any]:
    return {
        "purpose": event.purpose,
        "method": event.method,
        "prompt_sha256": event.question_sha256,
        "prompt_start_ms": event.question_start_ms,
        "prompt_end_ms": event.question_end_ms,
        "completed": event.question_end_ms >= 0 or event.question_start_ms < 0,
        "language": event.language,
        "start_ms": event.at_ms,
        "end_ms": event.at_ms,
        "rule": event.rule,
    }


def _evidence(before: CallDetailRecord, recorded: Recorded, kind: str, values: dict[str, Any]) -> RowChange:
    return RowChange(
        table="consent_events",
        key={"call_id": recorded.call_id, "seq": recorded.seq},
        values={
            "tenant_id": recorded.tenant_id,
            "at": recorded.at,
            "kind": kind,
            "profile": before.profile,
            "profile_version": before.profile_version,
            **_NO_EVIDENCE,
            **values,
        },
        once=True,
    )
