"""A caller who wants to be called back should the call be lost: "if we get cut off, call me back". Pure.

Every caller may want that, so no profile lists these words; what of them can be heard is in `speech.line_rules`.
"""

import re
from typing import Final

from voiceagent.conversation.spoken_pattern import BEFORE, BEHIND
from voiceagent.core.termination import Reason

# Ends that nobody chose: nobody speaks any more, the caller's sound is gone, or we failed
LOST: Final = frozenset({Reason.DEAD_AIR, Reason.MEDIA_LOST, Reason.WORKER_LOST, Reason.INTERNAL, Reason.SHUTDOWN})

_YOU: Final = r"(?:(?:can|could|will|would) (?:you|someone|somebody) |you can |just )?(?:please )?"
_CALL: Final = r"(?:(?:call|ring|phone) (?:me )?back|(?:call|ring|phone) me(?: again)?|give me a call(?: back)?)"
_SILENT: Final = (
    r"(?:i'm|i am|i go|i fall) (?:silent|quiet|gone)|i don't (?:answer|speak|say anything)|i stop (?:talking|speaking)"
    r"|nobody (?:speaks|answers)"
)
_CUT: Final = (
    r"(?:(?:we|i|you) (?:get|are|were)|we're|i'm|you're) (?:cut off|disconnected|interrupted)"
    r"|we lose each other|(?:i|you|we) lose (?:me|you|(?:the )?connection|the line)|you (?:don't|can't) hear me"
)
_BROKEN: Final = (
    r"(?:the|this|my) (?:line|call|connection|phone)"
    r" (?:drops|breaks(?: up| off)?|goes dead|dies|fails|is lost|(?:is|gets) cut off)"
)
_HAPPENS: Final = rf"(?:{_SILENT}|{_CUT}|{_BROKEN})"
_IF: Final = rf"(?:if|when|in case|should) {_HAPPENS}(?: or(?: if)? {_HAPPENS})?"
_WANTED: Final = re.compile(rf"{BEFORE}(?:{_IF} (?:then )?{_YOU}{_CALL}|{_YOU}{_CALL}(?: please)? {_IF}){BEHIND}")
_NEVER: Final = r"don't|do not|never|(?:you|they) (?:don't|do not) (?:need|have) to|(?:there's )?no need to"
_NOT_WANTED: Final = re.compile(rf"{BEFORE}(?:{_NEVER}) {_CALL}(?: any ?more| after all| then)?{BEHIND}")


def wants_call_if_lost(text: str) -> bool:
    """Whether the caller asks to be called back should the call be lost, and for nothing else."""
    return _WANTED.fullmatch(text) is not None


def wants_no_call(text: str) -> bool:
    """Whether the caller does not want to be called back."""
    return _NOT_WANTED.fullmatch(text) is not None
