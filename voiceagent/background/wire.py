"""Delegations on the wire: a package is one JSON object, updates are JSON lines told apart by their `type`.

Versioning rule: fields are only added, with defaults; unknown fields are ignored, unknown update types are refused.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from voiceagent.conversation.claims import Claim
from voiceagent.conversation.delegation import (
    Commentary,
    DelegationPackage,
    DelegationUpdate,
    Instructions,
    Progress,
    Proposed,
    Thinking,
    ToolRan,
    WorkDone,
)
from voiceagent.conversation.secure_capture import Secret
from voiceagent.core.errors import BadInput
from voiceagent.core.ids import ProposalId, ToolCallId


class _Update(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of the tagged union; one class per update, with the same fields."""


class _Commentary(_Update, frozen=True, kw_only=True, omit_defaults=True, tag="commentary"):
    text: str
    claims: tuple[Claim, ...] = ()


class _Thinking(_Update, frozen=True, kw_only=True, tag="thinking"):
    text: str


class _Instructions(_Update, frozen=True, kw_only=True, tag="instructions"):
    text: str


class _Progress(_Update, frozen=True, kw_only=True, omit_defaults=True, tag="progress"):
    text: str = ""
    seconds_left: float | None = None


class _Proposed(_Update, frozen=True, kw_only=True, tag="proposed"):
    proposal_id: ProposalId
    tool: str
    effect: str
    read_back: str
    values: dict[str, str] = {}


class _ToolRan(_Update, frozen=True, kw_only=True, tag="tool_ran"):
    tool_call_id: ToolCallId
    name: str
    arguments: dict[str, Any]
    status: str
    result: dict[str, Any]
    duration_ms: int
    error: str = ""
    decision: str = ""


class _WorkDone(_Update, frozen=True, kw_only=True, tag="work_done"):
    outcome: str
    detail: str = ""


_WIRE: dict[type[DelegationUpdate], type[_Update]] = {
    Commentary: _Commentary,
    Thinking: _Thinking,
    Instructions: _Instructions,
    Progress: _Progress,
    Proposed: _Proposed,
    ToolRan: _ToolRan,
    WorkDone: _WorkDone,
}
_VALUE = {wire: value for value, wire in _WIRE.items()}
_UPDATE_DECODER = msgspec.json.Decoder(
    _Commentary | _Thinking | _Instructions | _Progress | _Proposed | _ToolRan | _WorkDone
)
_CAPTURED_DECODER = msgspec.json.Decoder(dict[str, str])
_PACKAGE_DECODER = msgspec.json.Decoder(DelegationPackage)


def encode_package(package: DelegationPackage) -> bytes:
    """A package as JSON."""
    return msgspec.json.encode(package)


def decode_package(body: bytes) -> DelegationPackage:
    """The inverse of `encode_package`. Raises BadInput."""
    try:
        return _PACKAGE_DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput(f"delegation package is malformed: {error}") from error


def encode_captured(captured: Mapping[str, Secret]) -> bytes:
    """What was captured, by slot, as JSON. For the one request that carries it."""
    return msgspec.json.encode({slot: secret.reveal() for slot, secret in captured.items()})


def decode_captured(body: bytes) -> dict[str, Secret]:
    """The inverse of `encode_captured`. Raises BadInput, which quotes nothing."""
    try:
        values = _CAPTURED_DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadInput("captured values are one JSON object, from slots to texts") from None
    return {slot: Secret(value) for slot, value in values.items()}


def encode_update(update: DelegationUpdate) -> bytes:
    """One update as a JSON line, newline included."""
    fields = {name: getattr(update, name) for name in type(update).__dataclass_fields__}
    return msgspec.json.encode(_WIRE[type(update)](**fields)) + b"\n"


def decode_update(line: bytes | str) -> DelegationUpdate:
    """The inverse of `encode_update`. Raises BadInput."""
    try:
        wire = _UPDATE_DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput(f"delegation update is malformed: {error}") from error
    return _VALUE[type(wire)](**msgspec.structs.asdict(wire))
