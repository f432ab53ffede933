"""A rule pack as its file says it, checked (compliance.md, 1.6)."""

import hashlib
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from voiceagent.compliance.rules.call_times import ALWAYS, DAYS, CallTimes, joined, parse_span
from voiceagent.compliance.rules.recording import RecordingMode
from voiceagent.compliance.rules.rules import CallRule, ConsentKind, Days, Origin, PackRef, Purpose, Rules
from voiceagent.core.errors import ConfigError

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]  # ISO 3166-1; quote "NO", which YAML reads as false
Region = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,3}$")]  # ISO 3166-2 without the country
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_MOST_BYTES: Final = 64 * 1024


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Grade(StrEnum):
    """How well we know what we cite."""

    READ = "F"  # text or excerpt read in a public copy
    KNOWN = "K"  # known from the primary text, not fetched: verify before quoting
    PROPOSED = "P"  # our own caution, no law


class Source(Part):
    cite: str = Field(min_length=5)
    grade: Grade
    ref: str = ""
    checked: date
    by: str = Field(min_length=1)


class Effective(Part):
    """Both days are inside."""

    start: date = Field(alias="from")
    to: date | None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to is not None and self.to < self.start:
            raise ValueError("`to` is before `from`; swap them")
        return self


class Applies(Part):
    """Where: countries, one country's regions, everywhere else, or everywhere."""

    countries: tuple[Country, ...] = ()
    regions: tuple[Region, ...] = ()
    elsewhere: bool = False
    everywhere: bool = False

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if [bool(self.countries), self.elsewhere, self.everywhere].count(True) != 1:
            raise ValueError("say one of countries, elsewhere and everywhere")
        if self.regions and len(self.countries) != 1:
            raise ValueError("regions are those of one country; name it in countries")
        return self


class RecordingPart(Part):
    mode: RecordingMode


class DisclosurePart(Part):
    """Nothing else is legal where the AI Act applies, and we know no place that asks for less."""

    when: Literal["at_start"] = "at_start"
    suppressible: Literal[False] = False


class AttemptsPart(Part):
    n: int = Field(ge=1)
    per_h: int = Field(ge=1, le=24 * 31)


class OptOutPart(Part):
    within_s: float = Field(gt=0)
    end_call_s: float = Field(gt=0)


class CallPart(Part):
    """What a call of one purpose takes; what is left out restricts nothing."""

    forbidden: bool = False
    consent: tuple[ConsentKind, ...] = ()
    hours: tuple[str, ...] = ()
    days: tuple[str, ...] | Literal["all"] = "all"
    max_attempts: tuple[AttemptsPart, ...] = ()
    dnc: tuple[_Name, ...] = ()
    dnc_max_age_days: int | None = Field(None, ge=1)
    opt_out: OptOutPart | None = None
    human_intro: bool = False

    @field_validator("hours")
    @classmethod
    def _spans(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            parse_span(text)
        return value

    @field_validator("days")
    @classmethod
    def _known_days(cls, value: tuple[str, ...] | str) -> tuple[str, ...] | str:
        wrong = [] if value == "all" else [day for day in value if day not in DAYS]
        if wrong or not value:
            raise ValueError(f"days are all, or of {' '.join(DAYS)}")
        return value

    def rule(self) -> CallRule:
        spans = joined(parse_span(text) for text in self.hours) or ALWAYS.spans
        days = ALWAYS.days if self.days == "all" else tuple(sorted({DAYS.index(day) for day in self.days}))
        said = CallRule(
            forbidden=self.forbidden,
            consent=self.consent,
            times=CallTimes(spans=spans, days=days),
            dnc=self.dnc,
            dnc_max_age_days=self.dnc_max_age_days,
            opt_out_within_s=self.opt_out.within_s if self.opt_out else None,
            opt_out_ends_call_s=self.opt_out.end_call_s if self.opt_out else None,
            human_intro=self.human_intro,
        )
        for limit in self.max_attempts:  # of two limits for the same hours the lower counts
            said &= CallRule(attempts=((limit.per_h, limit.n),))
        return said & said  # in the form that merging gives: sorted, without doubles


class DaysPart(Part):
    min_days: int = Field(0, ge=0)
    max_days: int | None = Field(None, ge=1)


class Pack(Part):
    """One file."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    version: str = Field(pattern=r"^20[0-9]{2}\.[0-9]{1,2}\.[0-9]{1,4}$")
    effective: Effective
    sources: tuple[Source, ...] = Field(min_length=1)
    counsel: str = ""  # who signed it off, and when; empty: nobody
    applies: Applies
    recording: RecordingPart | None = None
    ai_disclosure: DisclosurePart = DisclosurePart()
    outbound: dict[Purpose, CallPart] = Field(default_factory=dict)
    revoke_all_from: date | None = None
    retention: dict[_Name, DaysPart] = Field(default_factory=dict)

    def rules(self, sha256: str, origin: Origin) -> Rules:
        ref = PackRef(id=self.id, version=self.version, sha256=sha256, until=self.effective.to, origin=origin)
        return Rules(
            packs=(ref,),
            recording=self.recording.mode if self.recording else RecordingMode.ONE_PARTY,
            calls={purpose: part.rule() for purpose, part in self.outbound.items()},
            revoke_all_from=self.revoke_all_from,
            retention={
                kind: Days(min_days=part.min_days, max_days=part.max_days) for kind, part in self.retention.items()
            },
        )


class _Loader(yaml.SafeLoader):
    """YAML in which no key stands twice: the second would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands there twice", node.start_mark
                )
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def parse_pack(content: bytes, name: str) -> Pack:
    """The pack in a file's bytes; `name` is the file's, for messages. Raises ConfigError with every mistake."""
    if len(content) > _MOST_BYTES:
        raise ConfigError(f"rule pack {name} has more than {_MOST_BYTES // 1024} KiB; it should be a page or two")
    try:
        document = yaml.load(content, Loader=_Loader)  # noqa: S506 - a SafeLoader
        return Pack.model_validate(document)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"rule pack {name} is not valid: {_mistakes(error)}") from error


def _mistakes(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error) or type(error).__name__
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}" for one in error.errors())


def pack_sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
