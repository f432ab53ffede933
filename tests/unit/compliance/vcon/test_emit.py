import json
from dataclasses import replace
from datetime import timedelta

import jsonschema
import pytest
from hypothesis import given, settings, strategies as st

from voiceagent.compliance.canonical import canonical_json, rfc3339
from voiceagent.compliance.signing_identity import SigningIdentity
from voiceagent.compliance.vcon.check import problems_of
from voiceagent.compliance.vcon.emit import emit
from voiceagent.compliance.vcon.profile import PriorVcon, VconOptions, VconProfile
from voiceagent.compliance.vcon.schema import vcon_schema
from voiceagent.compliance.vcon.signing import Signer, verify
from voiceagent.core.termination import Reason, Result
from voiceagent.records.captured_spans import CapturedSpan, SilencedSpan
from voiceagent.telephony import events as ev
from voiceagent.telephony.cdr import CallStatus, ConsentState
from voiceagent.testing.sample_call import recorded, sample_events
from voiceagent.testing.sample_dossier import dossier_of


def _schema_errors(vcon: dict, profile: VconProfile = VconProfile.V0_4_0) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(vcon_schema(profile)).iter_errors(vcon)]


def _attached(vcon: dict, purpose: str) -> list[dict]:
    return [one for one in vcon["attachments"] if one["purpose"] == purpose]


def test_T_VC_13_a_call_goes_through_schema_checks_and_signature_and_comes_back_with_the_same_bytes(
    vcon: dict, identity: SigningIdentity
) -> None:
    written = canonical_json(vcon)

    assert _schema_errors(vcon) == []
    assert problems_of(vcon) == []
    back = verify(Signer(identity).sign(written, "application/vcon+json", vcon["uuid"]))
    assert back.payload == written
    assert canonical_json(json.loads(back.payload)) == written


def test_the_caller_is_a_person_the_agent_a_bot_and_the_house_an_organisation(vcon: dict) -> None:
    caller, agent, house = vcon["parties"]

    assert (caller["type"], caller["tel"], caller["role"]) == ("person", "tel:+4930111222", "customer")
    assert (agent["type"], agent["name"], agent["uuid"]) == ("bot", "orders", "orders@3")
    assert (house["type"], house["org"]) == ("organization", "Acme Inc")


def test_a_recording_is_found_by_its_hash(vcon: dict) -> None:
    dialog = vcon["dialog"][0]

    assert (dialog["type"], dialog["parties"], dialog["duration"]) == ("recording", [0, 1], 10.0)
    assert dialog["url"] == f"https://media.invalid/{'A' * 86}.wav"
    assert dialog["content_hash"] == f"sha512-{'A' * 86}"


def test_the_transcript_has_only_what_was_heard(vcon: dict) -> None:
    transcript = vcon["analysis"][0]

    assert [one["text"] for one in transcript["body"]["segments"]] == [
        "where is my order",
        "One moment",
        "It was shipped.",
    ]
    assert [one["party"] for one in transcript["body"]["segments"]] == [0, 1, 1]
    assert vcon["analysis"][1]["body"]["calls"][0]["result"] == {"state": "shipped"}


def test_consent_is_there_with_its_question_and_its_answer(vcon: dict) -> None:
    (consent,) = _attached(vcon, "consent")
    (basis,) = _attached(vcon, "lawful_basis")

    (given_,) = consent["body"]["consents"]
    assert (given_["purpose"], given_["status"]) == ("recording", "granted")
    assert given_["proof"]["question_sha256"] == "f" * 64
    assert basis["body"]["purpose_grants"][0]["granted"] is True
    assert [len(_attached(vcon, purpose)) for purpose in ("disclosure", "notice")] == [1, 1]


def test_a_consent_that_was_taken_back_is_no_grant_at_the_end(options: VconOptions) -> None:
    denial = ev.ConsentDenied(purpose="recording", method="voice", question_sha256="f" * 64, at_ms=9000)
    dossier = dossier_of(recorded("call_1", [*sample_events()[:9], denial, *sample_events()[-1:]]))

    vcon = emit(dossier, {}, options)

    assert [one["status"] for one in _attached(vcon, "consent")[0]["body"]["consents"]] == ["granted", "withdrawn"]
    assert [one["granted"] for one in _attached(vcon, "lawful_basis")[0]["body"]["purpose_grants"]] == [False]


def test_an_implied_consent_is_a_grant_as_the_ledger_has_it(dossier, options: VconOptions) -> None:
    consents = tuple(
        replace(one, kind="implied_after_notice", method="implied") if one.kind == "granted" else one
        for one in dossier.consents
    )

    vcon = emit(replace(dossier, consents=consents), {}, options)

    assert _attached(vcon, "consent")[0]["body"]["consents"][0]["status"] == "implied_after_notice"
    assert [one["granted"] for one in _attached(vcon, "lawful_basis")[0]["body"]["purpose_grants"]] == [True]


