"""What may be heard and what was heard: the values that travel between a recogniser and the talk."""

from dataclasses import dataclass, field

from voiceagent.conversation.profile import RecogniserChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the caller may say now. `grammar` is JSGF text made by `speech.grammar`; empty means free speech.

    `name` identifies the grammar so that switching to the same one costs nothing. `recogniser` says who listens; it
    counts when a stream is opened and stays for the call.
    """

    name: str = ""
    grammar: str = ""
    recogniser: RecogniserChoice = field(default_factory=RecogniserChoice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """Words heard in the current caller utterance.

    text: lower-case words, "" when the speech fits no path of the grammar (`understood` is then False). Of a partial
    result the words may be the beginning of such a path.
    start_ms, end_ms: on the stream's own sample clock. confidence: [0, 1].
    """

    text: str
    final: bool
    understood: bool
    confidence: float
    start_ms: int
    end_ms: int
