"""Addresses, keys, numbers, fields and secrets, with hostile text."""

import asyncio
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from hypothesis import given, settings, strategies as st

from voiceagent.core.errors import ConfigError, NotFound, UpstreamUnavailable
from voiceagent_integrations.http import urls
from voiceagent_integrations.http.fields import instant, optional, required, row, rows
from voiceagent_integrations.http.keys import OneAtATime, vendor_key
from voiceagent_integrations.http.limits import HttpSettings
from voiceagent_integrations.http.phone import is_e164, same_number
from voiceagent_integrations.settings import Secret, read_settings

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT)
def test_a_segment_stays_one_segment(segment):
    try:
        made = urls.path("objects", segment)
    except NotFound:
        assert segment in {"", ".", ".."}
        return

    assert made.count("/") == 2
    assert not set(made) & set("?# \n\\")
    assert unquote(made.rsplit("/", 1)[1]) == segment


@pytest.mark.parametrize("link", ["/next?a=1", "https://crm.example/next?a=1"])
def test_a_link_to_the_same_host_is_followed(link):
    assert urls.follow(link, base="https://crm.example/api") == "/next?a=1"


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/next",
        "//evil.example/next",
        "http://crm.example/next",
        "https://crm.example.evil/",
        "https://crm.example@evil.example/",
        "https://[",
        "javascript:1",
        "next",
    ],
)
def test_a_link_elsewhere_is_refused(link):
    with pytest.raises(UpstreamUnavailable):
        urls.follow(link, base="https://crm.example/api")


@pytest.mark.parametrize(
    "address",
    ["http://crm.example", "crm.example", "", "https://u:p@crm.example", "https://a/?x", "https://a:b", "ftp://a"],
)
def test_an_address_that_would_send_credentials_in_the_open_is_refused(address):
    with pytest.raises(ConfigError, match="instance_url"):
        urls.base_url(address, setting="instance_url")


def test_addresses_of_this_machine_may_be_plain():
    assert urls.base_url("http://127.0.0.1:80/", setting="x") == "http://127.0.0.1:80"
    assert urls.base_url("https://crm.example/", setting="x") == "https://crm.example"


@given(st.text())
def test_a_vendor_key_is_plain_whatever_the_key(key):
    made = vendor_key("note", key)

    assert made == vendor_key("note", key)
    assert made != vendor_key("case", key)
    assert len(made) <= 76
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")


@given(st.text(), st.text())
def test_different_keys_stay_different_also_without_regard_to_case(one, other):
    assert (vendor_key("n", one) == vendor_key("n", other)) == (one == other)


async def test_one_key_is_held_once_and_others_do_not_wait():
    turns, doors = [], OneAtATime()

    async def write(key, name):
        async with doors.hold(key):
            turns.append(f"{name} in")
            await asyncio.sleep(0)
            turns.append(f"{name} out")

    await asyncio.gather(write("k", "one"), write("k", "two"), write("other", "three"))

    assert turns.index("two in") > turns.index("one out")
    assert turns.index("three in") < turns.index("one out")
    assert doors._locks == {}


@pytest.mark.parametrize("number", ["+12025550101", "+4930123456", "+447700900103"])
def test_a_phone_number_is_e164(number):
    assert is_e164(number)


@pytest.mark.parametrize(
    "number", ["anna", "%", "", "12025550101", "+0123456789", "+1202555\n", "+" + "1" * 16, "+١٢٣٤٥٦٧٨"]
)
def test_what_is_not_a_phone_number_is_not_searched(number):
    assert not is_e164(number)


def test_numbers_are_compared_by_digits():
    assert same_number("+1 (202) 555-0101", "+12025550101")
    assert not same_number("", "")
    assert not same_number("+12025550101", "+12025550102")


def test_fields_are_read_by_path():
    data = {"a": {"b": [{"c": 7}], "d.e": "x", "no": None, "yes": True}, "dotted.name": "y"}

    assert optional(data, "a.b.0.c") == "7"
    assert optional(data, "a.d.e") == "x"
    assert optional(data, "dotted.name") == "y"
    assert [optional(data, path) for path in ("a.no", "a.yes", "a.b", "a.b.1.c", "z.z")] == [""] * 5


@settings(max_examples=40)
@given(data=st.recursive(st.none() | st.integers() | st.text(), lambda d: st.lists(d) | st.dictionaries(st.text(), d)))
def test_a_missing_field_is_the_vendors_fault(data):
    for reader in (required, instant, rows, row):
        with pytest.raises(UpstreamUnavailable):
            reader({"other": data}, "field")


def test_times_are_aware():
    assert instant({"t": "2026-01-31 12:00:00"}, "t") == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert instant({"t": "2026-01-31T12:00:00.000+0000"}, "t") == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert instant({"t": "2026-01-31T12:00:00Z"}, "t") == datetime(2026, 1, 31, 12, tzinfo=UTC)


class _Settings(HttpSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    token: Secret


def test_secrets_are_not_told():
    read = read_settings(_Settings, {"token": "s3cret", "budget_s": "2"}, name="Acme")

    assert read.budget_s == 2
    assert read.token.reveal() == "s3cret"
    assert "s3cret" not in f"{read!r} {read.token} {read.token!r}"


@pytest.mark.parametrize(
    "given_settings",
    [{}, {"token": "s3cret", "tokn": "1"}, {"token": ["s3cret"]}, {"token": "s3cret", "budget_s": "-1"}],
)
def test_wrong_settings_are_named_without_secrets(given_settings):
    with pytest.raises(ConfigError, match="settings of the Acme connector") as caught:
        read_settings(_Settings, given_settings, name="Acme")

    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
