"""What the responder wants: words to say, work to delegate, or an end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from voiceagent.conversation.hearing import Hints
from voiceagent.conversation.profile import Then
from voiceagent.conversation.speech_plan import UtteranceKind

ASKS_FOR_TIME: Final = "time"
CALL_IF_LOST: Final = "callback_if_lost"
WHAT_WE_ARE: Final = "what_we_are"
LINE_WISHES: Final = frozenset({ASKS_FOR_TIME, CALL_IF_LOST, WHAT_WE_ARE})  # every caller's, of no profile's intents


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRequest:
    """Work for the background agent: an intent with all its slots filled.

    confirms: the caller has said yes to what was read back to them last.
    """

    intent: str
    slots: dict[str, str] = field(default_factory=dict)
    confirms: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """An offer to call back, and once it is agreed on the number. `reason`: asked | closed | unreached."""

    reason: str
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to what the caller just said. Empty `say` with `work` means: wait for the result, filler by policy.

    callback: what this reply offers or has agreed on.
    gives_s: so long nobody speaks, because the caller asked for time.
    captures: the slot that `say` asks for and that only a tool may see, "" for none.
    declines: the caller does not want what was read back to them, or something else instead.
    """

    say: str = ""
    kind: UtteranceKind = UtteranceKind.REPLY
    intent: str = ""
    work: WorkRequest | None = None
    then: Then = Then.STAY
    understood: bool = True
    declines: bool = False
    slots: Mapping[str, str] = field(default_factory=dict)  # of an intent that hands the caller over
    callback: Callback | None = None
    gives_s: float = 0.0
    captures: str = ""

    @property
    def empty(self) -> bool:
        """Nothing is to be said or done: an answer to "mm-hm"."""
        return not self.say and self.work is None


class Responder(Protocol):
    """Decides what to answer; pure and fast, so it can be asked speculatively on every partial.

    `asked` is everywhere the question of ours that was heard last, to its end; "" when something else was.
    """

    def hints(self) -> Hints:
        """What the caller may say now."""
        ...

    def propose(self, text: str, *, asked: str) -> Reply:
        """What the answer to `text` would be; changes nothing."""
        ...

    def complete(self, text: str, *, asked: str) -> bool:
        """Whether nothing is missing behind these words: no value, no figure of a number, no rest of a phrase."""
        ...

    def commit(self, text: str, *, asked: str) -> Reply:
        """The caller has said `text` ("" = not understood) and the floor is ours: answer and move the state on."""
        ...

    def weave(self, work_intent: str, commentary: str) -> Reply:
        """Turn a result of the background agent into the utterance that carries it into the talk, said next."""
        ...

    def captured(self, *, complete: bool) -> Reply:
        """The value that was asked for by `captures` has been typed, or will not be."""
        ...

    def read_back(self, request: WorkRequest, text: str) -> Reply:
        """Ask whether it shall be done, in these words; from now on a yes means `request`."""
        ...


class OffersCallback(Responder, Protocol):
    """A responder that can also be asked to offer a callback."""

    @property
    def offering(self) -> bool:
        """An offer waits for its answer, which is all that should be said next."""
        ...

    @property
    def if_lost(self) -> str:
        """The number that we promised to call should the call be lost; "" while nothing was promised."""
        ...

    def offer_callback(self, reason: str) -> Reply:
        """Say why nobody is there (closed | unreached) and offer to call back; what is said next answers that."""
        ...
