"""Where words lie in audio."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WordTiming:
    """One spoken word; times are ms from the start of its utterance's audio."""

    text: str
    start_ms: int
    end_ms: int
