"""What the responder wants: words to say, work to delegate, or an end."""

from dataclasses import dataclass, field

from voiceagent.conversation.profile import Then
from voiceagent.conversation.speech_plan import UtteranceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRequest:
    """Work for the background agent: an intent with all its slots filled."""

    intent: str
    slots: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to what the caller just said. Empty `say` with `work` means: wait for the result (filler by policy)."""

    say: str = ""
    kind: UtteranceKind = UtteranceKind.REPLY
    intent: str = ""
    work: WorkRequest | None = None
    then: Then = Then.STAY
    understood: bool = True
