"""The JSON Schema of what we emit: the draft's members that we use, closed, so that a misspelt one is found.

Own words, after draft-ietf-vcon-vcon-core (commit 2342aba) and the contact-centre extension. It is narrower than the
draft's own schema: what is valid here is valid there.
"""

from typing import Any, Final

from voiceagent.compliance.vcon.profile import VconProfile

_TEXT: Final = {"type": "string"}
_TIME: Final = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
_UUID: Final = {
    "type": "string",
    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
}
_INDEX: Final = {"type": "integer", "minimum": 0}
_HASH: Final = {"type": "string", "pattern": "^sha512-[A-Za-z0-9_-]{86}$"}
_INLINE: Final = {"mediatype": {"const": "application/json"}, "encoding": {"const": "json"}, "body": {"type": "object"}}


def _object(members: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": members, "required": sorted(required)}


_PARTY = _object(
    {
        "tel": {"type": "string", "pattern": r"^tel:\+[0-9]{4,15}$"},
        "sip": {"type": "string", "pattern": "^sips?:"},
        "name": _TEXT,
        "validation": _TEXT,
        "uuid": _TEXT,
        "type": {"enum": ["person", "bot", "organization"]},
        "org": _TEXT,
        "role": {"enum": ["agent", "customer", "supervisor", "sme", "thirdparty"]},
    },
    "type",
)

_HISTORY = _object({"party": _INDEX, "time": _TIME, "event": {"enum": ["join", "drop"]}}, "party", "time", "event")

_DIALOG = _object(
    {
        "type": {"enum": ["recording", "incomplete", "transfer"]},
        "start": _TIME,
        "duration": {"type": "number", "minimum": 0},
        "parties": {"type": "array", "items": _INDEX, "minItems": 1},
        "mediatype": {"const": "audio/x-wav"},
        "filename": _TEXT,
        "url": {"type": "string", "pattern": "^https://"},
        "content_hash": _HASH,
        "disposition": {"enum": ["no-answer", "congestion", "failed", "busy", "hung-up"]},
        "interaction_id": _TEXT,
        "party_history": {"type": "array", "items": _HISTORY},
        "transferee": _INDEX,
        "transferor": _INDEX,
        "transfer_target": _INDEX,
        "original": _INDEX,
    },
    "type",
    "start",
)
_DIALOG["dependentRequired"] = {"url": ["content_hash", "mediatype"]}

_ANALYSIS = _object(
    {
        "type": {"enum": ["transcript", "report"]},
        "dialog": _INDEX,
        "vendor": _TEXT,
        "product": _TEXT,
        "schema": _TEXT,
        **_INLINE,
    },
    "type",
    "dialog",
    "vendor",
    "schema",
    *_INLINE,
)

_ATTACHMENT = _object(
    {
        "purpose": {"enum": ["disclosure", "notice", "consent", "lawful_basis", "recording-gap"]},
        "start": _TIME,
        "party": _INDEX,
        "dialog": _INDEX,
        **_INLINE,
    },
    "purpose",
    "start",
    "party",
    "dialog",
    *_INLINE,
)


def vcon_schema(profile: VconProfile = VconProfile.V0_4_0) -> dict[str, Any]:
    """JSON Schema, draft 2020-12."""
    members = {
        "vcon": {"const": profile.value},
        "uuid": _UUID,
        "created_at": _TIME,
        "subject": _TEXT,
        "extensions": {"const": ["CC"]},
        profile.redacted: _object({"uuid": _UUID, "type": _TEXT}, "uuid", "type"),
        profile.amended: _object({"uuid": _UUID}, "uuid"),
        "parties": {"type": "array", "items": _PARTY, "minItems": 3},
        "dialog": {"type": "array", "items": _DIALOG, "minItems": 1},
        "analysis": {"type": "array", "items": _ANALYSIS},
        "attachments": {"type": "array", "items": _ATTACHMENT},
    }
    optional = {profile.redacted, profile.amended}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"vCon {profile.value} as voiceagent emits it",
        **_object(members, *(set(members) - optional)),
        "not": {"required": sorted(optional)},
    }
