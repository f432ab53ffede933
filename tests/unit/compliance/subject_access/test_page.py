"""The page that a person reads: plain, whole, and no place for somebody else's markup."""

from dataclasses import replace
from datetime import UTC, datetime

from voiceagent.compliance.subject_access.kept_until import Term
from voiceagent.compliance.subject_access.notice import PrivacyNotice
from voiceagent.compliance.subject_access.page import Account, page_of
from voiceagent.core.content_class import ContentClass

AT = datetime(2030, 1, 1, tzinfo=UTC)
ACCOUNT = Account(
    organisation="Acme",
    numbers=("+4930111222",),
    named_calls=2,
    identity_check="document",
    received_at=AT,
    made_at=AT,
    rows={"calls": 3, "segments": 0},
    terms={ContentClass.AUDIO: Term(calls=3, first=AT, last=AT.replace(day=9), open_end=1)},
    notice=PrivacyNotice(),
)


def test_what_there_is_none_of_is_not_listed():
    page = page_of(ACCOUNT).decode()

    assert "records/calls.jsonl" in page
    assert "records/segments.jsonl" not in page


def test_terms_are_told_with_what_has_no_end_yet():
    page = page_of(ACCOUNT).decode()

    assert (
        "(calls: 3): from 2030-01-01 to 2030-01-09, call by call; 1 of them until an order to keep them is over" in page
    )


def test_names_and_settings_are_text_and_never_markup():
    evil = "<script>alert(1)</script>"
    notice = PrivacyNotice(contact=evil, purposes=(evil,), recipients=(evil,), automated_decisions=evil, authority=evil)

    page = page_of(replace(ACCOUNT, organisation=evil, numbers=(evil,), told_systems=(evil,), notice=notice)).decode()

    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 9


def test_the_same_account_gives_the_same_bytes():
    assert page_of(ACCOUNT) == page_of(replace(ACCOUNT))
