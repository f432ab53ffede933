"""What the caller has said and not been answered yet."""

from voiceagent.conversation.hearing import Recognised
from voiceagent.session.commands import Command, Note
from voiceagent.telephony.events import Backchannelled, CallerSaid

_SPEECH_WORTH_AN_ANSWER_MS = 250  # shorter sounds that make no words are coughs and clicks
_ASK_AGAIN_MS = 1500  # final words that did not come by then were lost on the way


class Listening:
    """Collects final segments until the floor is ours; pure."""

    def __init__(self) -> None:
        self._segments: list[Recognised] = []
        self._finishing_since_ms = -1
        self.open = False  # speech was heard whose final words are still to come
        self.complete = False  # the words so far are known, and nothing is missing behind them

    @property
    def waiting(self) -> bool:
        """There is something to answer, or soon will be."""
        return self.open or bool(self._segments)

    @property
    def finishing(self) -> bool:
        """The final words were asked for because the floor is ours."""
        return self._finishing_since_ms >= 0

    @property
    def words(self) -> str:
        """What was understood and waits for an answer."""
        return " ".join(item.text for item in self._segments if item.understood)

    def began(self) -> None:
        self.open = True
        self.complete = False

    def follow(self, *, begins: bool, sounding: bool) -> None:
        """The caller's sound: a turn begins in it, or words of a pause turn out not to be all."""
        self.complete &= not sounding
        if begins:
            self.began()

    def heard(self, recognised: Recognised) -> None:
        """A final segment came in."""
        self.open = self.complete = False
        self._finishing_since_ms = -1
        long_enough = recognised.end_ms - recognised.start_ms >= _SPEECH_WORTH_AN_ANSWER_MS
        if recognised.understood or long_enough:
            self._segments.append(recognised)

    def finish(self, now_ms: int) -> bool:
        """Ask for the final words; False while the answer to an earlier request is awaited."""
        if self.finishing and now_ms - self._finishing_since_ms < _ASK_AGAIN_MS:
            return False
        self._finishing_since_ms = now_ms
        return True

    def take(self) -> tuple[str, tuple[Recognised, ...]]:
        """Everything unanswered: the understood words in order, and the segments. Clears."""
        words, segments = self.words, tuple(self._segments)
        self._segments = []
        return words, segments

    def forget(self) -> None:
        self._segments = []
        self.open = self.complete = False
        self._finishing_since_ms = -1


def caller_said(segments: tuple[Recognised, ...], text: str, intent: str) -> CallerSaid:
    """The record of what was heard; `segments` is not empty."""
    return CallerSaid(
        text=text,
        start_ms=segments[0].start_ms,
        end_ms=segments[-1].end_ms,
        understood=any(item.understood for item in segments),
        confidence=max(item.confidence for item in segments),
        intent=intent,
    )


def sign_of_listening(recognised: Recognised) -> list[Command]:
    """The record of a caller's "mm-hm"; nothing when no sound was made."""
    if recognised.end_ms <= recognised.start_ms:
        return []
    return [Note(event=Backchannelled(by="caller", at_ms=recognised.start_ms, text=recognised.text))]
