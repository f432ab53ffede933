"""Keys before the talk is open: an answer to the consent question, or the beginning of a number. Pure.

A key alone answers. Keys that follow each other are a number that the caller wants to tell, and wait for the talk; what
turns out to be the first figure of one was no yes.
"""

from voiceagent.conversation.opening import Verdict
from voiceagent.session.keypad import PAUSE_MS, Keypad
from voiceagent.session.opening_part import OpeningPart

_YES, _NO = "1", "2"
_NO_FIGURES = frozenset("*#")


class OpeningKeys:
    """One call's keys until its opening is over."""

    def __init__(self, opening: OpeningPart, keypad: Keypad) -> None:
        self._opening = opening
        self._keypad = keypad
        self._run = ""  # pressed one soon after the other
        self._last_ms = 0
        self._held = False  # its first key, for an answer
        self._granted = False  # by that key
        self._perhaps_no = False  # a lone 2 after a yes

    def press(self, key: str, now_ms: int) -> Verdict | None:
        """What the key answers, None for nothing."""
        if self._run and now_ms - self._last_ms > PAUSE_MS:
            self.forget()
        self._run, self._last_ms = self._run + key, now_ms
        if len(self._run) > 1:
            return self._goes_on(key, now_ms)
        if self._opening.settled:
            self._perhaps_no = key == _NO and self._opening.granted
            self._keypad.press(key, now_ms)
            return None
        self._held, self._granted = True, key == _YES and self._opening.answerable
        return {_YES: Verdict.GRANTED, _NO: Verdict.DENIED, "*": None}.get(key, Verdict.UNCLEAR)

    def takes_back(self, now_ms: int) -> bool:
        """Whether a 2 that was pressed after a yes stayed alone; once."""
        alone = self._perhaps_no and len(self._run) == 1 and now_ms - self._last_ms > PAUSE_MS
        if alone:
            self.forget()
            self._keypad.forget()
        return alone

    def forget(self) -> None:
        """The run is over."""
        self._run, self._held, self._granted, self._perhaps_no = "", False, False, False

    def _goes_on(self, key: str, now_ms: int) -> Verdict | None:
        """Another key of a run."""
        if self._granted and (key == _YES or key in _NO_FIGURES):
            return None  # pressed twice, or ended as if it was a number
        if self._granted and key == _NO:
            self.forget()
            return Verdict.DENIED
        for figure in (self._run[0], key) if self._held else (key,):
            self._keypad.press(figure, now_ms)
        taken_back = self._granted
        self._held = self._granted = self._perhaps_no = False
        return Verdict.DENIED if taken_back else None
