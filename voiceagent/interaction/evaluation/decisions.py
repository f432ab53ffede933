"""What a caller would have heard of an agent, from its decisions alone.

For systems that cannot sit in the closed loop: other people's (benchmarks/peers), and our own floor policy replayed at
other thresholds. They must decide from the caller's audio and from whether the agent speaks, so that nothing which
comes after the first decision can change it.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from voiceagent.audio.frame import SAMPLE_RATE_HZ
from voiceagent.core.errors import ConfigError
from voiceagent.interaction.evaluation.agent_line import agent_span, meant, reply
from voiceagent.interaction.evaluation.played import Played
from voiceagent.interaction.evaluation.scenarios import ScenarioItem


class Act(StrEnum):
    TAKE = "take"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """at_s: seconds from the start of the recording, when it takes effect."""

    at_s: float
    act: Act


def as_heard(item: ScenarioItem, decisions: list[Decision], samples: int) -> Played:
    """The item with an agent that decided so. A reply is always ready and begins with its first sound; as in the
    closed loop the floor is taken once at most, and what was stopped does not go on."""
    intended = meant(item, samples)
    agent = intended.copy()
    took_s = None
    begin = span[0] if (span := agent_span(item)) else None
    for decision in sorted(decisions, key=lambda one: one.at_s):
        at = min(samples, int(decision.at_s * SAMPLE_RATE_HZ))
        if decision.act is Act.TAKE and begin is None:
            begin, took_s = at, decision.at_s
            pcm = reply().pcm[: samples - at]
            agent[at : at + len(pcm)] = pcm
        elif decision.act is Act.STOP and begin is not None and at >= begin:
            agent[at:] = 0
            break
    return Played(item=item, agent=agent, meant=intended, took_s=took_s)


def read_decisions(path: Path) -> dict[str, list[Decision]]:
    """`{"ITEM": [[seconds, "take" or "stop"], ...]}`. Raises ConfigError for anything else."""
    try:
        held = json.loads(path.read_text())
        return {name: [Decision(at_s=float(at), act=Act(act)) for at, act in acts] for name, acts in held.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} holds no decisions: {error!r}") from error
