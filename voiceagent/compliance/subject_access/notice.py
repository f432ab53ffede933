"""What the operator tells people of the use of their data (GDPR Art. 15(1)), as the settings have it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyNotice:
    """Sentences for people. What is empty is left to the letter that goes with a package."""

    contact: str = ""
    purposes: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    transfers: str = ""  # to other countries, and what protects the data there
    automated_decisions: str = ""
    authority: str = ""  # where to complain
