"""Sets of dialogues: made ones, and folders with `dialogues.json` and the agent profiles that they are for."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from voiceagent.config.profile_file import load_profile, shipped_profile
from voiceagent.conversation.profile import AgentProfile
from voiceagent.core.errors import ConfigError
from voiceagent.testing.planner.dialogue import Dialogue
from voiceagent.testing.planner.making import make_dialogues
from voiceagent.testing.planner.wordings import WORDINGS

_FILE = "dialogues.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueSet:
    """Dialogues and the profiles they name."""

    dialogues: tuple[Dialogue, ...]
    profiles: dict[str, AgentProfile]


def made_set(name: str, count: int, seed: int) -> DialogueSet:
    """Made dialogues on the shipped lines. Raises ConfigError for a name that there is no wording for."""
    if name not in WORDINGS:
        raise ConfigError(f"there are no made dialogues {name!r}; use one of {', '.join(WORDINGS)}")
    return _with_profiles(make_dialogues(name, count, seed), None)


def read_set(folder: Path) -> DialogueSet:
    """A set from a folder and the profiles (*.yaml) beside it, else the shipped ones. Raises ConfigError."""
    path = folder / _FILE
    try:
        dialogues = msgspec.json.decode(path.read_bytes(), type=tuple[Dialogue, ...])
    except OSError as failure:
        raise ConfigError(f"cannot read {path}: {failure}; make one with `bench planner --save`") from failure
    except msgspec.DecodeError as failure:
        raise ConfigError(f"{path} holds no dialogues: {failure}") from failure
    if not dialogues:
        raise ConfigError(f"{path} holds no dialogues; make some with `bench planner --save`")
    return _with_profiles(dialogues, folder)


def write_set(folder: Path, chosen: DialogueSet) -> None:
    """Write the dialogues, one readable file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _FILE).write_bytes(msgspec.json.format(msgspec.json.encode(chosen.dialogues), indent=1) + b"\n")


def _with_profiles(dialogues: tuple[Dialogue, ...], folder: Path | None) -> DialogueSet:
    names = dict.fromkeys(dialogue.profile for dialogue in dialogues)
    own = [load_profile(path) for path in sorted(folder.glob("*.yaml"))] if folder is not None else []
    known = {profile.name: profile for profile in own}
    profiles = {name: known[name] if name in known else shipped_profile(name) for name in names}
    return DialogueSet(dialogues=dialogues, profiles=profiles)
