"""How long what belongs to calls lives where no policy in the database says otherwise, and what law bounds."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from voiceagent.compliance.retention.rules import LONGEST_DAYS, Limit, Rules, check_limits
from voiceagent.config.settings_part import SettingsPart
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import ConfigError
from voiceagent.records.retention_values import Selector

Days = Annotated[int, Field(ge=0, le=LONGEST_DAYS)]


class RetentionLimitSettings(SettingsPart):
    """A legal bound; `basis` is shown to whom it stops. Without number, profile and tag it holds for all calls."""

    content_class: Literal["A", "T", "X", "M", "C"]
    basis: str = Field(min_length=1, max_length=120)
    min_days: Days | None = None
    max_days: Days | None = None
    number: str = ""
    profile: str = ""
    tag: str = ""

    @property
    def limit(self) -> Limit:
        return Limit(
            content_class=ContentClass(self.content_class),
            basis=self.basis,
            selector=Selector(number=self.number, profile=self.profile, tag=self.tag),
            min_days=self.min_days,
            max_days=self.max_days,
        )


class RetentionSettings(SettingsPart):
    """Days after the end of a call. There is no "for ever": what is needed longer for a matter has a legal hold.

    audit_details_days: after an act, what the audit log knows of people, such as addresses; its entries stay.
    """

    audio_days: Days = 30
    transcript_days: Days = 90
    tool_days: Days = 90
    metadata_days: Days = 396  # 13 months
    consent_days: Days = 2192  # 6 years
    audit_details_days: int = Field(default=365, ge=31, le=LONGEST_DAYS)
    limits: tuple[RetentionLimitSettings, ...] = (
        RetentionLimitSettings(content_class="C", basis="GDPR Art. 7(1): consent is proven", min_days=2192),
    )

    @model_validator(mode="after")
    def _limits_can_be_met(self) -> Self:
        try:
            check_limits(self.bounds)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return self

    @property
    def bounds(self) -> tuple[Limit, ...]:
        return tuple(limit.limit for limit in self.limits)

    @property
    def default_days(self) -> dict[ContentClass, int]:
        return {
            ContentClass.AUDIO: self.audio_days,
            ContentClass.TRANSCRIPT: self.transcript_days,
            ContentClass.TOOL: self.tool_days,
            ContentClass.METADATA: self.metadata_days,
            ContentClass.CONSENT: self.consent_days,
        }

    @property
    def rules(self) -> Rules:
        """Without the policies and holds of a tenant."""
        return Rules(limits=self.bounds, default_days=self.default_days)
