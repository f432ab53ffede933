"""Prompts rendered ahead of time, loaded for a gateway: text -> audio, no voice engine needed."""

from collections.abc import Mapping
from pathlib import Path

from voiceagent.conversation.profile import AgentProfile
from voiceagent.speech.contract import SpeechChunk
from voiceagent.speech.prompts import load, prompt_texts, render, voice_name


def prompt_folder(state: Path) -> Path:
    return state / "prompts"


def render_prompts(state: Path, profile: AgentProfile) -> int:
    """Render what is missing; how many were new. Loads the voice engine."""
    from voiceagent.speech.espeak import EspeakVoice

    return render(EspeakVoice(profile.voice), prompt_texts(profile), prompt_folder(state))


def load_prompts(state: Path, profile: AgentProfile) -> dict[str, SpeechChunk]:
    """Every fixed text of a profile as audio. Raises NotFound for one that was never rendered."""
    folder, voice = prompt_folder(state), voice_name(profile.voice)
    prompts = (load(folder, voice, text) for text in prompt_texts(profile))
    return {prompt.text: SpeechChunk(pcm=prompt.pcm, words=prompt.words) for prompt in prompts}


class PromptShelf:
    """The prompts of each version of each profile, loaded once."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._prompts: dict[str, Mapping[str, SpeechChunk]] = {}

    def of(self, profile: AgentProfile) -> Mapping[str, SpeechChunk]:
        """Raises NotFound for a text that was never rendered."""
        if profile.sha256 not in self._prompts:
            self._prompts[profile.sha256] = load_prompts(self._state, profile)
        return self._prompts[profile.sha256]
