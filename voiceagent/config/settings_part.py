"""The base of each section of the settings."""

from pydantic import BaseModel, ConfigDict


class SettingsPart(BaseModel):
    """Frozen; unknown keys are mistakes, and values are not shown, since some of them are secrets."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
