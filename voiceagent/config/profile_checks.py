"""What must hold between the parts of a profile: what is named exists, nothing is said twice or left unsaid."""

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from voiceagent.background.rendering import fields
from voiceagent.config.capture_checks import check_capture
from voiceagent.config.handing_over_checks import check_callback, handing_over_problem
from voiceagent.config.time_zones import time_zone
from voiceagent.config.withdrawal_file import check_withdrawal
from voiceagent.config.yaml_values import YamlValues, nearest
from voiceagent.conversation.phrase import parse_phrase, slots_in
from voiceagent.conversation.profile import AgentProfile, Intent, SlotSpec, SlotType, Waits
from voiceagent.core.errors import BadInput, ConfigError

_SPOKEN = "_spoken"  # `{x_spoken}` reads {x} one character at a time, days and times in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the parts of a profile stand in its file."""

    root: yaml.Node
    top: Mapping[str, yaml.Node]
    slots: Mapping[str, yaml.Node]
    intents: Mapping[str, yaml.Node]

    def of(self, intent: str, key: str, index: int | None = None) -> yaml.Node:
        """The node of an intent's key (of an item when it is a list), as near as the file has it."""
        return _inside(self.intents[intent], key, index)


def check_profile(
    profile: AgentProfile, sources: Sources, values: YamlValues, tool_fields: Mapping[str, frozenset[str]] | None
) -> None:
    """Complain about everything that does not fit together."""
    if not profile.intents:
        values.complain(
            sources.top.get("intents", sources.root), "intents is empty; a caller must be able to want something"
        )
    if not profile.fallback:
        values.complain(
            sources.top.get("fallback", sources.root),
            "fallback is empty; write what is said when nothing was understood",
        )
    for side, texts in (("yes", profile.opening.yes), ("no", profile.opening.no)):
        if not texts:
            values.complain(sources.top.get("opening"), f"opening.{side} is empty; list the ways of saying {side}")
    if set(profile.opening.yes) & set(profile.opening.no):
        values.complain(sources.top.get("opening"), "opening.yes and opening.no share a phrase; keep it in one of them")
    if set(fields(profile.correction)) != {"said", "now"}:
        values.complain(
            sources.top.get("correction", sources.root),
            "correction names what was said and what it is now: write a sentence with {said} and {now}",
        )
    try:
        time_zone(profile.timezone)
    except ConfigError as problem:
        values.complain(sources.top.get("timezone", sources.root), str(problem))
    check_callback(profile.callback, sources.top.get("callback", sources.root), values)
    check_withdrawal(profile, sources.top, sources.root, values)
    _check_waits(profile.waits, sources.top.get("waits", sources.root), values)
    for slot in profile.slots.values():
        _check_slot(slot, sources.slots[slot.name], values)
    check_capture(profile, sources.top, sources.slots, sources.intents, values)
    for intent in profile.intents:
        _check_phrases(intent, profile, sources, values)
        _check_needs(intent, profile, sources, values)
        _check_tool(intent, sources, values, tool_fields)
        _check_read_back(intent, sources, values)
        _check_handing_over(intent, sources, values)
        _check_templates(intent, profile, sources, values, tool_fields)
    _check_phrases_are_told_apart(profile, sources, values)


def _check_waits(waits: Waits, node: yaml.Node, values: YamlValues) -> None:
    if len(set(waits.fillers)) == 1:
        values.complain(
            _inside(node, "fillers"),
            "waits.fillers has one text; write a second one, so that nobody hears the same twice in a row",
        )
    if not waits.take_your_time:
        hint = "waits.take_your_time answers who asks for time; write a few words, or delete the key"
        values.complain(_inside(node, "take_your_time"), hint)
    if waits.estimate and fields(waits.estimate) != ("left",):
        values.complain(
            _inside(node, "estimate"), 'waits.estimate says how long: write a sentence with {left}, or "" for none'
        )


def _check_slot(slot: SlotSpec, node: yaml.Node, values: YamlValues) -> None:
    where = f"slots.{slot.name}"
    if slot.min_length > slot.max_length:
        values.complain(node, f"{where}.min_length is above max_length; swap them")
    if slot.type is SlotType.CHOICE and not slot.choices:
        values.complain(node, f"{where}.choices is missing; list each value with the ways of saying it")
    if slot.type not in {SlotType.CHOICE, SlotType.NAME} and slot.choices:
        hint = f"{where}.choices is only for `type: choice` and `type: name`; delete it or change the type"
        values.complain(_inside(node, "choices"), hint)
    for value, forms in slot.choices.items():
        if not forms:
            values.complain(_inside(node, "choices"), f"{where}.choices.{value} is empty; list the ways of saying it")


def _check_phrases(intent: Intent, profile: AgentProfile, sources: Sources, values: YamlValues) -> None:
    where = f"intents.{intent.name}.phrases"
    if not intent.phrases:
        values.complain(sources.of(intent.name, "phrases"), f"{where} is empty; write how a caller asks for this")
    for index, phrase in enumerate(intent.phrases):
        node = sources.of(intent.name, "phrases", index)
        try:
            named = slots_in(parse_phrase(phrase))
        except BadInput as problem:
            values.complain(node, f"{where}: {problem}")
            continue
        for slot in named:
            if slot not in profile.slots:
                values.complain(node, f"{where}: there is no slot '{slot}'; {nearest(slot, profile.slots)}")


