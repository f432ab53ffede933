"""What the agent is about to say, and which of it has been heard."""

from dataclasses import dataclass
from enum import StrEnum

from voiceagent.audio.words import WordTiming
from voiceagent.conversation.claims import Claim
from voiceagent.core.ids import UtteranceId

__all__ = ["PROTECTED", "SpeechPlan", "UtteranceKind", "WordTiming"]


class UtteranceKind(StrEnum):
    """Why the agent speaks; decides whether it may be interrupted and how it is recorded."""

    DISCLOSURE = "disclosure"  # protected: cannot be interrupted
    NOTICE = "notice"  # protected
    CONSENT = "consent"  # the consent question itself: an answer may overlap its end
    GREETING = "greeting"
    REPLY = "reply"
    FILLER = "filler"  # covers a wait
    RESULT = "result"  # carries what the background agent found
    CORRECTION = "correction"
    BACKCHANNEL = "backchannel"  # never a turn
    APOLOGY = "apology"  # pre-rendered, for when a part of us has failed
    GOODBYE = "goodbye"


PROTECTED = frozenset({UtteranceKind.DISCLOSURE, UtteranceKind.NOTICE, UtteranceKind.APOLOGY})


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechPlan:
    """An utterance to be spoken when the floor is ours, and what it tells as a fact."""

    utterance_id: UtteranceId
    text: str
    kind: UtteranceKind = UtteranceKind.REPLY
    claims: tuple[Claim, ...] = ()
