"""What looks at words beside our own rules of redaction, for a whole installation.

How strictly our own rules mask, and whether at all, each profile says for itself (`records`).
"""

from typing import Self

from pydantic import Field, model_validator

from voiceagent.config.settings_part import SettingsPart


class PresidioSettings(SettingsPart):
    """The extra `presidio`; docs/how-to/redact-with-presidio.md.

    `model`: a folder with a spaCy pipeline, or the name of an installed one; empty: patterns without a model.
    `least_score` in (0, 1]: what Presidio is less sure of stays. `budget_ms`: how long a call's process waits for what
    it finds in one text; then our own rules stand alone.
    """

    enabled: bool = False
    language: str = Field("en", pattern=r"^[a-z]{2}$")
    model: str = ""
    least_score: float = Field(0.4, gt=0, le=1)
    budget_ms: int = Field(40, ge=1, le=200)

    @model_validator(mode="after")
    def _is_meant(self) -> Self:
        if self.model and not self.enabled:
            raise ValueError("model is given, but enabled is false; set enabled: true, or delete the model")
        return self


class RedactionSettings(SettingsPart):
    """Off: our own rules alone."""

    presidio: PresidioSettings = PresidioSettings()
