"""Presidio is asked for by a setting and is not installed with voiceagent: what is told of both."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from voiceagent.apps.calls import CallDesk, CallDeskParts
from voiceagent.apps.desk_calls import IncomingCall
from voiceagent.apps.finding import Finding
from voiceagent.apps.platform import _specs
from voiceagent.apps.preparation import prepare
from voiceagent.apps.presidio.chosen import check_presidio, chosen_finder
from voiceagent.apps.presidio.installed import check_installed
from voiceagent.compliance.redaction.values import Kind
from voiceagent.compliance.rules.loading import rule_book
from voiceagent.config.redaction_settings import PresidioSettings
from voiceagent.config.settings import load_settings
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import ConfigError
from voiceagent.core.ids import TenantId
from voiceagent.telephony.events import CallerSaid
from voiceagent.testing.memory_call import rendered_prompts
from voiceagent.testing.memory_journal import MemoryJournal
from voiceagent.testing.memory_leg import MemoryLeg
from voiceagent.testing.memory_stream import MemoryWorkers
from voiceagent.testing.redaction.listed_entities import ListedEntities
from voiceagent.testing.sample_profile import sample_profile
from voiceagent.testing.scripted_agent import ScriptedAgent

ENABLED = "redaction: {presidio: {enabled: true}}"


@pytest.fixture
def config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `voiceagent.yaml` is looked for."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "voiceagent.yaml"


@pytest.fixture
def not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an environment without the extra, also in one that has it."""
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Modules of the right names that nobody imports."""
    folder = tmp_path_factory.mktemp("site")
    for name in ("presidio_analyzer", "spacy", "tldextract"):
        (folder / f"{name}.py").write_text("raise AssertionError")
    monkeypatch.syspath_prepend(str(folder))


def finding() -> Finding:
    (finding,) = check_presidio(load_settings())
    return finding


def test_nothing_of_it_is_wanted_until_it_is_asked_for(config_file: Path, not_installed: None) -> None:
    settings = load_settings()

    assert chosen_finder(settings, SystemClock()) is None
    assert "presidio" not in [spec.module for spec in _specs(settings)]
    assert finding() == Finding(what="redaction", ok=True, found="our own rules")


def test_doctor_says_what_to_install(config_file: Path, not_installed: None) -> None:
    config_file.write_text(ENABLED)

    assert not finding().ok
    assert finding().found == "our own rules alone"
    assert "pip install 'voiceagent[presidio]'" in finding().remedy


def test_a_start_says_what_to_install_before_anything_runs(config_file: Path, not_installed: None) -> None:
    config_file.write_text(f"{ENABLED}\nrecogniser: {{name: pocketsphinx}}")
    settings = load_settings()

    with pytest.raises(ConfigError, match=r"pip install 'voiceagent\[presidio\]'; or set .* false"):
        asyncio.run(prepare(settings, lambda _: None))


def test_a_platform_runs_one_process_of_it_before_its_gateways(config_file: Path) -> None:
    config_file.write_text(f"{ENABLED}\nsip: {{lines: 8}}")

    (presidio,) = [spec for spec in _specs(load_settings()) if spec.module == "presidio"]

    assert presidio.stage < min(spec.stage for spec in _specs(load_settings()) if spec.module.endswith("gateway"))


def model_folder(tmp_path: Path, meta: object) -> str:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "meta.json").write_text(json.dumps(meta))
    return str(tmp_path / "model")


def test_a_folder_of_the_language_is_a_model(tmp_path: Path, installed: None) -> None:
    check_installed(PresidioSettings(enabled=True, language="de", model=model_folder(tmp_path, {"lang": "de"})))


@pytest.mark.parametrize(
    ("meta", "problem"), [({"lang": "de"}, "is for 'de'.*set the language"), ({}, "not a spaCy"), ([], "not a spaCy")]
)
def test_a_folder_that_is_no_model_of_the_language_is_refused(
    tmp_path: Path, installed: None, meta: object, problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        check_installed(PresidioSettings(enabled=True, model=model_folder(tmp_path, meta)))


@pytest.mark.parametrize("model", ["en_core_web_sm_of_nobody", "/nowhere/en", "http://example.com/model"])
def test_a_model_that_is_not_here_is_not_fetched(installed: None, model: str) -> None:
    with pytest.raises(ConfigError, match="nothing is downloaded"):
        check_installed(PresidioSettings(enabled=True, model=model))


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        ("{model: en_core_web_sm}", "enabled is false; set enabled: true"),
        ("{enabled: true, language: english}", "language"),
        ("{enabled: true, least_score: 0}", "least_score"),
        ("{enabled: true, budget_ms: 1000}", "budget_ms"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(config_file: Path, chosen: str, problem: str) -> None:
    config_file.write_text(f"redaction: {{presidio: {chosen}}}")

    with pytest.raises(ConfigError, match=problem):
        load_settings()


async def test_a_gateway_masks_what_the_finder_finds_in_its_calls(tmp_path: Path) -> None:
    journal, leg, workers = MemoryJournal(), MemoryLeg(), MemoryWorkers()
    desk = CallDesk(
        CallDeskParts(
            tenant_id=TenantId("ten_1"),
            clock=SystemClock(),
            make_workers=lambda _: workers,
            agent=ScriptedAgent(),
            make_journal=lambda *_, **__: journal,
            find_profile=lambda _: sample_profile(),
            find_prompts=rendered_prompts,
            recordings=tmp_path,
            on_change=lambda: None,
            rules=rule_book(),
            home=None,
            finder=ListedEntities({"Maria Lopez": Kind.NAME}),
        )
    )
    incoming = IncomingCall(transport="sip", caller="+4930123456", callee="100", trunk="t", profile="p")
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(desk.serve(incoming, leg))
        await leg.answered.wait()
        await leg.listen(2000)
        leg.press("1")
        await leg.listen(800)
        workers.stream.hear("a parcel for Maria Lopez")
        await leg.listen(400)
        leg.leave()

    assert "a parcel for [NAME]" in [event.text for event in journal.events if isinstance(event, CallerSaid)]
