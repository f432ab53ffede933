"""A profile as it opens a call that we place. Pure.

First who calls and that it is an AI, in the next breath how not to be called again, then the recording and where to
call back, and only then the question (47 CFR 64.1200(b)).
"""

from dataclasses import replace

from voiceagent.conversation.profile import AgentProfile
from voiceagent.core.errors import BadInput


def for_outbound(profile: AgentProfile) -> AgentProfile:
    """The same agent, who calls instead of being called. Raises BadInput for a profile that says nothing of it."""
    script = profile.outbound
    if script is None:
        raise BadInput(f"the profile {profile.name} has no `outbound` section, so it places no calls: write one")
    opening = replace(
        profile.opening,
        disclosure=script.identification,
        offer=script.offer,
        notice=f"{profile.opening.notice} {script.reach_us}".strip(),
    )
    return replace(profile, opening=opening, greeting=script.greeting)
