"""What of a call is not about its caller: who it was put through to, and who of the house dealt with it. Pure.

A caller has a right to what happened with their data, not to who the people are that did it (CJEU C-579/21).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from voiceagent.records.dossier import CallDossier

_OTHERS: Final = frozenset({"target", "closed_by", "recorded_by", "lifted_by", "revoked_by", "asked_by"})


def own_data_of(dossier: CallDossier) -> CallDossier:
    """The call without the addresses of those it was put through to and without keys of the house's people."""
    return replace(
        dossier,
        transfers=tuple(replace(one, target="") for one in dossier.transfers),
        callbacks=tuple(replace(one, closed_by="") for one in dossier.callbacks),
    )


def own_values_of(values: Mapping[str, Any], nested: Sequence[str] = ()) -> dict[str, Any]:
    """A row without the same; `nested` names members that are looked into as well."""
    found = {name: value for name, value in values.items() if name not in _OTHERS}
    for name in nested:
        found[name] = {inner: value for inner, value in found[name].items() if inner not in _OTHERS}
    return found
