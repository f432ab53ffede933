"""What has to be written before anybody is called: a trunk's address, and what the agent says."""

import pytest
from pydantic import ValidationError

from voiceagent.config.profile_file import DEFAULT_PROFILE, ProfileError, parse_profile
from voiceagent.config.trunk_settings import OutboundTrunkSettings
from voiceagent.conversation.outbound_opening import for_outbound
from voiceagent.core.errors import BadInput, ConfigError
from voiceagent.speech.grammar import consent_hints
from voiceagent.speech.prompts import prompt_texts

_SHIPPED = DEFAULT_PROFILE.read_text()
_SCRIPT = {
    "identification": "Hello, this is Sky Parcels. I am an AI assistant.",
    "offer": "To be called no more, press 9.",
    "reach_us": "You can call us back at this number.",
    "greeting": "Your parcel arrives tomorrow.",
}


def written(**changed: str | None) -> str:
    script = {key: text for key, text in {**_SCRIPT, **changed}.items() if text is not None}
    return _SHIPPED + "\noutbound:\n" + "".join(f"  {key}: {text!r}\n" for key, text in script.items())


@pytest.mark.parametrize("wrong", ["carrier.example", "192.0.2.10:", "192.0.2.10:70000", "192.0.2.0/28", "::1"])
def test_a_trunk_is_dialled_at_an_address(wrong: str) -> None:
    with pytest.raises(ValidationError):
        OutboundTrunkSettings(address=wrong)


def test_a_password_comes_out_of_the_environment_and_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARRIER_PASSWORD", "hidden words")
    settings = OutboundTrunkSettings(address="192.0.2.10:5080", username="acme", password_env="CARRIER_PASSWORD")

    peer = settings.peer("carrier")

    assert (peer.address, peer.username, peer.password) == ("192.0.2.10:5080", "acme", "hidden words")
    assert "hidden words" not in repr(peer) + settings.model_dump_json()


def test_a_password_that_is_not_there_is_told_by_the_name_of_its_variable() -> None:
    settings = OutboundTrunkSettings(address="192.0.2.10", username="acme", password_env="NO_SUCH_PASSWORD")

    with pytest.raises(ConfigError, match="NO_SUCH_PASSWORD"):
        settings.peer("carrier")


def test_a_username_without_a_password_is_no_way_to_prove_oneself() -> None:
    with pytest.raises(ValidationError, match="go together"):
        OutboundTrunkSettings(address="192.0.2.10", username="acme")


def test_a_profile_that_calls_says_who_it_is_first_and_where_to_call_back_after_the_notice() -> None:
    profile = parse_profile(written())

    opening = for_outbound(profile).opening
    assert (opening.disclosure, opening.offer) == (_SCRIPT["identification"], _SCRIPT["offer"])
    assert opening.notice == f"{profile.opening.notice} {_SCRIPT['reach_us']}"
    assert for_outbound(profile).greeting == _SCRIPT["greeting"]
    assert {opening.disclosure, opening.offer, opening.notice, "Goodbye."} <= set(prompt_texts(profile))


def test_a_profile_without_the_section_places_no_calls() -> None:
    with pytest.raises(BadInput, match="no `outbound` section"):
        for_outbound(parse_profile(_SHIPPED))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"identification": None}, "say who calls"),
        ({"identification": "Hello, this is Sky Parcels."}, "has to say that this is an AI"),
        ({"offer": "Tell us if you do not like this."}, "has to name the key 9"),
        ({"offer": None}, "say how not to be called again"),
        ({"reach_us": None}, "can be called back"),
        ({"opted_out": "Stop calling me."}, "is what we say at the end"),
        ({"surprise": "!"}, "surprise"),
    ],
)
def test_what_the_law_asks_for_cannot_be_left_out(changed: dict, told: str) -> None:
    with pytest.raises(ProfileError, match=told):
        parse_profile(written(**changed))


def test_a_closed_recogniser_listens_for_opt_outs_where_people_are_called_and_nowhere_else() -> None:
    assert "opt_out" in consent_hints(parse_profile(written())).grammar
    assert "opt_out" not in consent_hints(parse_profile(_SHIPPED)).grammar
