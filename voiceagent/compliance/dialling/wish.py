"""Who is to be called and how, as whoever asks has it."""

from dataclasses import dataclass
from datetime import datetime

from voiceagent.compliance.rules.outbound import OutboundQuestion
from voiceagent.compliance.rules.place import place_of_number, stated_place
from voiceagent.compliance.rules.rules import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Callee:
    """What the gate has to know of a call. `callee_place`: where they are known to be, as `US-FL`. PII."""

    number: str  # E.164
    purpose: Purpose
    campaign: str
    callee_place: str = ""
    human_intro: bool = False
    exemption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWish:
    """`line`: the number of ours that they see; `profile`: "" is the line's; `trunk`: "" is the only one."""

    callee: Callee
    line: str
    profile: str = ""
    trunk: str = ""


def question_of(callee: Callee, now: datetime) -> OutboundQuestion:
    """Raises BadInput for a place that there is not."""
    of_number = place_of_number(callee.number)
    stated = stated_place(callee.callee_place) if callee.callee_place else None
    return OutboundQuestion(
        purpose=callee.purpose,
        campaign=callee.campaign,
        places=(of_number, stated) if stated else (of_number,),
        zones=stated.zones if stated else of_number.zones,
        at=now,
        human_intro=callee.human_intro,
        exemption=callee.exemption,
    )
