"""Where a profile hands callers over to people."""

from datetime import UTC, datetime

import pytest

from voiceagent.config.profile_file import ProfileError, parse_profile
from voiceagent.conversation.profile import Then

_GOOD = """\
name: small
company: ACME
opening:
  disclosure: This is an AI.
  notice: We record.
  question: May we?
  thanks_granted: Thanks.
  thanks_denied: Fine.
greeting: Hello.
intents:
  person:
    phrases: [a person]
    say: One moment.
    then: transfer
    transfer_to: sip:people@pbx.example.com
timezone: Europe/Berlin
hours:
  monday: 08:00-12:00, 13:00-18:00
callback:
  offer: Shall we call?
transfer_timeout_s: 20
fallback: ["Pardon?"]
apology: Sorry.
unreachable: Away.
"""


def problem(old: str, new: str) -> str:
    """The one thing that is wrong after this change."""
    assert old in _GOOD
    with pytest.raises(ProfileError) as caught:
        parse_profile(_GOOD.replace(old, new))
    (line,) = str(caught.value).splitlines()
    return line


def test_a_profile_says_where_to_when_and_in_which_words():
    profile = parse_profile(_GOOD)

    assert (profile.intent("person").then, profile.intent("person").transfer_to) == (
        Then.TRANSFER,
        "sip:people@pbx.example.com",
    )
    assert profile.hours is not None
    assert profile.hours.open_at(datetime(2026, 11, 23, 7, tzinfo=UTC))
    assert not profile.hours.open_at(datetime(2026, 11, 24, 7, tzinfo=UTC))
    assert (profile.callback.offer, profile.transfer_timeout_s) == ("Shall we call?", 20.0)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    transfer_to: sip:people@pbx.example.com\n", "", "write a SIP URI"),
        ("sip:people@pbx.example.com", "+4930123", "write a SIP URI"),
        ("sip:people@pbx.example.com", "sip:people@pbx.example.com?Subject=x", "write a SIP URI"),
        ("then: transfer", "then: stay", "only for `then: transfer`"),
        ("Europe/Berlin", "Europe/Atlantis", "'Europe/Atlantis' is not known here"),
        ("13:00-18:00", "13:00-11:00", "ends before it begins"),
        ("  monday:", "  moonday:", "did you mean 'monday'?"),
        ("Shall we call?", "We will call.", "callback.offer must end with a question"),
        ("  offer: Shall we call?", "  agreed: Good.", "write a sentence with {number}"),
        ("  offer: Shall we call?", "  if_silent: I will.", "callback.if_silent reads the number back"),
        ("fallback:", "waits:\n  given_time_s: 900\nfallback:", "waits.given_time_s is 900; it must be from 1 to 300"),
        ("fallback:", "waits:\n  take_your_time: ''\nfallback:", "write a few words"),
    ],
)
def test_what_cannot_work_is_told_with_its_remedy(old: str, new: str, told: str):
    assert told in problem(old, new)


def test_a_profile_says_how_it_gives_time_and_may_promise_no_call():
    text = _GOOD.replace("  offer: Shall we call?", "  if_silent: ''")
    profile = parse_profile(text.replace("fallback:", "waits: {take_your_time: No rush., given_time_s: 90}\nfallback:"))

    assert (profile.waits.take_your_time, profile.waits.given_time_s) == ("No rush.", 90.0)
    assert profile.callback.if_silent == ""


def test_a_filler_alone_and_an_estimate_without_its_length_are_told():
    assert "write a second one" in problem("fallback:", "waits:\n  fillers: [one moment]\nfallback:")
    assert "write a sentence with {left}" in problem("fallback:", "waits:\n  estimate: It takes long.\nfallback:")
