"""What transfers and callbacks change in their tables. Pure; one part of `projection`."""

# ruff: noqa: ARG001 - all projections share one signature

from typing import Any

from voiceagent.records.row_change import RowChange
from voiceagent.telephony import events as ev
from voiceagent.telephony.cdr import CallDetailRecord
from voiceagent.telephony.events import Recorded


def _transfer(recorded: Recorded, reference: str, values: dict[str, Any], *, once: bool = False) -> RowChange:
    return RowChange(
        table="transfers",
        key={"reference": reference},
        values={"call_id": recorded.call_id, "tenant_id": recorded.tenant_id, **values},
        once=once,
    )


def transfer_requested(before: CallDetailRecord, recorded: Recorded, event: ev.TransferRequested) -> RowChange:
    values = {"seq": recorded.seq, "requested_at": recorded.at, "target": event.target, "state": "requested"}
    return _transfer(recorded, event.reference, values, once=True)  # what came of it must stay when the log comes again


def transfer_failed(before: CallDetailRecord, recorded: Recorded, event: ev.TransferFailed) -> RowChange:
    return _transfer(recorded, event.reference, {"state": "failed", "sip_code": event.sip_code})


def transferred(before: CallDetailRecord, recorded: Recorded, event: ev.Transferred) -> RowChange:
    return _transfer(recorded, event.reference, {"state": "completed"})


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
