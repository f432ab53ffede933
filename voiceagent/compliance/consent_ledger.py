"""What a call's evidence says about consent now: a fold over its rows, which nobody ever changes. Pure.

The rows alone decide; the state in the call's record is a copy of it. Purposes are folded each on its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce

from voiceagent.records.values import ConsentEvidence


class Basis(StrEnum):
    """Why something may be kept, or why not."""

    NONE = "none"  # nothing was asked, or nothing answered yet
    EXPLICIT = "explicit"
    IMPLIED = "implied_after_notice"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


ALLOWING = frozenset({Basis.EXPLICIT, Basis.IMPLIED})
_BASIS = {
    "granted": Basis.EXPLICIT,
    "implied_after_notice": Basis.IMPLIED,
    "denied": Basis.DENIED,
    "withdrawn": Basis.WITHDRAWN,
    "expired": Basis.EXPIRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Consent to one purpose. `seq` is of the row that decided, 0 for none."""

    basis: Basis = Basis.NONE
    seq: int = 0
    keeps_earlier: bool = False  # what was kept until a withdrawal may stay

    @property
    def allows(self) -> bool:
        """Whether it may be done now."""
        return self.basis in ALLOWING


def standing(rows: Iterable[ConsentEvidence], purpose: str) -> Standing:
    """Where consent to `purpose` stands after these rows, whatever their order."""
    ordered = sorted((row for row in rows if row.purpose == purpose), key=lambda row: row.seq)
    return reduce(_step, ordered, Standing())


def _step(before: Standing, row: ConsentEvidence) -> Standing:
    basis = _BASIS.get(row.kind)
    if basis is None:
        return before
    return Standing(basis=basis, seq=row.seq, keeps_earlier=row.keeps_earlier)
