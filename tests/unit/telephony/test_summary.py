from dataclasses import replace

import pytest

from voiceagent.core.ids import DelegationId, ProposalId, ToolCallId, UtteranceId
from voiceagent.core.termination import Reason
from voiceagent.telephony import events as ev
from voiceagent.telephony.cdr import fold_all
from voiceagent.telephony.summary import ENDINGS, summarise
from voiceagent.testing.sample_call import recorded, sample_events

ANSWERED, ENDED = 4, -1  # places in the sample call


def summary_of(*happened: ev.CallEvent, with_words: bool = True) -> str:
    """Of a call in which this happened."""
    sample = sample_events()
    log = recorded("call_1", [*sample[:ANSWERED], *happened, sample[ENDED]])
    record = fold_all(log)
    assert record is not None
    return summarise(record, log, with_words=with_words)


def said(text: str, intent: str, *, understood: bool = True) -> ev.CallerSaid:
    return ev.CallerSaid(text=text, start_ms=0, end_ms=1, understood=understood, confidence=0.9, intent=intent)


def ran(
    name: str, status: str = "ok", delegation: str = "del_1", found: bool = True, **arguments: str
) -> ev.ToolCalled:
    return ev.ToolCalled(
        tool_call_id=ToolCallId("tool_1"),
        delegation_id=DelegationId(delegation),
        name=name,
        arguments=arguments,
        status=status,
        result={"found": found} if status == "ok" else {},
        duration_ms=5,
    )


PROPOSED = ev.EffectProposed(
    proposal_id=ProposalId("prop_1"),
    delegation_id=DelegationId("del_1"),
    utterance_id=UtteranceId("utt_1"),
    tool="crm.request_delivery_day",
    effect="write",
    at_ms=1,
)
CONFIRMED = ev.EffectConfirmed(proposal_id=ProposalId("prop_1"), delegation_id=DelegationId("del_2"), at_ms=2)


def test_the_sample_call_reads_like_this():
    log = recorded("call_1", sample_events())
    record = fold_all(log)
    assert record is not None

    assert summarise(record, log, with_words=True).splitlines() == [
        "Call answered by the AI agent orders on 2026-11-20 09:30 UTC, 0:15 long.",
        'Asked for: order ("where is my order").',
        "Looked up: get_orders (ok).",
        "Ended: the caller hung up.",
        "Call call_1",
    ]


def test_without_words_only_when_how_long_and_how_it_ended_is_told():
    log = recorded("call_1", sample_events())
    record = fold_all(log)
    assert record is not None

    assert summarise(record, log, with_words=False).splitlines() == [
        "Call answered by the AI agent orders on 2026-11-20 09:30 UTC, 0:15 long.",
        "The caller has not allowed what was said to be kept, so it is not told here.",
        "Ended: the caller hung up.",
        "Call call_1",
    ]


@pytest.mark.parametrize(
    ("status", "found", "told"),
    [
        ("ok", True, "crm.lookup (ok)"),
        ("ok", False, "crm.lookup (nothing found)"),
        ("timeout", True, "crm.lookup (no answer in time)"),
        ("error", True, "crm.lookup (failed)"),
    ],
)
def test_a_look_up_says_what_came_of_it(status, found, told):
    assert f"Looked up: {told}." in summary_of(ran("crm.lookup", status, found=found))


def test_a_change_that_the_caller_confirmed_is_told_with_its_values():
    text = summary_of(PROPOSED, CONFIRMED, ran("crm.request_delivery_day", delegation="del_2", day="on\nSaturday"))

    assert "Changed: crm.request_delivery_day, day on Saturday (confirmed by the caller, done)." in text
    assert "Looked up" not in text


@pytest.mark.parametrize(
    ("tool", "told"),
    [
        ((), "still being carried out when the call ended"),
        ((ran("crm.request_delivery_day", "timeout", "del_2"),), "not known to be done"),
        ((ran("crm.request_delivery_day", delegation="del_2", found=False),), "but nothing was found to change"),
    ],
    ids=["unfinished", "unknown", "not found"],
)
def test_a_change_is_never_called_done_unless_it_is(tool, told):
    assert f"crm.request_delivery_day (confirmed by the caller, {told})" in summary_of(PROPOSED, CONFIRMED, *tool)


def test_what_was_only_proposed_changed_nothing():
    assert "Changed" not in summary_of(PROPOSED)


def test_what_was_not_understood_is_not_quoted():
    text = summary_of(said("mumble", "", understood=False), said("when are you open", "hours"))

    assert 'Asked for: hours ("when are you open").' in text
    assert "mumble" not in text


def test_a_yes_to_a_question_of_the_agents_is_no_wish():
    text = summary_of(
        said("yes", "consent"),
        said("yes please", "callback"),
        said("hold on", "time"),
        said("when are you open", "hours"),
    )

    assert 'Asked for: hours ("when are you open").' in text


REQUESTED = ev.TransferRequested(reference="ref_1", target="sip:a@b", at_ms=5, intent="complaint", slots={})
UNREACHED = ev.TransferFailed(reference="ref_1", reason="refused", at_ms=9, sip_code=486)


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ((ev.Transferred(reference="ref_1", at_ms=9),), "answered"),
        ((UNREACHED,), "nobody answered"),
        ((replace(UNREACHED, reason="call_over", sip_code=0),), "the caller left before anybody answered"),
        ((), "not known whether anybody answered"),
        ((replace(UNREACHED, reference="ref_2"),), "not known whether anybody answered"),
    ],
    ids=["answered", "refused", "left", "unknown", "another's"],
)
def test_a_transfer_says_what_came_of_it(outcome, told):
    assert f"Put through to a person: complaint ({told})." in summary_of(REQUESTED, *outcome)


@pytest.mark.parametrize(
    ("reason", "intent", "told"),
    [
        ("asked", "complaint", "on +4930, about complaint (the caller asked for it)"),
        ("closed", "", "on +4930 (nobody was there at that hour)"),
        ("unreached", "complaint", "on +4930, about complaint (nobody could be reached)"),
    ],
)
def test_a_promised_callback_is_told_with_its_number(reason, intent, told):
    wanted = ev.CallbackRequested(callback_id="cbk_1", number="+4930", reason=reason, intent=intent, at_ms=9)

    assert f"To be called back: {told}." in summary_of(wanted)
    assert "+4930" not in summary_of(wanted, with_words=False)


def test_a_long_call_stays_a_short_note():
    text = summary_of(*(said(f"question {number} " + "x" * 500, f"intent_{number}") for number in range(100)))

    assert "(88 more) intent_88" in text
    assert len(text) < 4_000


def test_the_same_log_gives_the_same_note():
    assert summary_of(*sample_events()[4:-1]) == summary_of(*sample_events()[4:-1])


@pytest.mark.parametrize("reason", list(Reason))
def test_every_ending_has_words(reason):
    assert ENDINGS[reason]


def test_an_ending_of_a_newer_version_is_told_as_it_is():
    log = recorded("call_1", sample_events())
    record = fold_all(log)
    assert record is not None

    assert "Ended: abducted." in summarise(replace(record, reason="abducted"), log, with_words=True)
