"""What is said while the caller waits for work: fillers, news of the work, and how long it will take. Pure.

While work is under way nobody hears silence for longer than 2.5 s, nor the same filler twice in a row. A wait has a
limit: after six fillers without news, or when its time is up, the caller is told the truth instead of another filler.
"""

from typing import Final

from voiceagent.conversation.delegation import Progress
from voiceagent.conversation.profile import Waits

QUIET_MS: Final = 2000  # from the last word to the next filler: with a micro-turn and the voice's start, below 2.5 s
_MOST_FILLERS: Final = 6  # in a row without news; by then a caller has stopped believing them
_LONGEST_MS: Final = 120_000  # whatever is promised: nobody holds a line for longer without a person
_LATE: Final = 1.5  # an estimate may be missed by half of itself before the work is given up
_AGES: Final = "a few minutes"
_SPOKEN: Final = (
    (8, "a few seconds"),
    (22, "about fifteen seconds"),
    (45, "about half a minute"),
    (90, "about a minute"),
    (150, "about two minutes"),
)


def spoken_wait(seconds: float) -> str:
    """A length of time as people say it: rounded, because it is a guess."""
    return next((words for limit, words in _SPOKEN if seconds < limit), _AGES)


def estimates(waits: Waits) -> tuple[str, ...]:
    """Every estimate that can be spoken; empty where the profile has none."""
    words = (*(words for _, words in _SPOKEN), _AGES)
    return tuple(waits.estimate.replace("{left}", left) for left in words if waits.estimate)


class Wait:
    """One piece of work, as long as the caller waits for it."""

    def __init__(self, waits: Waits, now_ms: int) -> None:
        self.since_ms = now_ms
        self.ends_ms = now_ms + waits.work_timeout_s * 1000
        self.promised_ms = now_ms  # when the last estimate says that it is done
        self.told = ""  # the estimate that was spoken last
        self.news = ""  # to be spoken
        self.covered = False
        self.fillers = 0  # since the last news

    def report(self, progress: Progress, now_ms: int) -> None:
        """The work is alive: its fillers count anew, and what it promises moves the end."""
        self.news = progress.text or self.news
        self.fillers = 0
        if progress.seconds_left is not None:
            left_ms = max(0.0, progress.seconds_left) * 1000
            latest_ms = self.since_ms + _LONGEST_MS
            self.promised_ms = round(min(now_ms + left_ms, latest_ms))
            self.ends_ms = min(max(self.ends_ms, now_ms + left_ms * _LATE), latest_ms)

    def over(self, now_ms: int) -> bool:
        """Its time is up."""
        return now_ms >= self.ends_ms


class Waiting:
    """One call's words for waits. Asked while the floor is free and work is under way."""

    def __init__(self, waits: Waits) -> None:
        self._waits = waits
        self._fillers = 0
        self._last = ""

    def due(self, wait: Wait, now_ms: int, quiet_since_ms: int) -> bool:
        """Whether the silence since anybody's last word has to end now."""
        pause_ms = QUIET_MS if wait.covered else min(self._waits.filler_after_s * 1000, QUIET_MS)
        return now_ms >= max(wait.since_ms, quiet_since_ms) + pause_ms

    def spent(self, wait: Wait, now_ms: int) -> bool:
        """Another filler would be one too many. While a promise runs, the caller knows what they wait for."""
        return wait.fillers >= _MOST_FILLERS and now_ms >= wait.promised_ms

    def words(self, wait: Wait, now_ms: int) -> str:
        """What covers the silence: news before an estimate before a filler. "" where the profile has nothing."""
        wait.covered = True
        text = self._news(wait) or self._estimate(wait, now_ms) or self._filler(wait)
        self._last = text or self._last
        return text

    def _news(self, wait: Wait) -> str:
        news, wait.news = wait.news, ""
        return "" if news == self._last else news

    def _estimate(self, wait: Wait, now_ms: int) -> str:
        """How long it will take, where that is known and was not said in the same words."""
        left_s = (wait.promised_ms - now_ms) / 1000
        left = spoken_wait(left_s)
        text = self._waits.estimate.replace("{left}", left)
        if left_s <= 0 or left == wait.told or text == self._last:
            return ""
        wait.told = left
        return text

    def _filler(self, wait: Wait) -> str:
        for _ in self._waits.fillers:
            text = self._waits.fillers[self._fillers % len(self._waits.fillers)]
            self._fillers += 1
            if text != self._last:
                wait.fillers += 1
                return text
        return ""
