"""A caller's script as data: what to wait for, what to say, and what each line is there to show. JSON on the wire.

{"name": "demo", "caller": "+12025550101", "steps": [
    {"step": "wait_for_agent", "silence_ms": 900, "spoken_ms": 4000},
    {"step": "say", "text": "Yes, that's fine.", "role": "answer"},
    {"step": "say_over", "text": "Mm-hm.", "role": "backchannel", "after_ms": 3000},
    {"step": "wait_for_end"}]}
"""

from enum import StrEnum

import msgspec

from voiceagent.core.errors import BadInput


class Role(StrEnum):
    """Why a line is said; decides what is measured on it."""

    ANSWER = "answer"  # to a question of the agent's; a response is due
    QUESTION = "question"  # a response is due
    BACKCHANNEL = "backchannel"  # must not stop the agent
    BARGE_IN = "barge_in"  # must stop the agent; a response is due
    GOES_ON = "goes_on"  # the caller keeps talking behind it: no response is due yet
    GOODBYE = "goodbye"  # a response is due, then the far end hangs up


class Shown(StrEnum):
    """What a script makes happen that not every call has; decides what is expected of the call."""

    CHANGE = "change"  # something is read back, confirmed and carried out
    ANSWER_WHILE_TALKING = "answer_while_talking"  # a look-up ends while the caller speaks, and is told afterwards
    CORRECTION = "correction"  # what the agent said is no longer so, and it says so


class Step(msgspec.Struct, frozen=True, kw_only=True, tag_field="step", forbid_unknown_fields=True):
    """Base of all steps. `timeout_ms` is how long the step may wait before the script has failed."""

    timeout_ms: int = 30_000


class WaitForAgent(Step, frozen=True, kw_only=True, tag="wait_for_agent"):
    """Listen until the agent has spoken for `spoken_ms` in all and has then been silent for `silence_ms`."""

    silence_ms: int = 900
    spoken_ms: int = 300


class Pause(Step, frozen=True, kw_only=True, tag="pause"):
    """Stay silent for `ms`, whatever is heard."""

    ms: int


class Say(Step, frozen=True, kw_only=True, tag="say"):
    """Say a line now."""

    text: str
    role: Role = Role.QUESTION


class SayOver(Step, frozen=True, kw_only=True, tag="say_over"):
    """Say a line over the agent's speech, once it has been speaking for `after_ms` without a longer pause."""

    text: str
    role: Role
    after_ms: int


class Press(Step, frozen=True, kw_only=True, tag="press"):
    """Press keys."""

    keys: str


class HangUp(Step, frozen=True, kw_only=True, tag="hang_up"):
    """End the call from the caller's side."""


class WaitForEnd(Step, frozen=True, kw_only=True, tag="wait_for_end"):
    """Stay silent until the far end hangs up."""


AnyStep = WaitForAgent | Pause | Say | SayOver | Press | HangUp | WaitForEnd


class CallerVoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Recorded lines, or an espeak-ng voice; not the agent's, so that a listener can tell them apart."""

    recorded: str = ""  # a folder of `testing/caller/lines`

    name: str = "en-us"
    words_per_minute: int = 140
    pitch: int = 42


class Script(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole call from the caller's side. `caller` is the number that calls, `shows` what it is there for."""

    name: str
    steps: tuple[AnyStep, ...]
    caller: str = "caller"
    voice: CallerVoice = CallerVoice()
    shows: tuple[Shown, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that is said, once each, in order."""
        return tuple(dict.fromkeys(step.text for step in self.steps if isinstance(step, Say | SayOver)))


def read_script(data: bytes) -> Script:
    """A script from JSON. Raises BadInput that says what is wrong where."""
    try:
        return msgspec.json.decode(data, type=Script)
    except msgspec.MsgspecError as error:
        raise BadInput(f"the caller's script is malformed: {error}") from error


def write_script(script: Script) -> bytes:
    """The inverse of `read_script`."""
    return msgspec.json.encode(script)
