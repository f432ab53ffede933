"""Whether a bucket keeps what it is given, and refuses to delete what is locked: tried on an object of its own.

A store may answer that it locks and delete all the same, and a policy may forbid to ask for a lock. So nothing is taken
from its settings but whether to try.
"""

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from voiceagent.core.clock import Clock
from voiceagent.core.errors import ConfigError
from voiceagent.core.ids import new_id
from voiceagent.records.blobs.s3_objects import S3Objects
from voiceagent.records.blobs.s3_place import S3Place
from voiceagent.records.blobs.store import LEGAL_HOLD, Capabilities, LockMode

_FOLDER: Final = "probe/"
_LOCKED_S: Final = 4  # longer than clocks of machines that keep time differ
_WAITS: Final = 4  # for the lock to end; what stays then goes with the next probe


def probe(
    objects: S3Objects, prefix: str, mode: LockMode, clock: Clock, sleep: Callable[[float], None]
) -> Capabilities:
    """Takes seconds where there is a lock to prove. Raises ConfigError, Unavailable where objects cannot be kept."""
    versioned = objects.keeps_versions()
    content = new_id("probe").encode()
    place = objects.put(f"{prefix}{_FOLDER}{content.decode()}", io.BytesIO(content), hashlib.sha256(content).digest())
    with objects.open(place) as again:
        if again.read() != content:
            raise ConfigError(f"{place} comes back as something else: do not use that store")
    try:
        if not objects.says_it_locks():
            return Capabilities(versioned=versioned, why_not="object lock is not switched on for the bucket")
        return _locks(objects, place, mode, clock, versioned=versioned)
    finally:
        _clear_away(objects, prefix + _FOLDER, sleep)


def _locks(objects: S3Objects, place: S3Place, mode: LockMode, clock: Clock, *, versioned: bool) -> Capabilities:
    """Each is tried until one does not hold: a deletion that goes through leaves nothing to try the next on."""
    if not place.version:
        return Capabilities(versioned=versioned, why_not="the bucket keeps no versions, and only a version is locked")
    try:
        if not objects.hold(place, on=True):
            return Capabilities(versioned=versioned, why_not="a legal hold that was set is not there")
        refused = objects.remove(place)
        if refused is None:
            return Capabilities(versioned=versioned, why_not="an object under a legal hold was deleted all the same")
        holds = refused.kind == LEGAL_HOLD
        objects.hold(place, on=False)
        objects.lock(place, mode, clock.now() + timedelta(seconds=_LOCKED_S))
        refused = objects.remove(place)
        if refused is None:
            return Capabilities(versioned=versioned, holds=holds, why_not="a locked object was deleted all the same")
    except ConfigError as error:
        return Capabilities(versioned=versioned, why_not=str(error))
    return Capabilities(versioned=versioned, holds=holds, locks=LockMode(refused.kind))


def _clear_away(objects: S3Objects, prefix: str, sleep: Callable[[float], None]) -> None:
    """What other probes left, too."""
    for _ in range(_WAITS):
        _, lock = objects.delete_all(prefix)
        if lock is None or lock.until is None:
            return
        sleep(_LOCKED_S / 2)
