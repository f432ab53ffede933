"""Did they ask not to be called again? For outbound calls, where any clear words count (47 CFR 64.1200(a)(10)).

Rules, no model. A wrong yes costs one call and a wrong no is against the law, so in doubt it is an opt-out. What asks
for another hour ("don't call me before nine") or is about something else ("don't call an ambulance") is none.
"""

import re
from typing import Final

_NOT: Final = "(?:do not|dont)"
_ME: Final = "(?:me|us|here|my (?:phone|number|name|home|house|office)|this (?:number|phone|line))"
_CALL: Final = "(?:(?:call|phone|ring|dial|contact|bother)(?:s|ing|ed)?|dialling|robocalls?)"
_CALLS: Final = "(?:calls?|calling|robocalls?)"
_ANY: Final = "(?:(?:any|all|these|this|the|your|more|further|another|with|of) )*"
_OPT_OUTS: Final = (
    f"{_NOT} (?:you )?(?:ever |you dare |want (?:you )?to (?:be )?)?{_CALL}",
    f"(?:never|no longer) (?:ever |want (?:you )?to (?:be )?)?{_CALL}",
    f"(?:stop|quit|cease) {_ANY}(?:{_CALL}|spam)",
    f"(?:take|remove|delete|get|cross|strike|scratch) {_ME}(?: number)? (?:off|from|out of)",
    f"(?:take|remove|delete) {_ME}(?: please| now| immediately)*$",
    f"put {_ME} on (?:your|the) (?:no|dont|do not) call",
    "do not call list",
    "unsubscribe",
    "opt(?:ing)? (?:me |us )?out",
    "lose (?:my|this) number",
    "leave (?:me|us) alone",
    "(?:revoke|withdraw|take back) (?:my )?(?:consent|permission)",
    f"{_NOT} (?:want|wish|like|need) (?:to (?:get|receive|have) )?{_ANY}{_CALLS}",
    f"{_NOT} (?:want|wish|like|need) to hear from you",
    f"no (?:more|further) {_ANY}{_CALLS}",
)
_ALONE: Final = "^(?:please )?stop(?: please| it| now)?$"
_ANOTHER_TIME: Final = (
    f"{_NOT} (?:call|phone|ring|contact) (?:me |us )?"
    "(?:before|after|until|till|at (?:work|night)|in the (?:morning|evening)|on (?:my|sundays?|mondays?|weekends?))"
)
_ABOUT_ELSE: Final = (
    "(?:why|when|how|if) (?:do|did|dont|do not) (?:you|i) (?:not )?call",
    "(?:never|did not|didnt) (?:call|phone|ring|contact)(?:ed)? (?:you|them|him|her)",
    f"{_NOT} call (?:an? |the |my )?(?:ambulance|police|doctor|lawyer|him|her|them|it|that|yet)",
)
_OPTS_OUT: Final = re.compile(f"\\b(?:{'|'.join(_OPT_OUTS)})\\b|{_ALONE}")
_DOES_NOT: Final = re.compile(f"\\b(?:{'|'.join((_ANOTHER_TIME, *_ABOUT_ELSE))})\\b")
_APOSTROPHES: Final = re.compile("['\u2019]")
_NO_WORDS: Final = re.compile("[^a-z]+")


def asks_not_to_be_called(words: str) -> bool:
    """`words`: one turn of the callee, as recognised. English."""
    plain = _NO_WORDS.sub(" ", _APOSTROPHES.sub("", words.lower())).strip()
    return _OPTS_OUT.search(_DOES_NOT.sub("", plain)) is not None
