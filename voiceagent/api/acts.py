"""What a principal does, as the audit log is told."""

from voiceagent.api.principal import Principal
from voiceagent.records.audit.act import Act, Actor


def act_of(principal: Principal, action: str, kind: str, object_id: str, **details: object) -> Act:
    """`action` done to object `object_id` of that kind; `details` are kept where they can be erased."""
    return Act(
        action=action,
        actor=actor_of(principal),
        object_kind=kind,
        object_id=object_id,
        request_id=principal.request_id,
        details={**details, **_answers(principal), "ip": principal.ip},
    )


def actor_of(principal: Principal) -> Actor:
    """People by their id here, which outside of this installation names nobody."""
    if principal.is_person:
        return Actor(kind="user", id=principal.id, auth="oidc")
    return Actor(kind="api_key", id=principal.id, auth="bearer")


def _answers(principal: Principal) -> dict[str, str]:
    return {} if principal.holder == principal.id else {"holder": principal.holder}
