"""Play a made call through the redaction of calls, and see what stayed readable."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from voiceagent.compliance.redaction.call import CallRedaction
from voiceagent.compliance.redaction.entities import EntityFinder
from voiceagent.conversation.profile import RecordsChoice
from voiceagent.core.ids import DelegationId, ToolCallId, UtteranceId
from voiceagent.telephony.events import AgentSaid, CallerSaid, CallEvent, ToolCalled
from voiceagent.testing.redaction.making import MadeCall, Turn
from voiceagent.testing.redaction.utterance import Word, misheard

_MARK = re.compile(r"\[[A-Z]+\]")


@dataclass(slots=True)
class Played:
    """What became of one call's words. `leaks`: per secret, its words that stayed readable and how many there were."""

    call: MadeCall
    leaks: list[tuple[int, int]]
    lines: list[str] = field(default_factory=list)
    benign_numbers: int = 0
    benign_masked: int = 0
    plain_words: int = 0  # neither of a secret nor of a number
    plain_masked: int = 0
    turn_ms: list[float] = field(default_factory=list)


def play(
    call: MadeCall,
    rate: float,
    dice: Random,
    clock: Callable[[], float],
    records: RecordsChoice,
    finder: EntityFinder | None = None,
) -> Played:
    """Every turn as an event, callers misheard at that rate; `clock` in seconds. `finder`: beside our own rules."""
    redaction = CallRedaction(records, finder)
    played = Played(call, [(0, 0) for _ in call.entities])
    if call.known:
        redaction.kept(_lookup(call.known))
    for turn in call.turns:
        words = turn.words if turn.by_agent else misheard(turn.words, rate, dice)
        text = " ".join(word.text for word in words)
        began = clock()
        kept = _text(redaction.kept(_event(turn, text)))
        played.turn_ms.append((clock() - began) * 1000)
        hidden = hidden_words(words, kept)
        _count(played, turn, words, hidden)
        played.lines.append(f"{'agent' if turn.by_agent else 'caller'}: {text}\n     -> {kept}")
    return played


def hidden_words(words: tuple[Word, ...], kept: str) -> list[bool]:
    """Which words are not readable any more: the marks of the masked text stand for the rest."""
    text = " ".join(word.text for word in words)
    pattern = "(.+?)".join(re.escape(piece) for piece in _MARK.split(kept))
    match = re.fullmatch(pattern, text, re.DOTALL)
    if match is None:
        return [False] * len(words)
    masked = [match.span(group) for group in range(1, (match.re.groups or 0) + 1)]
    hidden, at = [], 0
    for word in words:
        end = at + len(word.text.rstrip(".,?"))
        hidden.append(any(start <= at and end <= stop for start, stop in masked))
        at += len(word.text) + 1
    return hidden


def _count(played: Played, turn: Turn, words: tuple[Word, ...], hidden: list[bool]) -> None:
    if turn.secret >= 0:
        shown = sum(word.secret and not mask for word, mask in zip(words, hidden, strict=True))
        total = sum(word.secret for word in words)
        before = played.leaks[turn.secret]
        played.leaks[turn.secret] = (before[0] + shown, before[1] + total)
    plain = [mask for word, mask in zip(words, hidden, strict=True) if not word.secret and not word.number]
    played.plain_words += len(plain)
    played.plain_masked += sum(plain)
    at = 0
    while at < len(words):  # neighbouring words are one number
        end = at
        while end < len(words) and words[end].number:
            end += 1
        if end > at:
            played.benign_numbers += 1
            played.benign_masked += any(hidden[at:end])
        at = max(end, at + 1)


def _event(turn: Turn, text: str) -> CallEvent:
    if turn.by_agent:
        return AgentSaid(
            utterance_id=UtteranceId("utt"),
            kind="reply",
            planned=text,
            played=text,
            start_ms=0,
            end_ms=1,
            completed=True,
        )
    return CallerSaid(text=text, start_ms=0, end_ms=1, understood=True, confidence=1.0)


def _text(event: CallEvent) -> str:
    return event.played if isinstance(event, AgentSaid) else event.text if isinstance(event, CallerSaid) else ""


def _lookup(names: tuple[str, ...]) -> ToolCalled:
    result = {"found": True, "first_name": names[0].capitalize(), "last_name": names[-1].capitalize()}
    return ToolCalled(
        tool_call_id=ToolCallId("tool"),
        delegation_id=DelegationId("del"),
        name="crm.lookup_customer",
        arguments={},
        status="ok",
        result=result,
        duration_ms=1,
    )
