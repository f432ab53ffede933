"""What callers are told and what they allow: disclosure, notice, consent and its end. Rules as in `telephony.events`.

A consent is evidence (GDPR 7(1)): which text was asked in which language and when it was heard, how it was answered and
by which rule the answer was judged. `..._sha256` is of the text in UTF-8, which the records keep by that hash.
"""

from dataclasses import dataclass
from typing import ClassVar

from voiceagent.telephony.call_event import CallEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosurePlayed(CallEvent):
    """The AI disclosure was heard. `completed` is false when the caller hung up in it."""

    TYPE: ClassVar[str] = "disclosure.played"
    prompt: str  # name of the prompt: disclosure | offer | notice | again (to who was taken back)
    sha256: str  # of the text that was spoken
    language: str
    start_ms: int
    end_ms: int
    completed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGranted(CallEvent):
    """The caller allowed `purpose`. Evidence: how, after which question, in which words.

    method: voice and dtmf are explicit; implied is no answer at all, staying on the line after the notice.
    question_start_ms, question_end_ms: -1 where it was not heard from its beginning, or not to its end.
    answer_start_ms, answer_end_ms: of the spoken words, -1 for none.
    """

    TYPE: ClassVar[str] = "consent.granted"
    purpose: str  # recording
    method: str  # voice | dtmf | implied
    question_sha256: str
    at_ms: int
    answer: str = ""  # PII: recognised words or the digit
    confidence: float = 0.0
    rule: str = ""  # that judged the answer, with its version
    language: str = ""
    question_start_ms: int = -1
    question_end_ms: int = -1
    answer_start_ms: int = -1
    answer_end_ms: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDenied(CallEvent):
    """The caller refused `purpose`, or gave no answer where an explicit one is asked for. No words are kept."""

    TYPE: ClassVar[str] = "consent.denied"
    purpose: str
    method: str  # voice | dtmf | no_answer
    question_sha256: str
    at_ms: int
    rule: str = ""
    language: str = ""
    question_start_ms: int = -1
    question_end_ms: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(CallEvent):
    """The caller ended a consent that they had given. Nothing is recorded and no words are kept from here on.

    answer: the words that withdrew it, which are words of the rule, or the keys; nothing else that was said with them.
    keeps_earlier: what was recorded until then stays, as the profile says.
    """

    TYPE: ClassVar[str] = "consent.withdrawn"
    purpose: str
    method: str  # voice | dtmf
    at_ms: int
    answer: str = ""
    confidence: float = 0.0
    rule: str = ""
    language: str = ""
    keeps_earlier: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentAnswerKept(CallEvent):
    """The sound of a spoken yes, as a file of its own. `path` is relative to the blob root."""

    TYPE: ClassVar[str] = "consent.answer_kept"
    clip_id: str
    purpose: str
    path: str
    sha256: str
    size_bytes: int
    start_ms: int
    duration_ms: int