def test_talk_after_a_withdrawal_is_told_as_a_gap_too(dossier, media, options: VconOptions) -> None:
    ended = dossier.record.ended_at
    assert ended is not None
    (yes,) = (one for one in dossier.consents if one.kind == "granted")
    no = replace(yes, seq=yes.seq + 100, kind="withdrawn", at=ended - timedelta(seconds=1), keeps_earlier=True)

    vcon = emit(replace(dossier, consents=(*dossier.consents, no)), media, options)

    gaps = [(gap["body"]["reason"], gap["start"], gap["body"]["to"]) for gap in _attached(vcon, "recording-gap")]
    assert gaps[1:] == [("withdrawn", rfc3339(no.at), rfc3339(ended))]
    assert (_schema_errors(vcon), problems_of(vcon)) == ([], [])


def test_talk_before_the_recording_began_is_told_as_a_gap(vcon: dict) -> None:
    (gap,) = _attached(vcon, "recording-gap")

    assert (gap["body"]["reason"], gap["body"]["to"]) == ("consent", vcon["dialog"][0]["start"])


@pytest.mark.parametrize("ends", [True, False])
def test_a_captured_card_is_told_as_a_gap_for_pci_and_no_key_of_it_is_there(dossier, media, options, ends) -> None:
    began, ended = dossier.recordings[0].started_at, dossier.record.ended_at
    assert began is not None
    assert ended is not None
    since, until = began + timedelta(seconds=0.2), began + timedelta(seconds=0.5)
    beyond = CapturedSpan(since=began - timedelta(seconds=9), until=began - timedelta(seconds=8))
    captures = (beyond, CapturedSpan(since=since, until=until if ends else None))

    vcon = emit(replace(dossier, captures=captures), media, options)

    pci = [gap for gap in _attached(vcon, "recording-gap") if gap["body"]["reason"] == "pci"]
    last = min(ended, began + timedelta(milliseconds=dossier.recordings[0].duration_ms))
    assert [(gap["start"], gap["body"]["to"]) for gap in pci] == [(rfc3339(since), rfc3339(until if ends else last))]
    assert [one for one in vcon["dialog"][0]["party_history"] if one["event"] in ("keydown", "keyup")] == []
    assert (_schema_errors(vcon), problems_of(vcon)) == ([], [])


def test_a_card_that_was_said_unasked_is_told_as_a_gap_for_pci_in_its_own_recording(dossier, media, options) -> None:
    recording = dossier.recordings[0]
    start_ms = recording.start_ms + 100
    said = SilencedSpan(recording_id=recording.id, start_ms=start_ms, end_ms=start_ms + 200)
    other = SilencedSpan(recording_id="rec_other", start_ms=0, end_ms=9000)

    vcon = emit(replace(dossier, silenced=(said, other)), media, options)

    (gap,) = [gap for gap in _attached(vcon, "recording-gap") if gap["body"]["reason"] == "pci"]
    since = recording.started_at + timedelta(milliseconds=100)
    assert (gap["start"], gap["body"]["to"]) == (rfc3339(since), rfc3339(since + timedelta(milliseconds=200)))
    assert (_schema_errors(vcon), problems_of(vcon)) == ([], [])


@pytest.mark.parametrize(
    ("state", "consent", "reason"),
    [("deleted", ConsentState.GRANTED, "deleted"), ("sealed", ConsentState.GRANTED, "not_delivered")],
)
def test_a_recording_that_is_not_delivered_leaves_a_gap_that_says_why(
    dossier, options: VconOptions, state: str, consent: ConsentState, reason: str
) -> None:
    recordings = (replace(dossier.recordings[0], state=state),)

    vcon = emit(replace(dossier, recordings=recordings), {}, options)

    assert "url" not in vcon["dialog"][0]
    assert _attached(vcon, "recording-gap")[0]["body"]["reason"] == reason
    assert (_schema_errors(vcon), problems_of(vcon)) == ([], [])


def test_words_that_are_marked_as_withheld_are_not_handed_out_whatever_the_row_holds(dossier, options) -> None:
    segments = tuple(replace(one, withheld=True) for one in dossier.segments)
    tool_calls = tuple(replace(one, withheld=True) for one in dossier.tool_calls)

    vcon = emit(replace(dossier, segments=segments, tool_calls=tool_calls), {}, options)

    text = json.dumps(vcon["analysis"])
    assert not any(word in text for word in ("where is my order", "One moment", "shipped", "4711"))
    assert all(one["withheld"] for one in vcon["analysis"][0]["body"]["segments"])


