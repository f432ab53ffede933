"""What a profile that captures a card number must hold to: the value goes from the keys to one tool only."""

from collections.abc import Mapping

import yaml

from voiceagent.config.yaml_values import YamlValues
from voiceagent.conversation.phrase import parse_phrase, slots_in
from voiceagent.conversation.profile import AgentProfile, Capture, Intent, SlotSpec, SlotType
from voiceagent.core.errors import BadInput

_SHORTEST_CARD = 12


def check_capture(
    profile: AgentProfile,
    top: Mapping[str, yaml.Node],
    slots: Mapping[str, yaml.Node],
    intents: Mapping[str, yaml.Node],
    values: YamlValues,
) -> None:
    """Complain about slots that cannot be captured, and about everything that would see what was."""
    captured = {slot.name: slot for slot in profile.slots.values() if slot.capture}
    for name, slot in captured.items():
        for problem in _problems_of_slot(slot):
            values.complain(slots[name], f"slots.{name} {problem}")
    if captured and profile.agent is not None:
        values.complain(
            top["agent"], f"agent: a model would be told of {', '.join(captured)}; delete `agent` or `capture`"
        )
    for intent in profile.intents:
        for problem in _problems_of_intent(intent, captured):
            values.complain(intents[intent.name], f"intents.{intent.name} {problem}")


def _problems_of_slot(slot: SlotSpec) -> list[str]:
    problems = []
    if slot.type is not SlotType.DIGITS:
        problems.append("has `capture`, so it is typed: write `type: digits`")
    if slot.capture is Capture.CARD and slot.min_length < _SHORTEST_CARD:
        problems.append("is a card number: write min_length: 13 and max_length: 19, or what your cards have")
    return problems


def _problems_of_intent(intent: Intent, captured: Mapping[str, SlotSpec]) -> list[str]:
    needed = [name for name in intent.needs if name in captured]
    problems = [
        f"names {{{name}}} in a phrase, but it is typed: ask for it in `needs`" for name in _named(intent, captured)
    ]
    if not needed:
        return problems
    if not intent.tool:
        problems.append(f"captures {needed[0]}, which only a tool may see: name its `tool`")
    if intent.confirm:
        problems.append(
            f"captures {needed[0]}, and has a `confirm`: a change is written down until it is confirmed, so let "
            "one tool exchange the value for a token, and another one charge that"
        )
    if tuple(needed) != intent.needs[len(intent.needs) - len(needed) :]:
        problems.append(f"keeps {needed[0]} while it asks for more: put what is captured last in `needs`")
    return problems


def _named(intent: Intent, captured: Mapping[str, SlotSpec]) -> list[str]:
    named: set[str] = set()
    for phrase in intent.phrases:
        try:
            named |= {name for name in slots_in(parse_phrase(phrase)) if name in captured}
        except BadInput:
            continue  # told already
    return sorted(named)
