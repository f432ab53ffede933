"""Whether an answer to the consent question is a yes. Pure and conservative: what is unclear is not a yes.

Only what the profile lists is a yes: a "right" that shows listening, or a "sure" meant for something else, is none.
And a yes must be heard well: one that is less than sure is asked for again (`Verdict.PROBABLE`).
"""

from typing import Final

from voiceagent.conversation.corrections import CORRECTIONS, FILLERS, NO_FORMS, POLITE
from voiceagent.conversation.hearing import Recognised
from voiceagent.conversation.opening import Verdict
from voiceagent.conversation.phrase import plain_words
from voiceagent.conversation.profile import AgentProfile

# Other speech that is heard as a yes seldom reaches this confidence (benchmarks/bench_consent.py)
SURE_FROM: Final = 0.8
RULE: Final = "spoken_answer.1"  # names this judge in the evidence; a new number when it judges otherwise

_AROUND = tuple(tuple(plain_words(form)) for form in (*FILLERS, *POLITE))
_TAKEN_BACK = tuple(tuple(plain_words(form)) for form in CORRECTIONS)


def judge_consent(heard: Recognised, profile: AgentProfile) -> Verdict:
    """What a spoken answer means, and whether it was heard well enough to record on it."""
    verdict = judge_words(heard.text, profile) if heard.understood else Verdict.UNCLEAR
    if verdict is Verdict.GRANTED and heard.confidence < SURE_FROM:
        return Verdict.PROBABLE
    return verdict


def judge_words(text: str, profile: AgentProfile) -> Verdict:
    """Granted only when the whole answer is a yes; a no at its end denies. "No, wait, yes" is worth asking again."""
    words = tuple(text.split())
    yes = {tuple(plain_words(form)) for form in profile.opening.yes}
    no = {tuple(plain_words(form)) for form in (*profile.opening.no, *NO_FORMS)}
    if _is(words, no):
        return Verdict.DENIED
    if _is(words, yes):
        return Verdict.GRANTED
    endings = (words[at:] for at in range(1, len(words)))
    return Verdict.DENIED if any(_takes_back(ending, no) for ending in endings) else Verdict.UNCLEAR


def _takes_back(words: tuple[str, ...], no: set[tuple[str, ...]]) -> bool:
    """Whether the answer ends with "no", "no wait" or "sorry, no": what was said before them does not count."""
    for form in _TAKEN_BACK:
        after = words[len(form) :]
        if words[: len(form)] == form and (_is(after, no) or (not after and form[0] == "no")):
            return True
    return False


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
