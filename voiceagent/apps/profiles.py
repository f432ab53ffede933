"""The agent profiles of this installation: the shipped one and those that settings name."""

from pathlib import Path

from voiceagent.config.profile_file import default_profile, load_profile
from voiceagent.config.settings import NumberSettings, Settings
from voiceagent.conversation.profile import AgentProfile
from voiceagent.core.errors import ConfigError


def load_profiles(settings: Settings) -> dict[str, AgentProfile]:
    """Profiles by name; a file of the same name replaces the shipped one. Raises ConfigError."""
    profiles = {profile.name: profile for profile in (default_profile(),)}
    for path in settings.profiles:
        profile = load_profile(path)
        profiles[profile.name] = profile
    missing = {number.profile for number in settings.numbers} - profiles.keys()
    if missing:
        raise ConfigError(
            f"numbers refer to profiles that do not exist: {', '.join(sorted(missing))}; "
            f"known: {', '.join(sorted(profiles))}; add the agent.yaml to `profiles`"
        )
    return profiles


def answered_by(settings: Settings, profile: Path) -> Settings:
    """The settings with this agent.yaml, or the folder it lies in, at the first number. Raises ConfigError."""
    first, *others = settings.numbers or (NumberSettings(number="+15550100", profile=""),)
    answering = first.model_copy(update={"profile": load_profile(profile).name})
    profiles = (*settings.profiles, profile.absolute())
    return settings.model_copy(update={"profiles": profiles, "numbers": (answering, *others)})
