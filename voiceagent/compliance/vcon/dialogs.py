"""What was said as sound: one dialog for the call, one more for each further recording and each transfer.

The first is always the call itself, so that analyses and attachments can point at it: its first recording, or a
recording without content when there is none, or `incomplete` when nobody was talked to.
"""

from collections.abc import Mapping
from typing import Any, Final

from voiceagent.compliance.canonical import rfc3339
from voiceagent.compliance.vcon.parties import AGENT, CALLER, ORGANISATION, answered, completed
from voiceagent.compliance.vcon.profile import RecordedMedia
from voiceagent.core.termination import Reason
from voiceagent.records.dossier import CallDossier
from voiceagent.records.values import Recording
from voiceagent.telephony.cdr import CallDetailRecord

CALL: Final = 0
WAV: Final = "audio/x-wav"
_BUSY_CODES = frozenset({486, 600})
_CONGESTED = frozenset({Reason.NO_CAPACITY.value, Reason.SHUTDOWN.value})
_CALLERS_OWN_END = frozenset({Reason.CALLER_HUNG_UP.value, Reason.CANCELLED.value})

Media = Mapping[str, RecordedMedia]


def dialogs_of(dossier: CallDossier, media: Media, media_url: str) -> list[dict[str, Any]]:
    """`media` has the delivered files by recording id."""
    record = dossier.record
    if not answered(record):
        return [_incomplete(record)]
    heard = [recording for recording in dossier.recordings if recording.id in media]
    sounds = [_recording(record, one, media[one.id], media_url) for one in heard] or [_unrecorded(record)]
    sounds[0]["party_history"] = _history(record)
    transfers = [
        {
            "type": "transfer",
            "start": rfc3339(transfer.requested_at or record.started_at),
            "transferee": CALLER,
            "transferor": AGENT,
            "transfer_target": ORGANISATION + at,
            "original": CALL,
        }
        for at, transfer in enumerate(completed(dossier), start=1)
    ]
    return [*sounds, *transfers]


def disposition(record: CallDetailRecord) -> str:
    """Why a call came to nothing, in the draft's words."""
    if record.sip_code in _BUSY_CODES:
        return "busy"
    if record.reason in _CONGESTED:
        return "congestion"
    if record.reason in _CALLERS_OWN_END:
        return "hung-up" if record.direction != "outbound" else "no-answer"
    return "failed"


def _incomplete(record: CallDetailRecord) -> dict[str, Any]:
    return {
        "type": "incomplete",
        "start": rfc3339(record.started_at),
        "parties": [CALLER, AGENT],
        "disposition": disposition(record),
        "interaction_id": f"call:{record.call_id}",
    }


def _unrecorded(record: CallDetailRecord) -> dict[str, Any]:
    return {
        "type": "recording",
        "start": rfc3339(record.answered_at or record.started_at),
        "duration": record.duration_ms / 1000,
        "parties": [CALLER, AGENT],
        "interaction_id": f"call:{record.call_id}",
    }


def _recording(record: CallDetailRecord, recording: Recording, media: RecordedMedia, media_url: str) -> dict[str, Any]:
    return {
        "type": "recording",
        "start": rfc3339(recording.started_at or record.started_at),
        "duration": recording.duration_ms / 1000,
        "parties": [CALLER, AGENT],  # one channel each, in this order
        "mediatype": WAV,
        "filename": media.name,
        "url": media_url + media.name,
        "content_hash": media.content_hash,
        "interaction_id": f"call:{record.call_id}",
    }


def _history(record: CallDetailRecord) -> list[dict[str, Any]]:
    joined = [(CALLER, record.started_at), (AGENT, record.answered_at)]
    history = [{"party": who, "time": rfc3339(at), "event": "join"} for who, at in joined if at is not None]
    if record.ended_at is not None:
        history += [{"party": who, "time": rfc3339(record.ended_at), "event": "drop"} for who in (CALLER, AGENT)]
    return history