@pytest.mark.parametrize(
    ("sip_code", "reason", "direction", "disposition"),
    [
        (404, Reason.UNKNOWN_NUMBER, "inbound", "failed"),
        (503, Reason.NO_CAPACITY, "inbound", "congestion"),
        (486, Reason.MALFORMED, "outbound", "busy"),
        (0, Reason.CANCELLED, "inbound", "hung-up"),
        (0, Reason.CANCELLED, "outbound", "no-answer"),
    ],
)
def test_a_call_that_nobody_answered_is_incomplete_and_says_why(
    dossier, options: VconOptions, sip_code: int, reason: Reason, direction: str, disposition: str
) -> None:
    record = replace(
        dossier.record,
        answered_at=None,
        status=CallStatus.REFUSED,
        sip_code=sip_code,
        reason=reason.value,
        direction=direction,
    )

    vcon = emit(replace(dossier, record=record, recordings=(), segments=(), tool_calls=(), consents=()), {}, options)

    assert [(one["type"], one["disposition"]) for one in vcon["dialog"]] == [("incomplete", disposition)]
    assert (_schema_errors(vcon), problems_of(vcon)) == ([], [])


def test_a_transfer_that_went_through_has_a_party_and_a_dialog(options: VconOptions) -> None:
    log = sample_events()
    transfer = ev.TransferRequested(reference="t1", target="+4930555000", at_ms=10_000, slots={})
    done = ev.Transferred(reference="t1", at_ms=12_000)
    dossier = dossier_of(recorded("call_1", [*log[:-2], transfer, done, *log[-2:]]))

    vcon = emit(dossier, {}, options)

    assert vcon["parties"][3]["tel"] == "tel:+4930555000"
    assert (vcon["dialog"][1]["type"], vcon["dialog"][1]["transfer_target"]) == ("transfer", 3)
    assert (_schema_errors(vcon), problems_of(vcon)) == ([], [])


@pytest.mark.parametrize(
    ("caller", "party"),
    [
        ("+15550100", {"tel": "tel:+15550100"}),
        ("", {"name": "anonymous"}),
        ("alice", {"sip": "sip:alice"}),
        ("sip:alice@example.org", {"sip": "sip:alice@example.org"}),
    ],
)
def test_a_caller_is_named_as_they_called(dossier, options: VconOptions, caller: str, party: dict) -> None:
    vcon = emit(replace(dossier, record=replace(dossier.record, caller=caller)), {}, options)

    assert party.items() <= vcon["parties"][0].items()


def test_the_same_call_has_the_same_uuid_and_another_content_another_one(dossier, media, options) -> None:
    once, again = emit(dossier, media, options), emit(dossier, media, options)
    without = emit(replace(dossier, segments=()), media, options)

    assert once == again
    assert once["uuid"] != without["uuid"]
    assert once["uuid"][14] == "8"
    assert int(once["uuid"].replace("-", "")[:12], 16) == dossier.record.started_at.timestamp() * 1000


def test_profile_0_5_0_changes_the_version_and_two_names_only(dossier, media) -> None:
    prior = PriorVcon(uuid="019f15a6-a752-826f-b9a2-279e0d16bc46", kind="pii_masked")
    old = {name: emit(dossier, media, VconOptions(organisation="A", **{name: prior})) for name in ("redacts", "amends")}
    new = {
        name: emit(dossier, media, VconOptions(organisation="A", profile=VconProfile.V0_5_0, **{name: prior}))
        for name in ("redacts", "amends")
    }

    assert {*new["redacts"]} - {*old["redacts"]} == {"redacted_from"}
    assert {*new["amends"]} - {*old["amends"]} == {"amended_from"}
    same = set(old["redacts"]) & set(new["redacts"]) - {"vcon", "uuid"}
    assert {name: old["redacts"][name] for name in same} == {name: new["redacts"][name] for name in same}
    assert (old["redacts"]["vcon"], new["redacts"]["vcon"]) == ("0.4.0", "0.5.0")
    assert _schema_errors(old["redacts"]) == _schema_errors(new["amends"], VconProfile.V0_5_0) == []


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60)
@given(arguments=st.dictionaries(st.text(max_size=5), _json, max_size=4), text=st.text(max_size=30))
def test_whatever_was_said_or_asked_of_a_tool_makes_a_valid_container(arguments: dict, text: str) -> None:
    dossier = dossier_of(recorded("call_1", sample_events()))
    tool_calls = (replace(dossier.tool_calls[0], arguments=arguments),)
    segments = (replace(dossier.segments[0], text=text),)

    vcon = emit(replace(dossier, tool_calls=tool_calls, segments=segments), {}, VconOptions(organisation="A"))

    assert (_schema_errors(vcon), problems_of(vcon)) == ([], [])
    assert json.loads(canonical_json(vcon))["analysis"][0]["body"]["segments"][0]["text"] == text


def test_a_call_that_ended_before_an_answer_by_our_fault_is_congestion(options: VconOptions) -> None:
    start = sample_events()[0]
    end = ev.CallEnded(result=Result.SERVER, reason=Reason.SHUTDOWN, duration_ms=0)
    dossier = dossier_of(recorded("call_1", [start, end]))

    vcon = emit(dossier, {}, options)

    assert vcon["dialog"][0]["disposition"] == "congestion"
    assert dossier.record.ended_at is not None
    assert dossier.record.ended_at - dossier.record.started_at == timedelta(milliseconds=100)
