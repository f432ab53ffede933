"""What the caller has said and not been answered yet."""

from voiceagent.conversation.hearing import Recognised

_SPEECH_WORTH_AN_ANSWER_MS = 250  # shorter sounds that make no words are coughs and clicks


class Listening:
    """Collects final segments until the floor is ours; pure."""

    def __init__(self) -> None:
        self._segments: list[Recognised] = []
        self.open = False  # speech was heard whose final words are still to come
        self.finishing_since_ms = -1

    @property
    def waiting(self) -> bool:
        """There is something to answer, or soon will be."""
        return self.open or bool(self._segments)

    def began(self) -> None:
        self.open = True

    def heard(self, recognised: Recognised) -> None:
        """A final segment came in."""
        self.open = False
        self.finishing_since_ms = -1
        long_enough = recognised.end_ms - recognised.start_ms >= _SPEECH_WORTH_AN_ANSWER_MS
        if recognised.understood or long_enough:
            self._segments.append(recognised)

    def finishing(self, now_ms: int) -> bool:
        """Ask for the final words once; False while the answer to an earlier request is awaited."""
        if self.finishing_since_ms >= 0:
            return False
        self.finishing_since_ms = now_ms
        return True

    def take(self) -> tuple[str, tuple[Recognised, ...]]:
        """Everything unanswered: the understood words in order, and the segments. Clears."""
        segments, self._segments = tuple(self._segments), []
        return " ".join(item.text for item in segments if item.understood), segments

    def forget(self) -> None:
        self._segments = []
        self.open = False
        self.finishing_since_ms = -1
