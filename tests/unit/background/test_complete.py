"""Whether a caller who falls silent behind these words has said all that is needed."""

from datetime import date

import pytest

from voiceagent.background.responder import ProfileResponder
from voiceagent.config.profile_file import default_profile, shipped_profile
from voiceagent.conversation.reply import WorkRequest

_PROFILE = default_profile()


@pytest.mark.parametrize(
    ("text", "asked", "complete"),
    [
        ("how do i return a parcel", "", True),
        ("thank you goodbye", "", True),
        ("where is my order", "", False),  # its number may be on its way
        ("where is my order four zero two one", "", False),  # a number may have six figures
        ("where is my order four zero two one five five", "", True),
        ("please deliver order four zero two one", "", False),
        ("please deliver order four zero two one on saturday", "", True),
        ("how do i", "", False),
        ("yes", "", False),
        ("yes", "Anything else?", True),
        ("no thanks", "Anything else?", True),
        ("mm-hm", "Anything else?", False),
        ("", "Anything else?", False),
    ],
)
def test_words_are_complete_when_nothing_can_be_missing(text, asked, complete):
    assert ProfileResponder(_PROFILE).complete(text, asked=asked) is complete


def test_a_value_that_was_asked_for_is_complete_when_it_cannot_go_on():
    responder = ProfileResponder(_PROFILE)
    responder.commit("where is my order", asked="")

    assert not responder.complete("four zero two one", asked="Shall I?")
    assert responder.complete("four zero two one five five", asked="Shall I?")


def test_a_yes_to_a_read_back_is_complete_once_it_was_heard():
    responder = ProfileResponder(_PROFILE)
    request = WorkRequest(intent="change_delivery", slots={"order_number": "4217", "delivery_day": "on Monday"})
    responder.read_back(request, "Shall I?")

    assert not responder.complete("yes please", asked="")
    assert responder.complete("yes please", asked="Shall I?")


def test_asking_changes_nothing():
    responder = ProfileResponder(_PROFILE)
    before = responder.hints()
    responder.complete("where is my order", asked="")

    assert responder.hints() == before


@pytest.mark.parametrize(("said", "complete"), [("at three", False), ("half past three", True), ("three p m", True)])
def test_an_hour_alone_may_go_on(said, complete):
    responder = ProfileResponder(shipped_profile("clinic"), date(2026, 11, 24))
    responder.commit("move my appointment to tomorrow", asked="")

    assert responder.complete(said, asked="") is complete


def test_what_is_only_nearly_a_phrase_is_never_complete():
    responder = ProfileResponder(shipped_profile("bank"))

    assert responder.propose("has somebody stolen my card four four one three", asked="").work is not None
    assert not responder.complete("has somebody stolen my card four four one three", asked="")
