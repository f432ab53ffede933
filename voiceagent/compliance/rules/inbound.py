"""What the rules of places mean for a call that comes in."""

from dataclasses import replace
from datetime import date

from voiceagent.compliance.rules.book import RuleBook
from voiceagent.compliance.rules.place import Place, place_of_number
from voiceagent.compliance.rules.recording import consent_mode
from voiceagent.compliance.rules.rules import Rules
from voiceagent.conversation.profile import AgentProfile


def rules_of_call(book: RuleBook, *, caller: str, callee: str, home: Place | None, today: date) -> Rules:
    """Those of the caller's place and of ours. A caller who cannot be placed has the strictest there are.

    home: where we are, when that is known better than from the called number.
    """
    return book.for_places([place_of_number(caller), home or place_of_number(callee)], today)


def under_rules(profile: AgentProfile, rules: Rules) -> AgentProfile:
    """The profile as it may be used there: it asks for a yes where the rules want one."""
    asked = consent_mode(rules.recording, profile.opening.consent)
    return replace(profile, opening=replace(profile.opening, consent=asked))
