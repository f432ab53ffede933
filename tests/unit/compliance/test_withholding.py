"""Without consent nobody's words survive, in whichever event they are."""

import dataclasses
import functools
import inspect
import json
import re
import typing

import pytest

from voiceagent.compliance.withholding import may_pass_on_words, withhold
from voiceagent.conversation.speech_plan import UtteranceKind
from voiceagent.core.termination import Reason, Result
from voiceagent.telephony import events as vocabulary
from voiceagent.telephony.cdr import ConsentState, fold_all
from voiceagent.telephony.event_codec import EVENT_TYPES, event_to_data
from voiceagent.telephony.events import AgentSaid, CallerSaid, CallEvent, ConsentGranted
from voiceagent.testing.sample_call import recorded, sample_events

_SECRET = "secretword"
# Known from signalling before anybody speaks: who called whom is kept whatever the caller answers.
_SIGNALLING = {("call.started", "caller"), ("call.refused", "source")}
# Given by the caller for the one purpose that it is kept for.
_ASKED_FOR = {("callback.requested", "number")}
_KEPT = _SIGNALLING | _ASKED_FOR


@functools.cache
def pii_fields() -> set[tuple[str, str]]:
    """(event type, field) of every field that `events.py` marks PII."""
    found: set[tuple[str, str]] = set()
    for cls in EVENT_TYPES.values():
        for name, comment in re.findall(r"^    (\w+): [^#\n]*#(.*)$", inspect.getsource(cls), re.MULTILINE):
            if "PII" in comment:
                found.add((cls.TYPE, name))
    return found


def full_of_secrets(cls: type[CallEvent], **changes: object) -> CallEvent:
    """An event with the secret in every field marked PII."""
    marked = {name for type_name, name in pii_fields() if type_name == cls.TYPE}
    hints = typing.get_type_hints(cls)
    values: dict[str, object] = {}
    for field in dataclasses.fields(cls):
        hint = getattr(hints[field.name], "__supertype__", hints[field.name])
        if typing.get_origin(hint) is dict:
            values[field.name] = {"number": _SECRET, "nested": [{"deep": _SECRET}]}
        elif hint is str:
            values[field.name] = _SECRET if field.name in marked else "plain"
        else:
            values[field.name] = {Reason: Reason.INTERNAL, Result: Result.SERVER, bool: False}.get(hint, 1)
    return cls(**{**values, **changes})


def test_the_vocabulary_marks_what_is_personal():
    assert {
        ("caller.said", "text"),
        ("agent.said", "planned"),
        ("agent.said", "played"),
        ("tool.called", "arguments"),
        ("tool.called", "result"),
        ("leg.dtmf_received", "digit"),
        ("consent.granted", "answer"),
        ("delegation.corrected", "said"),
        ("delegation.corrected", "now"),
        ("floor.backchannelled", "text"),
        ("transfer.requested", "intent"),
        ("transfer.requested", "slots"),
        ("callback.requested", "intent"),
    } | _KEPT == pii_fields()


@pytest.mark.parametrize("cls", EVENT_TYPES.values(), ids=EVENT_TYPES)
def test_no_word_survives_without_consent(cls):
    kept = event_to_data(withhold(full_of_secrets(cls), may_keep_words=False))

    for name, value in kept.items():
        if (cls.TYPE, name) not in _KEPT:
            assert _SECRET not in json.dumps(value), name


@pytest.mark.parametrize("cls", EVENT_TYPES.values(), ids=EVENT_TYPES)
def test_with_consent_nothing_is_changed(cls):
    event = full_of_secrets(cls)

    assert withhold(event, may_keep_words=True) is event


@pytest.mark.parametrize("cls", EVENT_TYPES.values(), ids=EVENT_TYPES)
def test_when_and_how_long_is_kept_of_every_event(cls):
    event = full_of_secrets(cls)
    kept = withhold(event, may_keep_words=False)

    assert type(kept) is cls
    for field in dataclasses.fields(cls):
        if field.name.endswith(("_ms", "_id")):
            assert getattr(kept, field.name) == getattr(event, field.name)


@pytest.mark.parametrize("kind", UtteranceKind)
def test_of_the_agent_only_fixed_texts_are_kept(kind):
    kept = withhold(full_of_secrets(AgentSaid, kind=kind), may_keep_words=False)

    fixed = kind in {UtteranceKind.DISCLOSURE, UtteranceKind.NOTICE, UtteranceKind.CONSENT, UtteranceKind.APOLOGY}
    assert (kept.played == _SECRET) == fixed
    assert kept.withheld == (not fixed)


def test_a_withheld_segment_says_so_and_tells_no_intent():
    kept = withhold(full_of_secrets(CallerSaid, intent="order_status"), may_keep_words=False)

    assert (kept.text, kept.intent, kept.withheld) == ("", "", True)


def test_work_tells_what_was_wanted_no_more_than_the_words_do():
    kept = withhold(full_of_secrets(vocabulary.DelegationStarted, intent="order_status"), may_keep_words=False)

    assert kept.intent == ""


def test_an_error_of_a_tool_may_quote_its_arguments_and_is_withheld_too():
    event = full_of_secrets(vocabulary.ToolCalled, error=f"no order {_SECRET}")

    assert withhold(event, may_keep_words=False).error == ""


def test_why_work_failed_may_quote_them_and_is_withheld_too():
    event = full_of_secrets(vocabulary.DelegationEnded, detail=f"no order {_SECRET}")

    assert withhold(event, may_keep_words=False).detail == ""


def test_evidence_of_consent_is_kept_with_consent():
    event = full_of_secrets(ConsentGranted, method="voice")

    assert withhold(event, may_keep_words=True).answer == _SECRET


@pytest.mark.parametrize("consent", list(ConsentState))
def test_words_go_to_others_only_while_the_callers_consent_stands(consent: ConsentState) -> None:
    record = fold_all(recorded("call_1", sample_events()))
    assert record is not None

    assert may_pass_on_words(dataclasses.replace(record, consent=consent)) is (consent is ConsentState.GRANTED)
