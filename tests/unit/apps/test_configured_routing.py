"""A wrong trunk or number is told where somebody looks, not in the log of a gateway that does not start."""

import re
from pathlib import Path
from typing import Any

import pytest

from voiceagent.apps.check_up import check_up
from voiceagent.apps.finding import Finding
from voiceagent.apps.preparation import prepare
from voiceagent.apps.routing import configured_directory
from voiceagent.config.settings import NumberSettings, Settings
from voiceagent.config.trunk_settings import TrunkSettings
from voiceagent.core.errors import ConfigError

WRONG = [
    ({"trunks": [{"name": "acme", "allow": ["192.0.2.5/28"]}]}, r"'acme'.*'192\.0\.2\.5/28'.*192\.0\.2\.0/28"),
    ({"trunks": [{"name": "acme", "allow": ["0.0.0.0/0"]}]}, r"'acme' allows 0\.0\.0\.0/0.*own networks"),
    ({"trunks": [{"name": "acme", "allow": []}]}, r"'acme' allows no source address.*`allow`"),
    ({"numbers": [{"number": "+49 30 1", "profile": "orders"}]}, r"'\+49 30 1' is neither.*list every number"),
    (
        {"trunks": [{"name": "acme", "allow": ["192.0.2.5"]}, {"name": "other", "allow": ["192.0.2.5"]}]},
        r"'acme' and 'other' both allow 192\.0\.2\.5/32: give all of them credentials",
    ),
    (
        {"trunks": [{"name": "acme", "allow": ["192.0.2.5"], "username": "u", "password_env": "NO_SUCH_VARIABLE"}]},
        r"acme: set the environment variable NO_SUCH_VARIABLE",
    ),
]


def settings_of(parts: dict[str, Any], state: Path) -> Settings:
    return Settings(state_dir=state, **parts)


def not_ok(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if not finding.ok and finding.what.startswith(("trunk", "routing"))]


def test_what_is_configured_is_what_gateways_route_by(tmp_path: Path) -> None:
    settings = Settings(
        state_dir=tmp_path,
        trunks=(TrunkSettings(name="acme", allow=("192.0.2.0/28", "2001:db8::/32")),),
        numbers=(NumberSettings(number="+49301", profile="orders"),),
    )

    directory = configured_directory(settings)

    assert [trunk.name for trunk in directory.trunks] == ["acme"]
    assert directory.number("+49 30 1") is not None


@pytest.mark.parametrize(("parts", "told"), WRONG)
async def test_a_start_is_refused_before_anything_is_made(parts: dict[str, Any], told: str, tmp_path: Path) -> None:
    state = tmp_path / "state"

    with pytest.raises(ConfigError, match=told):
        await prepare(settings_of(parts, state), lambda _: None)

    assert not state.exists()


@pytest.mark.parametrize(("parts", "told"), WRONG)
def test_doctor_tells_it_once(
    parts: dict[str, Any], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "voiceagent.yaml").write_text(settings_of(parts, tmp_path).model_dump_json(include=parts.keys()))

    found = not_ok(check_up())

    assert len(found) == 1
    assert re.search(told, found[0].remedy)


def test_doctor_counts_what_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    findings = check_up()

    assert not_ok(findings) == []
    assert [finding.found for finding in findings if finding.what == "routing"] == ["1 trunks, 1 numbers"]
