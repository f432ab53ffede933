"""What the person who takes the call is told."""

from hypothesis import given, strategies as st

from voiceagent.compliance.withholding import withhold
from voiceagent.core.ids import DelegationId, ProposalId, ToolCallId, UtteranceId
from voiceagent.telephony import events as ev
from voiceagent.telephony.transfer_summary import TransferSummary, summary_for_transfer


def tool(name: str, delegation: str, **result: object) -> ev.ToolCalled:
    return ev.ToolCalled(
        tool_call_id=ToolCallId(f"tool_{name}"),
        delegation_id=DelegationId(delegation),
        name=name,
        arguments={"number": "4821"},
        status="ok",
        result=result,
        duration_ms=5,
    )


def caller(text: str) -> ev.CallerSaid:
    return ev.CallerSaid(text=text, start_ms=0, end_ms=1, understood=True, confidence=0.9)


def agent(text: str, kind: str = "reply") -> ev.AgentSaid:
    return ev.AgentSaid(
        utterance_id=UtteranceId("utt"), kind=kind, planned=text, played=text, start_ms=0, end_ms=1, completed=True
    )


STARTED = ev.CallStarted(direction="inbound", transport="sip", caller="+4930", callee="100")
GRANTED = ev.ConsentGranted(purpose="recording", method="voice", question_sha256="f" * 64, at_ms=1)
DENIED = ev.ConsentDenied(purpose="recording", method="voice", question_sha256="f" * 64, at_ms=5)
CONFIRMED = ev.EffectConfirmed(proposal_id=ProposalId("prop_1"), delegation_id=DelegationId("del_2"), at_ms=1)
REQUESTED = ev.TransferRequested(
    reference="ref_1", target="sip:a@b", at_ms=9, intent="complaint", slots={"order_number": "4821"}
)
LOG = (
    STARTED,
    agent("I am an assistant", "disclosure"),
    GRANTED,
    caller("where is my order"),
    agent("one moment", "filler"),
    tool("crm.lookup", "del_1", eta="tomorrow"),
    agent("it comes tomorrow", "result"),
    CONFIRMED,
    tool("crm.move", "del_2", day="monday"),
    caller("give me a person"),
    agent("I am putting you through"),
    REQUESTED,
    caller("said to somebody else"),
)


NOTHING_TOLD = TransferSummary(reference="ref_1", caller="+4930", intent="", withheld=True)


def test_a_person_reads_what_is_wanted_what_was_found_what_was_changed_and_the_last_words() -> None:
    summary = summary_for_transfer(LOG, "ref_1")
    assert summary is not None

    assert summary.text() == (
        "Caller +4930 wants: complaint (order_number 4821)\n"
        "Found by crm.lookup (ok): eta tomorrow\n"
        "Changed by crm.move (ok): day monday\n"
        "caller: where is my order\n"
        "agent: it comes tomorrow\n"
        "caller: give me a person\n"
        "agent: I am putting you through"
    )


def test_a_reference_that_is_not_in_the_log_has_no_summary() -> None:
    assert summary_for_transfer(LOG, "ref_2") is None


def test_without_consent_the_summary_holds_nobodys_words() -> None:
    kept = [withhold(event, may_keep_words=False) for event in LOG if event != GRANTED]

    assert summary_for_transfer(kept, "ref_1") == NOTHING_TOLD


def test_consent_that_was_taken_back_empties_what_was_kept_before() -> None:
    assert summary_for_transfer([*LOG[:-2], DENIED, REQUESTED], "ref_1") == NOTHING_TOLD


def test_the_summary_without_words_says_why_it_is_empty() -> None:
    assert NOTHING_TOLD.text() == (
        "Caller +4930. The caller has not allowed what was said to be kept, so it is not told here."
    )


def test_words_withheld_before_the_yes_withhold_nothing_of_what_came_after() -> None:
    early = withhold(caller("hello"), may_keep_words=False)

    assert summary_for_transfer([STARTED, early, *LOG[1:]], "ref_1") == summary_for_transfer(LOG, "ref_1")


@given(st.lists(st.sampled_from(LOG[:-2]), max_size=20), st.lists(st.sampled_from(LOG), max_size=5))
def test_what_comes_after_the_request_changes_nothing(before: list[ev.CallEvent], after: list[ev.CallEvent]) -> None:
    log = [*before, REQUESTED]

    assert summary_for_transfer([*log, *after], "ref_1") == summary_for_transfer(log, "ref_1")
