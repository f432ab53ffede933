"""What decides about retention besides the call itself: terms, limits by law, policies, holds; and their checks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import BadInput, ConfigError
from voiceagent.records.retention_values import CallFacts, LegalHold, RetentionPolicy, Selector

LONGEST_DAYS: Final = 36_525  # a hundred years: whatever is longer is meant as "for ever"

# What holds where nobody has said anything (days after the call's end): 13 months are 396 days, 6 years 2192.
DEFAULT_DAYS: Final[Mapping[ContentClass, int]] = MappingProxyType(
    {
        ContentClass.AUDIO: 30,
        ContentClass.TRANSCRIPT: 90,
        ContentClass.TOOL: 90,
        ContentClass.METADATA: 396,
        ContentClass.CONSENT: 2192,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A bound that comes from law, not from the tenant. `basis` says from where, such as "MiFID II Art. 76".

    min_days: what must be kept so long; max_days: what may not be kept longer. None sets no bound on that side.
    """

    content_class: ContentClass
    basis: str
    selector: Selector = field(default_factory=Selector)
    min_days: int | None = None
    max_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything that holds for one tenant. Check `limits` with `check_limits` where they are read."""

    policies: Sequence[RetentionPolicy] = ()
    holds: Sequence[LegalHold] = ()
    limits: Sequence[Limit] = ()
    default_days: Mapping[ContentClass, int] = field(default_factory=lambda: DEFAULT_DAYS)


def selects(selector: Selector, facts: CallFacts) -> bool:
    """Whether everything that the selector names applies to the call."""
    return (
        selector.call_id in ("", facts.call_id)
        and selector.number in ("", facts.number)
        and selector.caller in ("", facts.caller)
        and selector.profile in ("", facts.profile)
        and (not selector.tag or selector.tag in facts.tags)
    )


def check_limits(limits: Iterable[Limit]) -> None:
    """Raises ConfigError when nothing could satisfy two limits that may meet on one call."""
    limits = tuple(limits)
    for lower in (one for one in limits if one.min_days is not None):
        for upper in (one for one in limits if one.max_days is not None):
            meet = lower.content_class is upper.content_class and may_meet(lower.selector, upper.selector)
            if meet and (lower.min_days or 0) > (upper.max_days or 0):
                raise ConfigError(
                    f"retention.limits: {lower.basis} wants class {lower.content_class.value} kept for at least "
                    f"{lower.min_days} days and {upper.basis} for at most {upper.max_days}; correct one of them"
                )


def check_term(selector: Selector, content_class: ContentClass, days: int | None, limits: Iterable[Limit]) -> int:
    """The days of a policy that a tenant may set. Raises BadInput for one without an end, or against a limit."""
    if days is None or days > LONGEST_DAYS:
        raise BadInput(
            "a retention policy needs an end: give days, 36525 at most; what must outlive its term for a matter in "
            "court is kept by a legal hold"
        )
    if days < 0:
        raise BadInput("days cannot be negative; 0 deletes with the next run after the call")
    for limit in limits:
        if limit.content_class is not content_class or not may_meet(selector, limit.selector):
            continue
        if limit.min_days is not None and days < limit.min_days:
            raise BadInput(f"{limit.basis} wants class {content_class.value} kept for at least {limit.min_days} days")
        if limit.max_days is not None and days > limit.max_days:
            raise BadInput(f"{limit.basis} allows class {content_class.value} to be kept for {limit.max_days} days")
    return days


def may_meet(one: Selector, other: Selector) -> bool:
    """Whether some call could be selected by both. A call may have many tags, and one of everything else."""
    pairs = ((one.call_id, other.call_id), (one.number, other.number), (one.caller, other.caller))
    return all(not a or not b or a == b for a, b in (*pairs, (one.profile, other.profile)))


def shortest_days(content_class: ContentClass, rules: Rules) -> int:
    """No rule lets content of the class go sooner after a call: younger calls need not be looked at."""
    policies = [one.days for one in rules.policies if one.content_class is content_class]
    limits = [one.max_days for one in rules.limits if one.content_class is content_class and one.max_days is not None]
    return min([rules.default_days[content_class], *policies, *limits])
