"""What people are told of the use of their data when they ask for it."""

from typing import Annotated

from pydantic import Field

from voiceagent.compliance.subject_access.notice import PrivacyNotice
from voiceagent.config.settings_part import SettingsPart

Sentence = Annotated[str, Field(max_length=500)]


class PrivacySettings(SettingsPart):
    """It is printed on the page `your-data.html` of an export of kind dsar (GDPR Art. 15(1)).

    `cancel_window_hours`: how long such a package is kept back, so that the person can say that it was not them.
    """

    contact: Sentence = ""
    purposes: tuple[Sentence, ...] = Field((), max_length=50)
    recipients: tuple[Sentence, ...] = Field((), max_length=50)
    transfers: Sentence = ""
    automated_decisions: Sentence = ""
    authority: Sentence = ""
    cancel_window_hours: int = Field(24, ge=0, le=168)

    @property
    def notice(self) -> PrivacyNotice:
        return PrivacyNotice(**self.model_dump(exclude={"cancel_window_hours"}))
