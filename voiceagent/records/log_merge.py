"""How arriving events meet what a call's log already holds. Pure.

An event that is there already changes nothing. The one entry that gives way is the end that the reaper wrote for a
call whose gateway was lost: when the gateway's own events arrive later after all (its spool was on the disk of a
machine that came back), they take their places, and the reaper's end moves behind them or goes if they bring one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from voiceagent.core.termination import Reason
from voiceagent.telephony.events import CallEnded, Recorded


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
    """Merge events of one call. `stored` holds those of the log whose seq also arrives, `last_seq` is the log's end."""
    ordered = _first_of_each_place(arriving)
    new = [recorded for recorded in ordered if recorded.seq not in stored]
    contested = [
        recorded
        for recorded in ordered
        if recorded.seq in stored and _gives_way(stored[recorded.seq]) and not _gives_way(recorded)
    ]
    if not contested:
        return Merge(added=tuple(new))
    displaced = stored[contested[0].seq]
    added = sorted([*new, *contested], key=lambda recorded: recorded.seq)
    if not any(isinstance(recorded.event, CallEnded) for recorded in added):
        added.append(replace(displaced, seq=max(last_seq, added[-1].seq) + 1))
    return Merge(added=tuple(added), displaced=(displaced.seq,))


def _first_of_each_place(arriving: Iterable[Recorded]) -> Sequence[Recorded]:
    places: dict[int, Recorded] = {}
    for recorded in arriving:
        places.setdefault(recorded.seq, recorded)
    return [places[seq] for seq in sorted(places)]


def _gives_way(recorded: Recorded) -> bool:
    return isinstance(recorded.event, CallEnded) and recorded.event.reason is Reason.GATEWAY_LOST
