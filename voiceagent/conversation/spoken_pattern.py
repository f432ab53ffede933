"""Pieces of patterns for what every caller may say, in plain words (`phrase.plain_words`)."""

import re
from collections.abc import Iterable
from typing import Final

from voiceagent.conversation.corrections import FILLERS, POLITE
from voiceagent.conversation.phrase import plain_words


def either(forms: Iterable[str]) -> str:
    """One of the forms, the longest first."""
    plain = {" ".join(plain_words(form)) for form in forms}
    return "(?:" + "|".join(re.escape(form) for form in sorted(plain, key=lambda form: (-len(form), form))) + ")"


BEFORE: Final = f"(?:{either((*FILLERS, 'and', 'but', 'sorry', 'oh', 'wait', 'excuse me'))} )*"
BEHIND: Final = f"(?: {either((*POLITE, 'sorry'))})*"
