"""`withdrawal` of a profile: how a caller ends the recording. And what is said of us, which has to be the truth."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Final

import yaml

from voiceagent.config.yaml_values import YamlValues
from voiceagent.conversation.honesty import tells_what_we_are
from voiceagent.conversation.phrase import plain_words
from voiceagent.conversation.profile import AgentProfile, WithdrawalTerms
from voiceagent.conversation.withdrawal import withdrawal_in

_KEYS: Final = frozenset(field.name for field in dataclasses.fields(WithdrawalTerms))
_PRESSED: Final = re.compile(r"[*#][0-9*#]{1,3}")  # a figure in front could be the beginning of a number
_HONEST: Final = ("about_me", "back_again")


def read_withdrawal(values: YamlValues, node: yaml.Node | None) -> WithdrawalTerms:
    """The section, with what is usual where it says nothing."""
    usual = WithdrawalTerms()
    entries = values.section(node, "withdrawal", _KEYS)
    return WithdrawalTerms(
        keys=values.text(entries, "keys", "withdrawal", usual.keys),
        keeps_earlier=values.yes_or_no(entries, "keeps_earlier", "withdrawal", default=usual.keeps_earlier),
        stopped=values.text(entries, "stopped", "withdrawal", usual.stopped),
        not_recording=values.text(entries, "not_recording", "withdrawal", usual.not_recording),
    )


def check_withdrawal(profile: AgentProfile, top: Mapping[str, yaml.Node], root: yaml.Node, values: YamlValues) -> None:
    """Complain about keys that cannot be pressed, answers that say nothing, and answers that are not true."""
    terms, node = profile.withdrawal, top.get("withdrawal", root)
    if not _PRESSED.fullmatch(terms.keys):
        values.complain(node, "withdrawal.keys are two to four keys that begin with * or #: write '*9'")
    for key in ("stopped", "not_recording"):
        text = getattr(terms, key)
        if not text:
            values.complain(node, f"withdrawal.{key} is empty; say that nothing is recorded any more")
        elif withdrawal_in(" ".join(plain_words(text))):
            values.complain(node, f"withdrawal.{key} would stop the recording if it was heard back; use other words")
    for key in _HONEST:
        if not tells_what_we_are(getattr(profile, key)):
            hint = f"{key} has to say that this is an AI, a computer or a machine, and not that it is a person"
            values.complain(top.get(key, root), hint)
