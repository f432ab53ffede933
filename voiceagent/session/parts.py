"""What a call session is wired from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from voiceagent.compliance.redaction.call import CallRedaction
from voiceagent.conversation.hearing import Hints
from voiceagent.interaction.contract import SessionContext
from voiceagent.session.ports import BackgroundAgent, InteractionWorkers, Journal, Leg, OptOuts, Recorder, Responder
from voiceagent.session.talk import Talk
from voiceagent.speech.contract import SpeechChunk


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionParts:
    """What a session is wired from; `apps` makes one per call."""

    leg: Leg
    context: SessionContext
    workers: InteractionWorkers
    journal: Journal
    responder: Responder
    consent_hints: Hints
    agent: BackgroundAgent
    prompts: Mapping[str, SpeechChunk]  # text -> audio rendered ahead of the call
    make_recorder: Callable[[int], tuple[str, Recorder]]  # start_ms -> (recording id, recorder)
    make_clip: Callable[[int], tuple[str, Recorder]] | None  # of a spoken yes; None keeps none
    make_talk: Callable[[int], Talk]  # micro-turn in ms -> talk
    outbound: bool = False  # we call them
    opt_outs: OptOuts | None = None  # of a call that we place
    redaction: CallRedaction = field(default_factory=CallRedaction)
    clock_limit_s: float = 15.0  # a call whose media clock stands still for so long is over
