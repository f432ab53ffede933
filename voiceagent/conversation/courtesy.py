"""Words that go with what is being said to somebody: thanks, a yes, a sign of listening. Pure."""

from typing import Final

from voiceagent.conversation.corrections import HESITATIONS, LISTENING, POLITE, YES_FORMS
from voiceagent.conversation.phrase import plain_words

_PLEASED: Final = ("very much", "a lot", "great", "perfect", "good", "fine", "lovely", "wonderful", "alright", "cheers")
_COURTEOUS: Final = frozenset(
    word for form in (*HESITATIONS, *LISTENING, *POLITE, *YES_FORMS, *_PLEASED) for word in plain_words(form)
)


def only_courteous(text: str) -> bool:
    """Whether nothing else is said: "okay, thank you very much", even where a profile has an intent for it."""
    words = text.split()
    return bool(words) and _COURTEOUS.issuperset(words)
