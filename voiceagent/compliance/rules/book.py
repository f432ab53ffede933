"""All packs of an installation, and which of them apply to whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Final

from voiceagent.compliance.rules.pack import Pack
from voiceagent.compliance.rules.place import Place
from voiceagent.compliance.rules.recording import is_mandatory
from voiceagent.compliance.rules.rules import Origin, PackRef, Rules, merged
from voiceagent.core.errors import ConfigError, NotFound

WARN_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedPack:
    """A pack, the hash of its file, and who stands behind it."""

    pack: Pack
    sha256: str
    origin: Origin

    @property
    def rules(self) -> Rules:
        return self.pack.rules(self.sha256, self.origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiring:
    """A pack whose last day is near or over (negative days)."""

    name: str
    days_left: int


class RuleBook:
    """Immutable. Raises ConfigError for packs that contradict each other, or that nobody could choose between."""

    def __init__(self, packs: Iterable[BookedPack]) -> None:
        self.packs = tuple(sorted(packs, key=lambda one: (one.pack.id, one.pack.effective.start)))
        for one, other in combinations(self.packs, 2):
            _refuse_overlap(one.pack, other.pack)
        everything = merged(one.rules for one in self.packs)  # raises when any two contradict each other
        if is_mandatory(everything.recording):
            raise ConfigError(
                "a rule pack asks for mandatory recording: who refuses it would have to be handed to a person at once, "
                "which this version does not do; take that pack out"
            )
        if not any(one.pack.applies.elsewhere for one in self.packs):
            raise ConfigError("no rule pack applies elsewhere: one has to, for places that no other knows")

    def for_places(self, places: Sequence[Place], today: date) -> Rules:
        """What applies to people who may be at any of these places. No place at all is an unknown one.

        Expired packs stay: a rule does not get milder because nobody has looked at it. `Rules.expired` tells.
        """
        live = [one for one in self.packs if _not_superseded(one, self.packs, today)]
        chosen = {one.sha256: one for place in places or (Place(),) for one in _of_place(live, place)}
        return merged(one.rules for one in chosen.values())

    def of(self, refs: Sequence[PackRef]) -> Rules:
        """Exactly those packs, by their hashes. Raises NotFound for one that is not here any more."""
        by_hash = {one.sha256: one for one in self.packs}
        for ref in refs:
            if ref.sha256 not in by_hash:
                raise NotFound(f"rule pack {ref.name} ({ref.sha256[:12]}…) is not installed; put its file back")
        return merged(by_hash[ref.sha256].rules for ref in refs)

    def expiring(self, today: date) -> list[Expiring]:
        """Packs of which outbound calls will soon be, or are, blocked: those that nothing takes over from."""
        live = [one for one in self.packs if _not_superseded(one, self.packs, today)]
        followed = {one.pack.id for one in self.packs if one.pack.effective.start > today}
        return [
            Expiring(name=f"{one.pack.id}@{one.pack.version}", days_left=(to - today).days)
            for one in live
            if (to := one.pack.effective.to) and (to - today).days <= WARN_DAYS and one.pack.id not in followed
        ]


def _of_place(live: Sequence[BookedPack], place: Place) -> list[BookedPack]:
    everywhere = [one for one in live if one.pack.applies.everywhere]
    of_country = [one for one in live if place.country and place.country in one.pack.applies.countries]
    if not any(not one.pack.applies.regions for one in of_country):
        return [*everywhere, *of_country, *(one for one in live if one.pack.applies.elsewhere)]
    return [
        *everywhere,
        *(
            one
            for one in of_country
            if not one.pack.applies.regions or not place.region or place.region in one.pack.applies.regions
        ),
    ]


def _not_superseded(one: BookedPack, packs: Sequence[BookedPack], today: date) -> bool:
    """In effect, or over with nothing after it yet."""
    if one.pack.effective.start > today:
        return False
    if one.pack.effective.to is None or one.pack.effective.to >= today:
        return True
    begun = [other.pack for other in packs if other.pack.id == one.pack.id and other.pack.effective.start <= today]
    return max(begun, key=lambda pack: pack.effective.start) is one.pack


def _refuse_overlap(one: Pack, other: Pack) -> None:
    if one.id != other.id:
        return
    first, second = sorted((one.effective, other.effective), key=lambda effective: effective.start)
    if first.to is None or first.to >= second.start:
        raise ConfigError(
            f"rule pack {one.id} is there twice for {second.start} ({one.version} and {other.version}); "
            "end the older one the day before, or name yours differently: packs of other names only make it stricter"
        )
