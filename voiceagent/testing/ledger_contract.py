"""What every ledger of effects must do, as tests: subclass `LedgerContract` and give it the fixture `ledger`."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from voiceagent.background.effects.ledger import EffectLedger
from voiceagent.conversation.effects import EffectState, Proposal
from voiceagent.core.errors import NotFound
from voiceagent.core.ids import CallId, ProposalId, TenantId, new_id

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SOON = NOW + timedelta(seconds=10)


def a_proposal() -> Proposal:
    """One of a fresh id, for a caller with a name that is hard to spell."""
    return Proposal(
        proposal_id=ProposalId(new_id("prop")),
        tenant_id=TenantId("ten_1"),
        call_id=CallId("call_1"),
        caller="+12025550101",
        tool="crm.create_case",
        arguments={"subject": 'Zoë\'s "box"', "count": 2},
        proposed_at=NOW,
    )


class LedgerContract:
    """pytest collects these through the subclass."""

    async def test_a_proposal_is_found_as_it_was_made(self, ledger: EffectLedger) -> None:
        proposal = a_proposal()
        await ledger.propose(proposal)
        entry = await ledger.find(proposal.proposal_id)

        assert entry.proposal == proposal
        assert (entry.state, entry.attempts, entry.ended) == (EffectState.PROPOSED, 0, False)

    async def test_what_no_store_of_json_could_keep_is_refused(self, ledger: EffectLedger) -> None:
        with pytest.raises(Exception, match="JSON"):
            await ledger.propose(replace(a_proposal(), arguments={"day": NOW}))

    async def test_what_was_never_proposed_is_not_found(self, ledger: EffectLedger) -> None:
        with pytest.raises(NotFound, match="prop_nothing"):
            await ledger.find(ProposalId("prop_nothing"))
        with pytest.raises(NotFound, match="prop_nothing"):
            await ledger.claim(ProposalId("prop_nothing"), now=NOW, until=SOON)

    async def test_of_many_claims_at_once_one_succeeds(self, ledger: EffectLedger) -> None:
        proposal = a_proposal()
        await ledger.propose(proposal)
        claims = await asyncio.gather(*(ledger.claim(proposal.proposal_id, now=NOW, until=SOON) for _ in range(8)))

        assert [entry.attempts for entry in claims if entry is not None] == [1]

    async def test_a_claim_can_be_followed_once_its_time_is_over(self, ledger: EffectLedger) -> None:
        proposal = a_proposal()
        await ledger.propose(proposal)
        await ledger.claim(proposal.proposal_id, now=NOW, until=SOON)
        early = await ledger.claim(proposal.proposal_id, now=SOON - timedelta(seconds=1), until=SOON)
        later = await ledger.claim(proposal.proposal_id, now=SOON, until=SOON + timedelta(seconds=10))

        assert early is None
        assert later is not None
        assert later.attempts == 2

    async def test_what_has_ended_is_told_and_never_claimed_again(self, ledger: EffectLedger) -> None:
        proposal = a_proposal()
        await ledger.propose(proposal)
        await ledger.claim(proposal.proposal_id, now=NOW, until=SOON)
        settled = await ledger.settle(
            proposal.proposal_id, attempt=1, state=EffectState.DONE, result={"case": "C-1"}, error=""
        )
        again = await ledger.claim(proposal.proposal_id, now=SOON + timedelta(days=1), until=SOON + timedelta(days=2))
        entry = await ledger.find(proposal.proposal_id)

        assert settled
        assert again is None
        assert (entry.state, entry.result) == (EffectState.DONE, {"case": "C-1"})

    async def test_the_word_of_a_later_attempt_counts(self, ledger: EffectLedger) -> None:
        proposal = a_proposal()
        await ledger.propose(proposal)
        await ledger.claim(proposal.proposal_id, now=NOW, until=SOON)
        await ledger.claim(proposal.proposal_id, now=SOON, until=SOON + timedelta(seconds=10))
        late = await ledger.settle(proposal.proposal_id, attempt=1, state=EffectState.FAILED, result={}, error="slow")
        settled = await ledger.settle(proposal.proposal_id, attempt=2, state=EffectState.DONE, result={}, error="")

        assert (late, settled) == (False, True)
        assert (await ledger.find(proposal.proposal_id)).state is EffectState.DONE

    async def test_what_nobody_holds_any_more_is_listed_the_longest_waiting_first(self, ledger: EffectLedger) -> None:
        proposals = [a_proposal() for _ in range(4)]
        for seconds, proposal in enumerate(proposals[:3]):
            await ledger.propose(proposal)
            await ledger.claim(proposal.proposal_id, now=NOW, until=SOON - timedelta(seconds=seconds))
        await ledger.propose(proposals[3])
        await ledger.settle(proposals[1].proposal_id, attempt=1, state=EffectState.DONE, result={}, error="")

        assert await ledger.abandoned(SOON, 10) == (proposals[2].proposal_id, proposals[0].proposal_id)
        assert await ledger.abandoned(SOON, 1) == (proposals[2].proposal_id,)
        assert await ledger.abandoned(NOW, 10) == ()

    async def test_only_an_open_end_for_the_same_thing_by_the_same_caller_is_alike(self, ledger: EffectLedger) -> None:
        first, again = a_proposal(), replace(a_proposal(), proposed_at=NOW + timedelta(minutes=5))
        await ledger.propose(first)
        untouched = await ledger.alike(again)
        await ledger.claim(first.proposal_id, now=NOW, until=SOON)
        committing = await ledger.alike(again)
        others = [
            await ledger.alike(replace(again, caller="+12025550102")),
            await ledger.alike(replace(again, tenant_id=TenantId("ten_2"))),
            await ledger.alike(replace(again, tool="crm.other")),
            await ledger.alike(replace(again, arguments={"subject": "box", "count": 2})),
            await ledger.alike(replace(again, proposed_at=NOW + timedelta(days=1, seconds=1))),
        ]
        await ledger.settle(first.proposal_id, attempt=1, state=EffectState.UNKNOWN, result={}, error="")
        unknown = await ledger.alike(again)

        assert untouched is None
        assert committing is not None
        assert committing.proposal == first
        assert others == [None] * 5
        assert unknown is not None
        assert unknown.ended

    async def test_what_is_done_may_be_done_again(self, ledger: EffectLedger) -> None:
        proposal = a_proposal()
        await ledger.propose(proposal)
        await ledger.claim(proposal.proposal_id, now=NOW, until=SOON)
        await ledger.settle(proposal.proposal_id, attempt=1, state=EffectState.DONE, result={}, error="")

        assert await ledger.alike(replace(a_proposal(), proposed_at=SOON)) is None
