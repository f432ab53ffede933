"""How arriving events meet what a call's log already holds. Pure.

An event that is there already changes nothing. The entries that give way are those that the reaper wrote for a call
whose gateway was lost (the seal of its recording, its end): when the gateway's own events arrive later after all (its
spool was on the disk of a machine that came back), they take their places. What the reaper wrote moves behind them, or
goes if they bring their own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from voiceagent.core.termination import Reason
from voiceagent.telephony.events import CallEnded, Recorded, RecordingSealed

REAPED_AT_MOST: Final = 2  # a seal and an end, the last entries of their log


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What to do to the stored log: first delete the places in `displaced`, then insert `added`."""

    added: tuple[Recorded, ...]
    displaced: tuple[int, ...] = ()

    @property
    def changes_history(self) -> bool:
        """Whether folds must begin anew instead of going on."""
        return bool(self.displaced)


def merge(arriving: Iterable[Recorded], stored: Mapping[int, Recorded], last_seq: int) -> Merge:
    """Merge events of one call. `last_seq` is the log's end.

    `stored` holds those entries of the log whose seq also arrives, and the reaper's (`REAPED_AT_MOST` at the end).
    """
    ordered = _first_of_each_place(arriving)
    new = [recorded for recorded in ordered if recorded.seq not in stored]
    contested = [
        recorded
        for recorded in ordered
        if recorded.seq in stored and is_reaped(stored[recorded.seq]) and not is_reaped(recorded)
    ]
    if not contested:
        return Merge(added=tuple(new))
    reaped = [stored[seq] for seq in sorted(stored) if is_reaped(stored[seq])]
    added = sorted([*new, *contested], key=lambda recorded: recorded.seq)
    brought = {type(recorded.event) for recorded in added}
    behind = max(last_seq - len(reaped), added[-1].seq)
    moved = [recorded for recorded in reaped if type(recorded.event) not in brought]
    added += [replace(recorded, seq=behind + place) for place, recorded in enumerate(moved, 1)]
    return Merge(added=tuple(added), displaced=tuple(recorded.seq for recorded in reaped))


def is_reaped(recorded: Recorded) -> bool:
    """Whether the reaper wrote it."""
    match recorded.event:
        case CallEnded(reason=Reason.GATEWAY_LOST) | RecordingSealed(salvaged=True):
            return True
        case _:
            return False


def _first_of_each_place(arriving: Iterable[Recorded]) -> Sequence[Recorded]:
    places: dict[int, Recorded] = {}
    for recorded in arriving:
        places.setdefault(recorded.seq, recorded)
    return [places[seq] for seq in sorted(places)]
