"""`outbound` of a profile: what is said in calls that we place. What the law asks for cannot be left out."""

import dataclasses
from typing import Final

import yaml

from voiceagent.compliance.rules.opt_out import asks_not_to_be_called
from voiceagent.config.yaml_values import YamlValues
from voiceagent.conversation.honesty import tells_what_we_are
from voiceagent.conversation.profile import OutboundScript

_KEYS: Final = frozenset(field.name for field in dataclasses.fields(OutboundScript))
_USUAL_LAST_WORD: Final = "Goodbye."


def read_outbound(values: YamlValues, node: yaml.Node | None) -> OutboundScript | None:
    """The section; None without one: then the profile is not used for calls that we place."""
    if node is None:
        return None
    entries = values.section(node, "outbound", _KEYS)

    def legal(key: str, remedy: str) -> str:
        return values.required_text(entries, key, "outbound", node, remedy)

    script = OutboundScript(
        identification=legal("identification", "say who calls, by the registered name, and that it is an AI"),
        offer=legal("offer", "say how not to be called again: press 9, or say 'stop calling me'"),
        reach_us=legal("reach_us", "say on which number you can be called back"),
        greeting=legal("greeting", "write what the agent says once consent is settled: what the call is about"),
        opted_out=values.text(entries, "opted_out", "outbound", _USUAL_LAST_WORD),
    )
    if script.identification and not tells_what_we_are(script.identification):
        values.complain(node, "outbound.identification has to say that this is an AI, a computer or a machine")
    if script.offer and not ("9" in script.offer or "nine" in script.offer.lower()):
        values.complain(node, "outbound.offer has to name the key 9: it opts out, whatever else does")
    if asks_not_to_be_called(script.opted_out):
        values.complain(node, "outbound.opted_out is what we say at the end, not what they say; write 'Goodbye.'")
    return script
