"""The recognisers that this installation needs: those that its profiles choose, and the settings' for the others."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from voiceagent.config.settings import Settings
from voiceagent.conversation.profile import AgentProfile, RecogniserChoice
from voiceagent.core.errors import Unavailable
from voiceagent.speech.chosen import ChosenRecognisers
from voiceagent.speech.grammar import every_hints
from voiceagent.speech.moonshine import files
from voiceagent.speech.recognisers import check, usual


def chosen_by(profile: AgentProfile, settings: Settings) -> RecogniserChoice:
    """Who listens to the callers of a profile: its choice, that of the settings, or the best that is here."""
    if profile.recogniser.name:
        return profile.recogniser
    return replace(_otherwise(settings), language=profile.recogniser.language)


def undecided(profile: AgentProfile, settings: Settings) -> bool:
    """Whether nobody chose who listens to the callers of a profile."""
    return not profile.recogniser.name and not settings.recogniser.name


def fetch_missing(settings: Settings, profiles: Iterable[AgentProfile], progress: Callable[[str], None]) -> None:
    """Get moonshine's files when nobody decided for another recogniser. Without a network pocketsphinx listens."""
    if usual().name == "moonshine" or not any(undecided(profile, settings) for profile in profiles):
        return
    progress(f"fetching the recogniser moonshine (22 MB, once) into {files.usual_folder()}")
    try:
        files.fetch(files.usual_folder())
    except Unavailable as error:
        progress(f"{error}; pocketsphinx listens instead, which hears less")


def check_recognisers(settings: Settings, profiles: Iterable[AgentProfile]) -> None:
    """Raises ConfigError for the first package, folder or file that is missing, before any process needs it."""
    for choice in {chosen_by(profile, settings) for profile in profiles}:
        check(choice)


def load_recognisers(settings: Settings, profiles: Iterable[AgentProfile]) -> ChosenRecognisers:
    """Models loaded, grammars compiled: no call has to wait for either. Raises ConfigError."""
    recognisers = ChosenRecognisers(_otherwise(settings))
    for profile in profiles:
        for hints in every_hints(profile):
            recognisers.prepare(hints)
    return recognisers


def _otherwise(settings: Settings) -> RecogniserChoice:
    return settings.recogniser.choice if settings.recogniser.name else usual()
