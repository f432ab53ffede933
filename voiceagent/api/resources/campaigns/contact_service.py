"""Contacts of a campaign: who is on the list, and what the gate would say of them."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.api.resources.campaigns.schemas import AddedContacts, NewContact, RefusedContact
from voiceagent.compliance.dialling.gate import ask_gate
from voiceagent.compliance.dialling.placing import own_numbers
from voiceagent.compliance.dialling.wish import Callee, question_of
from voiceagent.compliance.rules.book import RuleBook
from voiceagent.compliance.rules.outbound import Check, Decision
from voiceagent.compliance.rules.place import stated_place
from voiceagent.compliance.rules.rules import Purpose
from voiceagent.compliance.rules.tolls import why_dear
from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, Conflict, Damaged
from voiceagent.core.ids import new_id
from voiceagent.records.at_rest.contact_seal import ContactSeal, ContactSeals
from voiceagent.records.at_rest.keys import WrappedKey
from voiceagent.records.campaign_values import (
    OPEN,
    CampaignState,
    ContactState,
    NewContact as NewEntry,
    StoredCampaign,
    StoredContact,
)
from voiceagent.records.number_hash import number_hash
from voiceagent.records.unit_of_work import Records, UnitOfWork
from voiceagent.telephony.e164 import canonical

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")


class ContactService:
    def __init__(self, *, records: Records, seals: ContactSeals, rules: RuleBook, clock: Clock, pepper: bytes) -> None:
        self._records = records
        self._seals = seals
        self._rules = rules
        self._clock = clock
        self._pepper = pepper

    async def add(self, principal: Principal, campaign_id: str, new: Sequence[NewContact]) -> AddedContacts:
        """Those that can be called are added, the others told. Raises NotFound, Conflict when the campaign ended."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            campaign, now = await work.campaigns.get(campaign_id, locked=True), self._clock.now()
            if campaign.state is CampaignState.ENDED:
                raise Conflict(f"campaign {campaign.terms.name} has ended; make a new one")
            hashes = {one.number: number_hash(self._pepper, one.number) for one in new}
            known = await work.campaign_contacts.known(
                campaign_id, [one.reference for one in new], list(hashes.values())
            )
            listing = _Listing(
                seal=await self._open(principal, campaign),
                own=own_numbers(await work.numbers.list()),
                by_reference={one.reference: one.number_hash for one in known},
                stored={one.reference: one for one in known},
            )
            for one in new:
                listing.take(one, hashes[one.number])
            await work.campaign_contacts.add(campaign_id, listing.entries, now)
            for contact_id, (sealed, place) in listing.again.items():
                await work.campaign_contacts.reopen(contact_id, sealed, place, now)
            for contact_id, place in listing.moved.items():
                await work.campaign_contacts.move(contact_id, place)
            if listing.added:
                await work.campaigns.has_more(campaign_id)
            told = {"added": listing.added, "refused": len(listing.refused)}
            await work.audit.append(act_of(principal, "campaign.contacts_added", "campaign", campaign_id, **told), now)
            await work.commit()
        return AddedContacts(added=listing.added, known=listing.known, refused=listing.refused)

    async def list(
        self, principal: Principal, campaign_id: str, *, limit: int, after: str, states: Collection[ContactState]
    ) -> Sequence[StoredContact]:
        """The oldest first. Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.campaigns.get(campaign_id)
            return await work.campaign_contacts.list(campaign_id, limit=limit, after=after, states=states)

    async def withdraw(self, principal: Principal, campaign_id: str, contact_id: str) -> StoredContact:
        """Nobody calls them any more, also when they are sent again. Raises NotFound, Conflict while one is called."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.campaigns.get(campaign_id, locked=True)
            now = self._clock.now()
            if await work.campaign_contacts.withdraw(campaign_id, contact_id, now):
                act = act_of(principal, "campaign.contact_withdrawn", "contact", contact_id, campaign=campaign_id)
                await work.audit.append(act, now)
            contact = await work.campaign_contacts.get(campaign_id, contact_id)
            await work.commit()
        return contact

    async def forecast(
        self, principal: Principal, campaign_id: str, *, limit: int, after: str
    ) -> Sequence[tuple[StoredContact, Decision]]:
        """Those who wait, each with what the gate would say now. Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            campaign = await work.campaigns.get(campaign_id)
            waiting = await work.campaign_contacts.list(
                campaign_id, limit=limit, after=after, states=(ContactState.WAITING,)
            )
            if not waiting:
                return []
            seal, now = await self._open(principal, campaign), self._clock.now()
            return [(one, await self._ask(work, campaign, one, seal, now)) for one in waiting]

    async def _ask(
        self, work: UnitOfWork, campaign: StoredCampaign, contact: StoredContact, seal: ContactSeal, now: datetime
    ) -> Decision:
        try:
            number = seal.open(contact.id, contact.sealed or b"")
        except Damaged as error:
            return Decision(allowed=False, checks=(Check(code="damaged", passed=False, detail=str(error)),))
        callee = Callee(
            number=number,
            purpose=Purpose(campaign.terms.purpose),
            campaign=campaign.terms.name,
            callee_place=contact.callee_place,
            exemption=campaign.terms.exemption,
        )
        return (await ask_gate(work, question_of(callee, now), contact.number_hash, self._rules)).decision

    async def _open(self, principal: Principal, campaign: StoredCampaign) -> ContactSeal:
        wrapped = WrappedKey(kek_id=campaign.kek_id, wrapped=campaign.key)
        return await self._seals.open(principal.tenant_id, campaign.id, wrapped)


@dataclass(slots=True, kw_only=True)
class _Listing:
    """Sorts the contacts of one request.

    by_reference: hashes of numbers that are on the list; stored: contacts that were on it before. Those whom the gate
    refused are asked about again when they are sent again; `again` has their numbers, and where they are. `moved`:
    where others are by now.
    """

    seal: ContactSeal
    own: frozenset[str]
    by_reference: dict[str, str]
    stored: Mapping[str, StoredContact]
    entries: list[NewEntry] = field(default_factory=list)
    again: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    known: int = 0
    refused: list[RefusedContact] = field(default_factory=list)

    @property
    def added(self) -> int:
        return len(self.entries) + len(self.again)

    def take(self, new: NewContact, hashed: str) -> None:
        is_known = self.by_reference.get(new.reference) == hashed
        why = _why_nowhere(new.callee_place) if is_known else self._why_not(new, hashed)
        if why:
            self.refused.append(RefusedContact.model_validate({"reference": new.reference, **why}))
        elif is_known:
            self._take_again(new, self.stored.get(new.reference))
        else:
            contact_id = new_id("con")
            self.by_reference[new.reference] = hashed
            self.entries.append(
                NewEntry(
                    id=contact_id,
                    reference=new.reference,
                    number_hash=hashed,
                    sealed=self.seal.seal(contact_id, canonical(new.number)),
                    callee_place=new.callee_place,
                )
            )

    def _take_again(self, new: NewContact, stored: StoredContact | None) -> None:
        if stored and stored.state is ContactState.REFUSED and stored.id not in self.again:
            self.again[stored.id] = self.seal.seal(stored.id, canonical(new.number)), new.callee_place
            return
        self.known += 1
        if stored and stored.state in OPEN and stored.callee_place != new.callee_place:
            self.moved[stored.id] = new.callee_place

    def _why_not(self, new: NewContact, hashed: str) -> dict[str, str]:
        if not _E164.fullmatch(new.number):
            return {"code": "number_malformed", "detail": "write it as +12025550123"}
        if canonical(new.number) in self.own:
            return {"code": "number_not_dialled", "detail": "that is a number of yours"}
        if why := why_dear(new.number):
            return {"code": "number_not_dialled", "detail": f"{why} is not dialled"}
        if new.reference in self.by_reference:
            return {"code": "reference_taken", "detail": "the reference stands for another number"}
        if hashed in self.by_reference.values():
            return {"code": "number_taken", "detail": "the number is on the list under another reference"}
        return _why_nowhere(new.callee_place)


def _why_nowhere(place: str) -> dict[str, str]:
    try:
        if place:
            stated_place(place)
    except BadInput as error:
        return {"code": "place_unknown", "detail": str(error)}
    return {}
