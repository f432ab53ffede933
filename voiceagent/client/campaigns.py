"""Lists of people whom an agent calls, as a system that owns such lists asks for them."""

from collections.abc import Iterator, Sequence

from voiceagent.api.resources.campaigns.schemas import (
    MOST_CONTACTS,
    AddedContacts,
    Campaign,
    CampaignDetail,
    Contact,
    Forecast,
    NewCampaign,
    NewContact,
    NewContacts,
)
from voiceagent.client.http import ApiClient


class Campaigns:
    def __init__(self, api: ApiClient) -> None:
        self._api = api

    def create(self, new: NewCampaign) -> Campaign:
        """A draft: it calls nobody until it is started."""
        return self._api.post(Campaign, "/v1/campaigns", new)

    def list(self) -> Iterator[Campaign]:
        """Newest first."""
        return self._api.pages(Campaign, "/v1/campaigns")

    def get(self, campaign_id: str) -> CampaignDetail:
        return self._api.get(CampaignDetail, f"/v1/campaigns/{campaign_id}")

    def add(self, campaign_id: str, contacts: Sequence[NewContact]) -> AddedContacts:
        """However many there are, in as many requests as it takes. Broken off, call it again with all of them."""
        total = AddedContacts(added=0, known=0, refused=[])
        for first in range(0, len(contacts), MOST_CONTACTS):
            part = NewContacts(contacts=list(contacts[first : first + MOST_CONTACTS]))
            told = self._api.post(AddedContacts, f"/v1/campaigns/{campaign_id}/contacts", part)
            total = AddedContacts(
                added=total.added + told.added,
                known=total.known + told.known,
                refused=[*total.refused, *told.refused],
            )
        return total

    def contacts(self, campaign_id: str) -> Iterator[Contact]:
        """Everybody on the list, and what came of them."""
        return self._api.pages(Contact, f"/v1/campaigns/{campaign_id}/contacts")

    def forecast(self, campaign_id: str) -> Iterator[Forecast]:
        """What the gate would say of those who wait, were they called now."""
        return self._api.pages(Forecast, f"/v1/campaigns/{campaign_id}/forecast")

    def start(self, campaign_id: str) -> Campaign:
        return self._api.post(Campaign, f"/v1/campaigns/{campaign_id}/actions/start")

    def pause(self, campaign_id: str) -> Campaign:
        return self._api.post(Campaign, f"/v1/campaigns/{campaign_id}/actions/pause")

    def end(self, campaign_id: str) -> Campaign:
        """For good; the numbers of those who wait are forgotten."""
        return self._api.post(Campaign, f"/v1/campaigns/{campaign_id}/actions/end")
