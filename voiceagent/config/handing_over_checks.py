"""What must hold where a profile hands callers over to people."""

import re
from typing import Final

import yaml

from voiceagent.background.rendering import fields
from voiceagent.config.yaml_values import YamlValues
from voiceagent.conversation.profile import CallbackTexts, Intent, Then

_SIP_URI: Final = re.compile(r"sips?:[^\s<>?\"]{1,200}")  # headers are ours to add
_NUMBER_IN: Final = ("check", "agreed", "if_silent")


def handing_over_problem(intent: Intent) -> tuple[str, str] | None:
    """(key, problem) of an intent that leads to a person in a way that cannot work; None when it is fine."""
    if intent.then is Then.TRANSFER and not _SIP_URI.fullmatch(intent.transfer_to):
        return "transfer_to", "is where the caller is put through to: write a SIP URI like sip:orders@pbx.example.com"
    if intent.transfer_to and intent.then is not Then.TRANSFER:
        return "transfer_to", "is only for `then: transfer`; delete it or change `then`"
    if intent.then in (Then.TRANSFER, Then.CALLBACK) and intent.tool:
        return "tool", f"does not go with `then: {intent.then}`; make two intents of it"
    return None


def check_callback(texts: CallbackTexts, node: yaml.Node, values: YamlValues) -> None:
    """A yes must answer a question, and the caller must hear the number that is called."""
    for key in ("offer", "check"):
        if not getattr(texts, key).rstrip().endswith("?"):
            values.complain(node, f"callback.{key} must end with a question")
    for key in _NUMBER_IN:
        if key == "if_silent" and not texts.if_silent:
            continue  # nothing is promised
        if fields(getattr(texts, key)) != ("number",):
            values.complain(node, f"callback.{key} reads the number back: write a sentence with {{number}}")
