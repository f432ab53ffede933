"""The recognisers that this installation needs: those that its profiles choose, and the settings' for the others."""

from collections.abc import Iterable

from voiceagent.config.settings import Settings
from voiceagent.conversation.profile import AgentProfile, RecogniserChoice
from voiceagent.speech.chosen import ChosenRecognisers
from voiceagent.speech.grammar import every_hints
from voiceagent.speech.recognisers import check


def chosen_by(profile: AgentProfile, settings: Settings) -> RecogniserChoice:
    """Who listens to the callers of a profile."""
    return profile.recogniser if profile.recogniser.name else settings.recogniser.choice


def check_recognisers(settings: Settings, profiles: Iterable[AgentProfile]) -> None:
    """Raises ConfigError for the first package, folder or file that is missing, before any process needs it."""
    for choice in {chosen_by(profile, settings) for profile in profiles}:
        check(choice)


def load_recognisers(settings: Settings, profiles: Iterable[AgentProfile]) -> ChosenRecognisers:
    """Models loaded, grammars compiled: no call has to wait for either. Raises ConfigError."""
    recognisers = ChosenRecognisers(settings.recogniser.choice)
    for profile in profiles:
        for hints in every_hints(profile):
            recognisers.prepare(hints)
    return recognisers
