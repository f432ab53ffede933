import pytest

from voiceagent.background.webhooks.destination import AllowedNetworks, destination_of
from voiceagent.core.errors import BadInput

PUBLIC = destination_of("https://hooks.example.com/voice?line=1")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://hooks.example.com", "https://"),
        ("https://", "name a host"),
        ("hooks.example.com/voice", "https://"),
        ("https://user:secret@hooks.example.com", "password"),
        ("https://hooks.example.com/#part", "fragment"),
        ("https://hooks.example.com:port/", "malformed"),
        ("https://hooks.example.com/" + "a" * 2000, "characters"),
    ],
)
def test_a_url_that_no_webhook_can_go_to_is_refused_with_the_reason(url: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        destination_of(url)


@pytest.mark.parametrize(("url", "port"), [("https://a.example", 443), ("http://a.example", 80), ("https://a.b:8", 8)])
def test_the_port_follows_from_the_scheme(url: str, port: int) -> None:
    assert destination_of(url).port == port


def test_a_public_address_is_connected_to() -> None:
    assert AllowedNetworks().choose(PUBLIC, ["93.184.216.34"]) == "93.184.216.34"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.9",
        "169.254.169.254",  # where clouds tell their secrets
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
    ],
)
def test_addresses_of_our_own_networks_are_refused(address: str) -> None:
    with pytest.raises(BadInput, match="allow_networks"):
        AllowedNetworks().choose(PUBLIC, [address])


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(BadInput, match=r"10\.0\.0\.1"):
        AllowedNetworks().choose(PUBLIC, ["93.184.216.34", "10.0.0.1"])


def test_an_operator_may_allow_a_private_network_and_plain_http_in_it() -> None:
    networks, inside = AllowedNetworks(["10.1.0.0/16"]), destination_of("http://crm.internal")

    assert networks.choose(inside, ["10.1.2.3"]) == "10.1.2.3"
    with pytest.raises(BadInput):
        networks.choose(inside, ["10.2.0.1"])
    with pytest.raises(BadInput, match="https only"):
        networks.choose(inside, ["93.184.216.34"])


def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(BadInput, match="no address"):
        AllowedNetworks().choose(PUBLIC, [])
