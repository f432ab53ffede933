"""What a principal does, as the audit log is told."""

from voiceagent.api.auth import Principal
from voiceagent.records.audit.act import Act, Actor


def act_of(principal: Principal, action: str, kind: str, object_id: str, **details: object) -> Act:
    """`action` done to object `object_id` of that kind; `details` are kept where they can be erased."""
    return Act(
        action=action,
        actor=Actor(kind="api_key", id=principal.key_id, auth="bearer"),
        object_kind=kind,
        object_id=object_id,
        request_id=principal.request_id,
        details={**details, "ip": principal.ip},
    )
