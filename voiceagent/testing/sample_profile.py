"""A profile of few words, for tests that count milliseconds: every word is 200 ms in the `ToneVoice`."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from voiceagent.conversation.hearing import Recognised
from voiceagent.conversation.opening import Verdict
from voiceagent.conversation.profile import (
    AgentProfile,
    CallbackTexts,
    Intent,
    OpeningScript,
    OutboundScript,
    Then,
    Waits,
)
from voiceagent.conversation.reply import Reply, WorkRequest

SAMPLE_TIME: Final = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday
_OPENING = OpeningScript(
    disclosure="I am an assistant",
    notice="calls are recorded",
    question="may we",
    thanks_granted="thanks",
    thanks_denied="fine",
    yes=("yes",),
    no=("no",),
)
_PROFILE = AgentProfile(
    name="sample",
    company="Sample",
    opening=_OPENING,
    greeting="hello there",
    intents=(
        Intent(name="hours", phrases=("opening hours",), say="eight to six"),
        Intent(name="order", phrases=("where is my order", "another order"), tool="crm.lookup"),
        Intent(
            name="person",
            phrases=("a person",),
            say="putting you through",
            then=Then.TRANSFER,
            transfer_to="sip:people@pbx.test",
        ),
        Intent(name="call me", phrases=("call me back",), say="gladly", then=Then.CALLBACK),
        Intent(name="goodbye", phrases=("goodbye",), say="thank you bye", then=Then.HANG_UP),
    ),
    fallback=("pardon",),
    callback=CallbackTexts(
        closed="nobody is here",
        unreached="nobody answers",
        offer="shall we call?",
        which="which number",
        check="{number} right?",
        agreed="we call {number}",
        if_silent="if we part we call {number}",
        declined="no call then",
    ),
    apology="sorry something broke",
    unreachable="the system is down",
    waits=Waits(fillers=("one moment", "still looking"), reprompt="still there", goodbye="bye then"),
)

SAMPLE_REPLIES: Final = {
    "opening hours": Reply(say="eight to six every day", intent="hours"),
    "where is my order": Reply(intent="order", work=WorkRequest(intent="order", slots={"number": "4821"})),
    "another order": Reply(intent="order", work=WorkRequest(intent="order", slots={"number": "5000"})),
    "goodbye": Reply(say="thank you bye", intent="goodbye", then=Then.HANG_UP),
    "a person": Reply(say="putting you through", intent="person", then=Then.TRANSFER, slots={"number": "4821"}),
    "call me back": Reply(say="gladly", intent="call me", then=Then.CALLBACK),
    "anything more": Reply(say="that was all is there anything else?", intent="hours"),
    "no": Reply(say="how can I help", intent="no"),
    "no?": Reply(say="thank you bye", intent="goodbye", then=Then.HANG_UP),
    "mm-hm": Reply(intent="listening"),
    "one two": Reply(say="number twelve", intent="typed"),
}


SAMPLE_CALLING: Final = OutboundScript(
    identification="sample calling I am an assistant",
    offer="press nine to opt out",
    reach_us="call us on five",
    greeting="your parcel is here",
    opted_out="bye then",
)


def sample_profile(**changes: Any) -> AgentProfile:
    """The profile, with fields replaced; `opening` and `waits` take mappings of their own fields."""
    opening = replace(_OPENING, **changes.pop("opening", {}))
    waits = replace(_PROFILE.waits, **changes.pop("waits", {}))
    return replace(_PROFILE, opening=opening, waits=waits, **changes)


def judge_by_list(heard: Recognised, profile: AgentProfile) -> Verdict:
    """A consent judge that knows the listed phrases and nothing else."""
    if heard.text in profile.opening.yes:
        return Verdict.GRANTED
    return Verdict.DENIED if heard.text in profile.opening.no else Verdict.UNCLEAR
