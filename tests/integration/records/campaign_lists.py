"""A campaign with people on its list, as the API makes one."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.contact_seal import ContactSeals
from voiceagent.records.campaign_values import CampaignTerms, NewContact
from voiceagent.records.number_hash import number_hash
from voiceagent.records.unit_of_work import UnitOfWork

NOW = datetime(2027, 1, 13, 17, tzinfo=UTC)
CAMPAIGN = "cmp_1"


async def add_campaign(
    work: UnitOfWork, tenant_id: TenantId, seals: ContactSeals, people: Mapping[str, str], pepper: bytes
) -> None:
    """`people`: numbers by their references, which are the contacts' ids too."""
    terms = CampaignTerms(
        name="spring",
        line="+12025550100",
        profile="",
        trunk="",
        purpose="informational",
        exemption="",
        at_once=1,
        attempts=1,
        retry_after=timedelta(hours=1),
        ends_at=NOW + timedelta(days=30),
    )
    key = await seals.make(tenant_id, CAMPAIGN)
    seal = await seals.open(tenant_id, CAMPAIGN, key)
    await work.campaigns.add(CAMPAIGN, terms, key, by="key_1", now=NOW)
    entries = [
        NewContact(
            id=reference,
            reference=reference,
            number_hash=number_hash(pepper, number),
            sealed=seal.seal(reference, number),
            callee_place="",
        )
        for reference, number in people.items()
    ]
    await work.campaign_contacts.add(CAMPAIGN, entries, NOW)
