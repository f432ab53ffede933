"""What becomes of a result that comes when the talk has moved on: a table, so that it can be read and tested. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

STALE_AFTER_MS: Final = 30_000  # nobody wants to hear about it any more


class Lateness(StrEnum):
    """Why a result is not simply the answer to what was asked last."""

    OVERTAKEN = "overtaken"  # something else was asked meanwhile; this is still wanted
    GIVEN_UP = "given_up"  # we have said that it could not be had
    STALE = "stale"  # as before, and that was long ago
    SUPERSEDED = "superseded"  # the same was asked again, with other values
    DUPLICATE = "duplicate"  # these words were found before


class LateAct(StrEnum):
    REPHRASE = "rephrase"  # say it, with words before it that tell what it is about
    DROP = "drop"


ACTS: Final[Mapping[Lateness, LateAct]] = {
    Lateness.OVERTAKEN: LateAct.REPHRASE,
    Lateness.GIVEN_UP: LateAct.REPHRASE,
    Lateness.STALE: LateAct.DROP,
    Lateness.SUPERSEDED: LateAct.DROP,
    Lateness.DUPLICATE: LateAct.DROP,
}
