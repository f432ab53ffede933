import pytest

from voiceagent.core.errors import BadInput
from voiceagent.records.key_rules import check_networks, is_used_within


@pytest.mark.parametrize(
    ("address", "networks", "within"),
    [
        ("192.0.2.7", ["192.0.2.0/24"], True),
        ("192.0.3.7", ["192.0.2.0/24"], False),
        ("192.0.3.7", ["192.0.2.0/24", "192.0.3.7/32"], True),
        ("::ffff:192.0.2.7", ["192.0.2.0/24"], True),
        ("2001:db8::1", ["192.0.2.0/24", "2001:db8::/32"], True),
        ("2001:db9::1", ["2001:db8::/32"], False),
        ("anywhere", [], True),
        ("", ["0.0.0.0/0"], False),
        ("unix", ["0.0.0.0/0"], False),
    ],
)
def test_a_key_is_used_from_where_it_is_for(address: str, networks: list[str], within: bool) -> None:
    assert is_used_within(address, networks) is within


@pytest.mark.parametrize("wrong", ["192.0.2.1/24", "192.0.2.0/33", "office", ""])
def test_what_is_no_network_is_told_with_an_example(wrong: str) -> None:
    with pytest.raises(BadInput, match=r"like 192\.0\.2\.0/24"):
        check_networks([wrong])


def test_a_key_that_is_made_with_a_bound_key_is_bound_as_far_at_least() -> None:
    bound = ["10.0.0.0/8", "2001:db8::/32"]

    assert check_networks([], bound) == bound
    assert check_networks(["10.1.0.0/16"], bound) == ["10.1.0.0/16"]
    for beyond in ("0.0.0.0/0", "192.0.2.0/24", "::/0"):
        with pytest.raises(BadInput, match="lies outside"):
            check_networks([beyond], bound)
