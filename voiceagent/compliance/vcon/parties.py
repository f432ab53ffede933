"""Who took part: the caller or whom we called, the agent, the organisation, and who a call was transferred to."""

import re
from typing import Any, Final

from voiceagent.records.dossier import CallDossier
from voiceagent.telephony.cdr import CallDetailRecord

CALLER: Final = 0
AGENT: Final = 1
ORGANISATION: Final = 2
_E164 = re.compile(r"\+[1-9][0-9]{3,14}")


def parties_of(dossier: CallDossier, organisation: str) -> list[dict[str, Any]]:
    """In the order of the constants; the targets of transfers that went through follow, in their order."""
    record = dossier.record
    caller = {**_address(record.person), "type": "person", "role": "customer", "validation": "none"}
    agent = {
        "name": record.profile or "agent",
        "type": "bot",
        "org": organisation,
        "role": "agent",
        "uuid": f"{record.profile}@{record.profile_version}",
    }
    house = {"name": "voiceagent", "type": "organization", "org": organisation}
    people = [{**_address(transfer.target), "type": "person", "role": "agent"} for transfer in completed(dossier)]
    return [caller, agent, house, *people]


def completed(dossier: CallDossier) -> list[Any]:
    """The transfers that reached somebody."""
    return [transfer for transfer in dossier.transfers if transfer.state == "completed"]


def answered(record: CallDetailRecord) -> bool:
    return record.answered_at is not None


def _address(address: str) -> dict[str, str]:
    """`tel` for a number (RFC 3966), `sip` for anything else that is known."""
    if not address:
        return {"name": "anonymous"}
    if _E164.fullmatch(address):
        return {"tel": f"tel:{address}"}
    return {"sip": address if address.startswith(("sip:", "sips:")) else f"sip:{address}"}
