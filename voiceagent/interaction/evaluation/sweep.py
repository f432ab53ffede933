"""Our floor policy at many settings, from one run of the model.

Until the agent takes the floor (or is stopped) nothing that it does depends on how sure it has to be for that, so what
the model said in a run that never takes and never stops is what it would have said in each of the others. Everything
that is judged here is the first take or the first stop: the replay is exact.
"""

from dataclasses import replace
from typing import Final

from voiceagent.audio.frame import SAMPLE_RATE_HZ
from voiceagent.conversation.floor import FloorAct, FloorPolicy, FloorThresholds, FloorView
from voiceagent.conversation.profile import FloorKnobs
from voiceagent.interaction.evaluation.agent_line import agent_span
from voiceagent.interaction.evaluation.decisions import Act, Decision, as_heard
from voiceagent.interaction.evaluation.played import Played

_NEVER: Final = 2.0  # no probability is that high
_ACTS: Final = {FloorAct.TAKE: Act.TAKE, FloorAct.STOP: Act.STOP}


def never(knobs: FloorKnobs) -> FloorThresholds:
    """Thresholds of the run that is recorded: ducks and backchannels as ever, no take and no stop."""
    return replace(FloorThresholds.of(knobs), take=_NEVER, stop=_NEVER)


def stop_at(knobs: FloorKnobs, probability: float) -> FloorThresholds:
    """Thresholds with another certainty for a stop."""
    return replace(FloorThresholds.of(knobs), stop=probability)


def replay(recorded: Played, policy: FloorPolicy, turn_samples: int) -> Played:
    """What would have been heard with that policy. `recorded` comes from a run with `never`."""
    for number, floor in enumerate(recorded.trace, start=1):
        now_s = number * turn_samples / SAMPLE_RATE_HZ
        speaking = _speaking(recorded, number, turn_samples)
        act = policy.step(FloorView(floor=floor, now_ms=round(now_s * 1000), speaking=speaking, protected=False))
        if act in _ACTS and (act is FloorAct.STOP or not recorded.item.agent_speaks):
            heard = as_heard(recorded.item, [Decision(at_s=now_s, act=_ACTS[act])], len(recorded.agent))
            return replace(heard, backchannels_s=tuple(at for at in recorded.backchannels_s if at < now_s))
    return recorded


def _speaking(recorded: Played, turns: int, turn_samples: int) -> bool:
    """Whether the agent had more of its long utterance to say after so many micro-turns."""
    span = agent_span(recorded.item)
    if span is None:
        return False
    began = span[0] // turn_samples
    return began < turns and (turns - began) * turn_samples < span[1] - span[0]
