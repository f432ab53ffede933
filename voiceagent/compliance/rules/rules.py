"""What packs say, as values, and what several of them say together: in every field the most restrictive.

`&` is commutative, associative and idempotent, and has an identity (`NOTHING_SAID`), so the order of packs never
matters. A field that a pack leaves out restricts nothing; a purpose that no pack allows is forbidden by the gate.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import reduce
from operator import and_
from typing import Final, TypeVar

from voiceagent.compliance.rules.call_times import ALWAYS, CallTimes
from voiceagent.compliance.rules.recording import RecordingMode, stricter
from voiceagent.core.errors import ConfigError


class Purpose(StrEnum):
    """What an outbound call is for (FCC 24-17; 47 CFR 64.1200)."""

    EMERGENCY = "emergency"
    INFORMATIONAL = "informational"
    TELEMARKETING = "telemarketing"


class ConsentKind(StrEnum):
    """What somebody agreed to before they are called."""

    PEC = "PEC"  # prior express consent
    PEWC = "PEWC"  # the same in writing, for telemarketing
    EU_OPTIN = "EU_optin"  # to automated calls: 2002/58/EC art. 13(1), PECR reg. 19


class Origin(StrEnum):
    """Who stands behind a pack."""

    SHIPPED = "shipped"  # its hash is pinned beside it; that is no signature
    SIGNED = "signed"  # by a key that the operator trusts
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRef:
    """Exactly which pack: the hash is of its file. `until` is its last day, None for no end."""

    id: str
    version: str
    sha256: str
    until: date | None = None
    origin: Origin = Origin.UNSIGNED

    @property
    def name(self) -> str:
        return f"{self.id}@{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """How long a kind of record is kept, at least and at most."""

    min_days: int = 0
    max_days: int | None = None

    def __and__(self, other: "Days") -> "Days":
        return Days(min_days=max(self.min_days, other.min_days), max_days=_least(self.max_days, other.max_days))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRule:
    """What an outbound call of one purpose takes; the defaults ask for nothing.

    attempts: (hours, calls within them). dnc: lists that must not have the number; other than the seller's own they
    must have been loaded at most `dnc_max_age_days` ago. human_intro: a person speaks first.
    """

    forbidden: bool = False
    consent: tuple[ConsentKind, ...] = ()
    times: CallTimes = ALWAYS
    attempts: tuple[tuple[int, int], ...] = ()
    dnc: tuple[str, ...] = ()
    dnc_max_age_days: int | None = None
    opt_out_within_s: float | None = None
    opt_out_ends_call_s: float | None = None
    human_intro: bool = False

    def __and__(self, other: "CallRule") -> "CallRule":
        kinds = {*self.consent, *other.consent}
        return CallRule(
            forbidden=self.forbidden or other.forbidden,
            consent=tuple(sorted(kinds - ({ConsentKind.PEC} if ConsentKind.PEWC in kinds else set()))),
            times=self.times & other.times,
            attempts=tuple(sorted(_joined(self.attempts, other.attempts, min).items())),
            dnc=tuple(sorted({*self.dnc, *other.dnc})),
            dnc_max_age_days=_least(self.dnc_max_age_days, other.dnc_max_age_days),
            opt_out_within_s=_least(self.opt_out_within_s, other.opt_out_within_s),
            opt_out_ends_call_s=_least(self.opt_out_ends_call_s, other.opt_out_ends_call_s),
            human_intro=self.human_intro or other.human_intro,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What applies. revoke_all_from: from that day on a revocation is one of every campaign."""

    packs: tuple[PackRef, ...] = ()
    recording: RecordingMode = RecordingMode.ONE_PARTY
    calls: Mapping[Purpose, CallRule] = field(default_factory=dict)
    revoke_all_from: date | None = None
    retention: Mapping[str, Days] = field(default_factory=dict)

    def __and__(self, other: "Rules") -> "Rules":
        retention = _joined(self.retention.items(), other.retention.items(), and_)
        for kind, days in retention.items():
            if days.max_days is not None and days.min_days > days.max_days:
                names = ", ".join(sorted(pack.name for pack in _all(self, other)))
                raise ConfigError(
                    f"rule packs contradict each other: {kind} is to be kept {days.min_days} days at least and "
                    f"{days.max_days} days at most; correct one of {names}"
                )
        return Rules(
            packs=tuple(sorted(_all(self, other), key=lambda pack: (pack.id, pack.version, pack.sha256))),
            recording=stricter(self.recording, other.recording),
            calls=_joined(self.calls.items(), other.calls.items(), and_),
            revoke_all_from=_least(self.revoke_all_from, other.revoke_all_from),
            retention=retention,
        )

    @property
    def names(self) -> str:
        """`us-federal@2026.11.1 us-fl@2026.11.1`."""
        return " ".join(pack.name for pack in self.packs)

    @property
    def sha256(self) -> str:
        """Of the packs' names and hashes: the same packs, the same hash."""
        return hashlib.sha256("\n".join(f"{p.name} {p.sha256}" for p in self.packs).encode()).hexdigest()

    def expired(self, today: date) -> tuple[str, ...]:
        """Packs whose last day is over."""
        return tuple(pack.name for pack in self.packs if pack.until is not None and pack.until < today)


NOTHING_SAID: Final = Rules()


def merged(rules: Iterable[Rules]) -> Rules:
    """All of them at once. Raises ConfigError when they contradict each other."""
    return reduce(and_, rules, NOTHING_SAID)


def _all(one: Rules, other: Rules) -> set[PackRef]:
    return {*one.packs, *other.packs}


_C = TypeVar("_C", int, float, date)
_K = TypeVar("_K")
_V = TypeVar("_V")


def _least(one: _C | None, other: _C | None) -> _C | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def _joined(one: Iterable[tuple[_K, _V]], other: Iterable[tuple[_K, _V]], join: Callable[[_V, _V], _V]) -> dict[_K, _V]:
    """Both mappings; what is in both is joined."""
    found = dict(one)
    for key, value in other:
        found[key] = join(found[key], value) if key in found else value
    return found
