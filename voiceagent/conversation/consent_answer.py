"""Whether an answer to the consent question is a yes. Pure and conservative: what is unclear is not a yes.

Only what the profile lists is a yes: a "right" that shows listening, or a "sure" meant for something else, is none.
"""

from voiceagent.conversation.corrections import CORRECTIONS, FILLERS, NO_FORMS, POLITE
from voiceagent.conversation.opening import Verdict
from voiceagent.conversation.phrase import plain_words
from voiceagent.conversation.profile import AgentProfile

_AROUND = tuple(tuple(plain_words(form)) for form in (*FILLERS, *POLITE))
_TAKEN_BACK = tuple(tuple(plain_words(form)) for form in CORRECTIONS)


def judge_consent(text: str, profile: AgentProfile) -> Verdict:
    """Granted only when the whole answer is a yes; a no at its end denies, both together are unclear."""
    words = tuple(text.split())
    yes = {tuple(plain_words(form)) for form in profile.opening.yes}
    no = {tuple(plain_words(form)) for form in (*profile.opening.no, *NO_FORMS)}
    if _is(words, no):
        return Verdict.DENIED
    if _is(words, yes):
        return Verdict.GRANTED
    for at in range(1, len(words)):
        for form in _TAKEN_BACK:
            if words[at : at + len(form)] == form:
                after = words[at + len(form) :]
                if _is(after, no) or (not after and form[0] == "no"):
                    return Verdict.DENIED
                if _is(after, yes) and "no" not in form:  # "yeah no that's fine" may mean either: ask again
                    return Verdict.GRANTED
    return Verdict.UNCLEAR


def _is(words: tuple[str, ...], forms: set[tuple[str, ...]]) -> bool:
    """Whether the words are one of the forms, with fillers and courtesies around it."""
    if words in forms:
        return True
    return any(
        (words[: len(extra)] == extra and _is(words[len(extra) :], forms))
        or (words[-len(extra) :] == extra and _is(words[: -len(extra)], forms))
        for extra in _AROUND
        if 0 < len(extra) < len(words)
    )
