"""What transfers and callbacks change in their tables. Pure; one part of `projection`."""

# ruff: noqa: ARG001 - all projections share one signature

from typing import Any, Final

from voiceagent.records.row_change import RowChange
from voiceagent.telephony import events as ev
from voiceagent.telephony.cdr import CallDetailRecord
from voiceagent.telephony.events import Recorded

_STATE: Final = frozenset({"state"})  # what came of it must stay when its request is written after, or again


def _transfer(
    recorded: Recorded, reference: str, values: dict[str, Any], *, keeps: frozenset[str] = frozenset()
) -> RowChange:
    return RowChange(
        table="transfers",
        key={"reference": reference},
        values={"call_id": recorded.call_id, "tenant_id": recorded.tenant_id, **values},
        keeps=keeps,
    )


def transfer_requested(before: CallDetailRecord, recorded: Recorded, event: ev.TransferRequested) -> RowChange:
    values = {"seq": recorded.seq, "requested_at": recorded.at, "target": event.target, "state": "requested"}
    return _transfer(recorded, event.reference, values, keeps=_STATE)


def transfer_failed(before: CallDetailRecord, recorded: Recorded, event: ev.TransferFailed) -> RowChange:
    return _transfer(recorded, event.reference, {"state": "failed", "sip_code": event.sip_code})


def transferred(before: CallDetailRecord, recorded: Recorded, event: ev.Transferred) -> RowChange:
    done = {"state": "completed", "sip_code": 0}  # it may have been given up before
    return _transfer(recorded, event.reference, done)


def callback_requested(before: CallDetailRecord, recorded: Recorded, event: ev.CallbackRequested) -> RowChange:
    return RowChange(
        table="callbacks",
        key={"id": event.callback_id},
        values={
            "call_id": recorded.call_id,
            "tenant_id": recorded.tenant_id,
            "requested_at": recorded.at,
            "number": event.number,
            "reason": event.reason,
            "intent": event.intent,
        },
        once=True,  # somebody may have closed it
    )
