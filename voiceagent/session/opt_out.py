"""Somebody whom we called does not want to be called again, by words or by the key 9. Pure.

It counts in every state of the call. In doubt it is an opt-out: a wrong one costs this call, a missed one a right.
"""

from dataclasses import dataclass
from typing import Final

from voiceagent.compliance.rules.opt_out import asks_not_to_be_called
from voiceagent.conversation.hearing import Recognised
from voiceagent.conversation.phrase import plain_words
from voiceagent.session.keypad import PAUSE_MS
from voiceagent.session.mouth import Mouth

KEY: Final = "9"
ALONE_MS: Final = 640  # once the talk is open a 9 may begin a number: it is none when nothing follows
_BY_KEY: Final = "opt_out_key.1"
_BY_WORDS: Final = "opt_out.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How it was said: `method` is voice or dtmf, `rule` judged it."""

    method: str
    rule: str


class OptOut:
    """One call's ears for it."""

    def __init__(self, mouth: Mouth) -> None:
        self._mouth = mouth
        self._run = ""  # keys pressed one soon after the other
        self._last_ms = 0

    def heard(self, recognised: Recognised) -> Wish | None:
        """Whether final words say so; our own that come back while we offer it do not."""
        if not (recognised.final and recognised.understood):
            return None
        ours = self._mouth.may_echo(" ".join(plain_words(recognised.text)), recognised.start_ms)
        if ours or not asks_not_to_be_called(recognised.text):
            return None
        return Wish(method="voice", rule=_BY_WORDS)

    def pressed(self, key: str, now_ms: int, *, opening: bool) -> Wish | None:
        """Whether the key says so by itself: at once in the opening, where no number is asked for."""
        if now_ms - self._last_ms > PAUSE_MS:
            self._run = ""
        self._run, self._last_ms = self._run + key, now_ms
        return self._wish() if opening and self._run == KEY else None

    def waited(self, now_ms: int) -> Wish | None:
        """Whether a 9 stayed alone; once."""
        alone = self._run == KEY and now_ms - self._last_ms >= ALONE_MS
        return self._wish() if alone else None

    def _wish(self) -> Wish:
        self._run = ""
        return Wish(method="dtmf", rule=_BY_KEY)
