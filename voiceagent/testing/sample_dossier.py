"""A call's log as the dossier that the records would hold of it: the same projections, without a database."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from voiceagent.records.captured_spans import SilencedSpan, captured_spans
from voiceagent.records.dossier import CallDossier
from voiceagent.records.projection import project
from voiceagent.records.values import (
    CallLeg,
    ConsentEvidence,
    Recording,
    StoredCallback,
    StoredTransfer,
    ToolCall,
    TranscriptSegment,
)
from voiceagent.telephony.cdr import empty, fold
from voiceagent.telephony.events import CallStarted, Recorded, RecordingSilenced

T = TypeVar("T")
_OF_NOTHING: dict[str, Any] = {"str": "", "int": 0, "float": 0.0, "bool": False}


def dossier_of(log: Sequence[Recorded]) -> CallDossier:
    """Fold the log as the records writer does."""
    record = empty(log[0])
    found: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = defaultdict(dict)
    for recorded in log:
        change = project(record, recorded)
        record = fold(record, recorded)
        if change is not None:
            row = found[change.table].setdefault(tuple(change.key.values()), {"seq": recorded.seq, **change.key})
            row.update(change.values)
    rows = {table: list(by_key.values()) for table, by_key in found.items()}
    return CallDossier(
        record=record,
        legs=_values(rows, "call_legs", CallLeg),
        segments=_values(rows, "transcript_segments", TranscriptSegment),
        consents=_values(rows, "consent_events", ConsentEvidence),
        tool_calls=_values(rows, "tool_calls", ToolCall),
        recordings=_values(rows, "recordings", Recording),
        transfers=_values(rows, "transfers", StoredTransfer),
        callbacks=_values(rows, "callbacks", StoredCallback),
        captures=captured_spans((recorded.event.TYPE, recorded.at) for recorded in log),
        silenced=tuple(_silenced(one.event) for one in log if isinstance(one.event, RecordingSilenced)),
        masked_words=any(isinstance(one.event, CallStarted) and one.event.words == "redacted" for one in log),
    )


def _silenced(event: RecordingSilenced) -> SilencedSpan:
    return SilencedSpan(recording_id=event.recording_id, start_ms=event.start_ms, end_ms=event.end_ms)


def _values(rows: dict[str, list[dict[str, Any]]], table: str, kind: type[T]) -> tuple[T, ...]:
    return tuple(
        kind(**{name: row.get(name, nothing) for name, nothing in _empty(kind)}) for row in rows.get(table, [])
    )


def _empty(kind: type[Any]) -> list[tuple[str, Any]]:
    """The fields of a value with what its column holds before anything is known: channels are two."""
    return [
        (field.name, 2 if field.name == "channels" else _OF_NOTHING.get(getattr(field.type, "__name__", "")))
        for field in fields(kind)
        if field.default is MISSING
    ]
