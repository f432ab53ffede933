"""The row of an opt-out in a call: made by the call itself, and by its log should the call not have come to it."""

# ruff: noqa: ARG001 - all projections share one signature

from datetime import datetime
from typing import Any, Final

from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.outbound_values import OWN_LIST, NewSuppression
from voiceagent.records.row_change import RowChange
from voiceagent.telephony import events as ev
from voiceagent.telephony.cdr import CallDetailRecord
from voiceagent.telephony.events import Recorded

BY_SESSION: Final = "session"
_SOURCES: Final = {"voice": "spoken", "dtmf": "keyed"}


def suppression_of(call_id: str, event: ev.OptedOut) -> NewSuppression:
    """What is entered for it."""
    source = _SOURCES.get(event.method, event.method)
    return NewSuppression(number_hash=event.number_hash, campaign=event.campaign, source=source, call_id=call_id)


def act_of_opt_out(call_id: str, event: ev.OptedOut) -> Act:
    """What the audit log is told, by whoever enters it first."""
    return Act(
        action="suppression.added",
        actor=Actor(kind="system", id=BY_SESSION),
        object_kind="suppression",
        object_id=event.entry_id,
        details={"call_id": call_id, "method": event.method, "rule": event.rule},
    )


def opt_out_values(tenant_id: str, new: NewSuppression, *, by: str, now: datetime) -> dict[str, Any]:
    """The columns of the row but its id."""
    return {
        "tenant_id": tenant_id,
        "list": OWN_LIST,
        "version": "",
        "number_hash": new.number_hash,
        "campaign": new.campaign,
        "source": new.source,
        "call_id": new.call_id,
        "requested_at": now,
        "recorded_by": by,
        "lifted_by": "",
        "lift_reason": "",
    }


def opted_out(before: CallDetailRecord, recorded: Recorded, event: ev.OptedOut) -> RowChange | None:
    """None for one whose number was purged before it arrived."""
    if not event.number_hash:
        return None
    new = suppression_of(recorded.call_id, event)
    values = opt_out_values(recorded.tenant_id, new, by=BY_SESSION, now=recorded.at)
    act = act_of_opt_out(recorded.call_id, event)
    return RowChange(table="dnc_entries", key={"id": event.entry_id}, values=values, once=True, act=act)