def _check_needs(intent: Intent, profile: AgentProfile, sources: Sources, values: YamlValues) -> None:
    for index, slot in enumerate(intent.needs):
        if slot not in profile.slots:
            values.complain(
                sources.of(intent.name, "needs", index),
                f"intents.{intent.name}.needs: there is no slot '{slot}'; {nearest(slot, profile.slots)}",
            )


def _check_tool(
    intent: Intent, sources: Sources, values: YamlValues, tool_fields: Mapping[str, frozenset[str]] | None
) -> None:
    where = f"intents.{intent.name}"
    if intent.tool and not intent.not_found:
        values.complain(
            sources.of(intent.name, "tool"),
            f"{where}.not_found is missing; write what is said when the tool finds nothing",
        )
    if intent.not_found and not intent.tool:
        values.complain(
            sources.of(intent.name, "not_found"), f"{where}.not_found is only for intents with a tool; delete it"
        )
    if intent.tool and tool_fields is not None and intent.tool not in tool_fields:
        values.complain(
            sources.of(intent.name, "tool"),
            f"{where}.tool: there is no tool '{intent.tool}'; {nearest(intent.tool, tool_fields)}",
        )


def _check_read_back(intent: Intent, sources: Sources, values: YamlValues) -> None:
    """What a tool that changes something needs; whether a tool does is known when it is loaded."""
    where = f"intents.{intent.name}"
    for key, text in (("confirm", intent.confirm), ("declined", intent.declined)):
        if text and not intent.tool:
            hint = f"{where}.{key} is only for intents whose tool changes something; delete it"
            values.complain(sources.of(intent.name, key), hint)
    if intent.confirm and not intent.confirm.rstrip().endswith("?"):
        values.complain(sources.of(intent.name, "confirm"), f"{where}.confirm must end with a question")
    unread = [slot for slot in intent.needs if not {slot, slot + _SPOKEN} & set(fields(intent.confirm))]
    if intent.confirm and unread:
        hint = f"{where}.confirm does not read back {', '.join(unread)}; the caller must hear all that they confirm"
        values.complain(sources.of(intent.name, "confirm"), hint)
    if intent.confirm and not intent.declined:
        hint = f"{where}.declined is missing; write what is said when the caller says no"
        values.complain(sources.of(intent.name, "confirm"), hint)


def _check_handing_over(intent: Intent, sources: Sources, values: YamlValues) -> None:
    problem = handing_over_problem(intent)
    if problem is not None:
        values.complain(sources.of(intent.name, problem[0]), f"intents.{intent.name}.{problem[0]} {problem[1]}")


def _check_templates(
    intent: Intent,
    profile: AgentProfile,
    sources: Sources,
    values: YamlValues,
    tool_fields: Mapping[str, frozenset[str]] | None,
) -> None:
    """Fields come from the intent's slots and from the result of its tool, whose fields may not be known here."""
    slots = set(intent.needs)
    results = (tool_fields or {}).get(intent.tool)
    for key, template, known in (
        ("say", intent.say, slots | (results or set())),
        ("not_found", intent.not_found, slots),
        ("confirm", intent.confirm, slots),
        ("declined", intent.declined, set()),
    ):
        open_ended = key == "say" and bool(intent.tool) and not results  # a plain mapping does not tell its fields
        for field in fields(template):
            if field in profile.slots and profile.slots[field].type in {SlotType.DATE, SlotType.TIME}:
                hint = f"intents.{intent.name}.{key}: a voice can not read {{{field}}}; write {{{field}{_SPOKEN}}}"
                values.complain(sources.of(intent.name, key), hint)
            if field.removesuffix(_SPOKEN) in known or field in known or open_ended:
                continue
            hint = nearest(field, known)
            if field.removesuffix(_SPOKEN) in profile.slots:
                hint = f"add '{field.removesuffix(_SPOKEN)}' to needs"
            values.complain(
                sources.of(intent.name, key), f"intents.{intent.name}.{key}: nothing fills {{{field}}}; {hint}"
            )


def _check_phrases_are_told_apart(profile: AgentProfile, sources: Sources, values: YamlValues) -> None:
    owners: dict[str, str] = {}
    for intent in profile.intents:
        for index, phrase in enumerate(intent.phrases):
            owner = owners.setdefault(phrase.lower(), intent.name)
            if owner != intent.name:
                values.complain(
                    sources.of(intent.name, "phrases", index),
                    f"intents.{intent.name}.phrases: '{phrase}' belongs to {owner} already; keep it in one of them",
                )


def _inside(node: yaml.Node, key: str, index: int | None = None) -> yaml.Node:
    if not isinstance(node, yaml.MappingNode):
        return node
    for key_node, value in node.value:
        if key_node.value == key:
            if index is not None and isinstance(value, yaml.SequenceNode) and index < len(value.value):
                found: yaml.Node = value.value[index]
                return found
            return value if isinstance(value, yaml.Node) else node
    return node
