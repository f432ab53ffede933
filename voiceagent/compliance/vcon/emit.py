"""A call as a vCon, unsigned. Pure: the same call and options give the same container, byte for byte."""

from typing import Any, Final

from voiceagent.compliance.canonical import rfc3339
from voiceagent.compliance.vcon.analyses import analyses_of
from voiceagent.compliance.vcon.attachments import attachments_of
from voiceagent.compliance.vcon.container_id import container_id
from voiceagent.compliance.vcon.dialogs import Media, dialogs_of
from voiceagent.compliance.vcon.parties import parties_of
from voiceagent.compliance.vcon.profile import VconOptions
from voiceagent.compliance.withheld_words import still_withheld
from voiceagent.records.dossier import CallDossier

CONTACT_CENTRE: Final = "CC"  # draft-ietf-vcon-cc-extension: role, interaction_id


def emit(dossier: CallDossier, media: Media, options: VconOptions) -> dict[str, Any]:
    """The container as JSON values. `media` has the files that are delivered with it, by recording id.

    `created_at` is the end of the call: a container says when its content was final, not when it was written down.
    """
    dossier = still_withheld(dossier)
    record = dossier.record
    content: dict[str, Any] = {
        "vcon": options.profile.value,
        "created_at": rfc3339(record.ended_at or record.started_at),
        "subject": f"call {record.call_id}",
        "extensions": [CONTACT_CENTRE],
        "parties": parties_of(dossier, options.organisation),
        "dialog": dialogs_of(dossier, media, options.media_url),
        "analysis": analyses_of(dossier),
        "attachments": attachments_of(dossier, media),
    }
    if options.redacts is not None:
        content[options.profile.redacted] = {"uuid": options.redacts.uuid, "type": options.redacts.kind}
    if options.amends is not None:
        content[options.profile.amended] = {"uuid": options.amends.uuid}
    return {"uuid": container_id(record.started_at, content), **content}
