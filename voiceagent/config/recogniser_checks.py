"""What must hold for a choice of recogniser, in a profile as in the settings, on machines without its files too."""

from voiceagent.config.yaml_values import nearest
from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.speech.recognisers import RECOGNISERS

_USUAL = RecogniserChoice()


def choice_problems(choice: RecogniserChoice) -> dict[str, str]:
    """By the key of the choice that is wrong: what is wrong and what to do about it."""
    given = [key for key in ("model", "sample_rate_hz") if getattr(choice, key) != getattr(_USUAL, key)]
    if not choice.name:
        return dict.fromkeys(given, "is given without a name of a recogniser; add `name`")
    kind = RECOGNISERS.get(choice.name)
    if kind is None:
        return {"name": f"is '{choice.name}'; {nearest(choice.name, RECOGNISERS)}"}
    problems: dict[str, str] = {}
    if kind.needs_model and not choice.model:
        problems["model"] = f"is missing; {choice.name} needs a model, see docs/recognisers.md"
    if choice.model and not (kind.needs_model or kind.takes_model):
        problems["model"] = f"is not for {choice.name}, which brings its own; delete it"
    if "sample_rate_hz" in given and not kind.any_rate:
        problems["sample_rate_hz"] = f"is not for {choice.name}, which hears 16 kHz; delete it"
    return problems
