from pathlib import Path

import pytest

from voiceagent.apps.demo.options import DemoOptions, demo_script, demo_settings
from voiceagent.config.settings import CrmSettings, Settings
from voiceagent.core.errors import BadInput
from voiceagent.testing.caller.script import Role, Say, SayOver, Shown

_EXAMPLE = Path(__file__).parents[4] / "examples" / "orders" / "agent.yaml"


def test_a_demo_takes_free_ports_and_a_state_folder_of_its_own() -> None:
    settings = demo_settings(Settings(state_dir=Path("state")), DemoOptions())

    assert (settings.api.port, settings.worker.port, settings.sip.port, settings.sip.rtp_port) == (0, 0, 0, 0)
    assert settings.state_dir == Path("state/demo")
    assert settings.cells == 1


def test_a_profile_given_to_the_demo_answers_its_number() -> None:
    settings = demo_settings(Settings(), DemoOptions(profile=_EXAMPLE))

    assert settings.profiles == (_EXAMPLE.absolute(),)
    assert [number.profile for number in settings.numbers] == ["orders"]


def test_the_shipped_caller_does_all_that_the_demo_shall_show() -> None:
    script = demo_script(DemoOptions())

    roles = [step.role for step in script.steps if isinstance(step, Say | SayOver)]
    assert roles == [
        Role.ANSWER,
        Role.QUESTION,
        Role.BACKCHANNEL,
        Role.GOES_ON,
        Role.QUESTION,
        Role.BARGE_IN,
        Role.ANSWER,
        Role.QUESTION,
        Role.GOODBYE,
    ]


def test_the_demo_expects_of_its_call_what_the_shipped_caller_makes_happen() -> None:
    assert set(demo_script(DemoOptions()).shows) == set(Shown)


def test_a_carrier_of_the_demos_own_crm_lets_the_caller_wait() -> None:
    settings = Settings(crm=CrmSettings(options={"delay_s": 0.1}))
    other = Settings(crm=CrmSettings(connector="csv", options={"folder": "x"}))

    assert demo_settings(settings, DemoOptions()).crm.options.keys() == {"delay_s", "slow_carriers"}
    assert demo_settings(other, DemoOptions()).crm == other.crm


def test_a_malformed_script_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text('{"name": "x"}')

    with pytest.raises(BadInput, match="steps"):
        demo_script(DemoOptions(script=script))
