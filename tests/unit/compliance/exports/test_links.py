"""Links to packages: what they say is signed, and they end."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from voiceagent.compliance.exports.links import LONGEST_LIFE, DownloadLink, link_key, opened_link, query_of
from voiceagent.core.errors import Unauthorised
from voiceagent.core.ids import TenantId

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
KEY = link_key(b"the installation's")
LINK = DownloadLink(tenant_id=TenantId("ten_a"), export_id="exp_1", by="key_1", until=NOON + timedelta(minutes=15))


def opened(link: DownloadLink, *, now: datetime = NOON, key: bytes = KEY, **changed: str) -> DownloadLink:
    told = {**query_of(link, key), "export_id": link.export_id, **changed}
    return opened_link(
        export_id=told["export_id"],
        tenant=told["tenant"],
        by=told["by"],
        until=int(told["until"]),
        signature=told["signature"],
        key=KEY,
        now=now,
    )


def test_a_link_opens_what_it_was_made_for_until_it_is_over() -> None:
    assert opened(LINK) == LINK
    assert opened(LINK, now=LINK.until - timedelta(seconds=1)) == LINK
    with pytest.raises(Unauthorised):
        opened(LINK, now=LINK.until)


def test_T_EXP_5_no_link_is_good_for_longer_than_a_quarter_of_an_hour() -> None:
    early = LINK.until - LONGEST_LIFE - timedelta(seconds=1)

    with pytest.raises(Unauthorised):
        opened(LINK, now=early)


@given(
    name=st.sampled_from(["export_id", "tenant", "by", "signature"]),
    text=st.text(max_size=50),
)
def test_whatever_is_changed_in_it_opens_nothing(name: str, text: str) -> None:
    if text != {**query_of(LINK, KEY), "export_id": LINK.export_id}[name]:
        with pytest.raises(Unauthorised):
            opened(LINK, **{name: text})


def test_what_another_installation_signed_opens_nothing() -> None:
    with pytest.raises(Unauthorised):
        opened(LINK, key=link_key(b"another one's"))
