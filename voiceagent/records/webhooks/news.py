"""Which events of a call are news, and when what could not be delivered is tried again. Pure."""

from datetime import datetime, timedelta
from typing import Final

from voiceagent.telephony import events as ev

NEWS: Final[frozenset[str]] = frozenset(
    event.TYPE
    for event in (
        ev.CallStarted,
        ev.CallRefused,
        ev.LegAnswered,
        ev.CallEnded,
        ev.DisclosurePlayed,
        ev.ConsentGranted,
        ev.ConsentDenied,
        ev.ConsentWithdrawn,
        ev.RecordingSealed,
        ev.RecordingDiscarded,
        ev.TransferRequested,
        ev.TransferFailed,
        ev.Transferred,
        ev.CallbackRequested,
    )
)
# In no call's log: told by the erasure (docs/decisions/0034), the export (0035) and the campaign (0043) themselves
ERASED: Final = "data.erased"
EXPORT_NEWS: Final = frozenset({"export.requested", "export.ready", "export.failed"})
WORKED_OFF: Final = "campaign.worked_off"
CAMPAIGN_NEWS: Final = frozenset({"campaign.paused", "campaign.ended", WORKED_OFF})
TOLD: Final = NEWS | {ERASED} | EXPORT_NEWS | CAMPAIGN_NEWS
# Waits after the first, second ... failure: a restart, a deployment, an outage, a night.
LADDER: Final = tuple(
    timedelta(seconds=seconds) for seconds in (30, 2 * 60, 10 * 60, 60 * 60, 6 * 60 * 60, 24 * 60 * 60)
)
DEAD_UNTIL_DISABLED: Final = 50  # in a row: nobody listens there any more


def next_try(attempts: int, now: datetime, *, asked_wait: timedelta = timedelta(0)) -> datetime | None:
    """When to try again after so many failed attempts; None: never. A receiver may ask for up to a day."""
    if attempts > len(LADDER):
        return None
    return now + max(LADDER[attempts - 1], min(asked_wait, timedelta(days=1)))
