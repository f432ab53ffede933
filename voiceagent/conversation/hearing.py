"""What may be heard and what was heard: the values that travel between a recogniser and the talk."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the caller may say now. `grammar` is JSGF text made by `speech.grammar`; empty means free speech.

    `name` identifies the grammar so that switching to the same one costs nothing.
    """

    name: str = ""
    grammar: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """Words heard in the current caller utterance.

    text: lower-case words, "" when the speech fits no path of the grammar (`understood` is then False).
    start_ms, end_ms: on the stream's own sample clock. confidence: [0, 1].
    """

    text: str
    final: bool
    understood: bool
    confidence: float
    start_ms: int
    end_ms: int
