"""Which events of a call are acts that the audit log has to hold: what was recorded, and by whose leave. Pure.

With `recording.sealed` the hash of the file is under a commitment, so that a file that was changed, and its record with
it, does not agree with the log.
"""

from dataclasses import fields
from typing import Final

from voiceagent.records.audit.act import Act, Actor
from voiceagent.telephony.events import Recorded

_SESSION: Final = Actor(kind="system", id="session")
_NOTED: Final = ("consent.", "recording.")
# What is told of them: nothing that was said
_TOLD: Final = frozenset(
    {"purpose", "method", "question_sha256", "recording_id", "path", "sha256", "size_bytes", "salvaged"}
)


def act_of_event(recorded: Recorded) -> Act | None:
    """The act, done when the event says; None for an event that is none."""
    event = recorded.event
    if not event.TYPE.startswith(_NOTED):
        return None
    told = {name: getattr(event, name) for name in sorted(_TOLD.intersection(field.name for field in fields(event)))}
    return Act(
        action=event.TYPE,
        actor=_SESSION,
        object_kind="call",
        object_id=recorded.call_id,
        details={"seq": recorded.seq, **told},
    )
