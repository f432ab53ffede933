"""What the demo can be told."""

from dataclasses import dataclass
from pathlib import Path

from voiceagent.apps.database import DEMO
from voiceagent.apps.profiles import answered_by
from voiceagent.config.settings import Settings
from voiceagent.testing.caller.script import Script, read_script

_SLOW_CARRIERS = {"Harbour Express": 1.2}  # seconds: longer than a caller stays silent
_SHIPPED_SCRIPT = Path(__file__).parent / "order_caller.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """`profile` answers instead of the shipped one; `script` calls instead of the shipped one; `out` gets the files."""

    profile: Path | None = None
    script: Path | None = None
    out: Path | None = None
    keep: bool = False


def demo_settings(settings: Settings, options: DemoOptions) -> Settings:
    """The settings of the demo: free ports, a state folder of its own, four lines. Raises ConfigError.

    So a demo never meets an installation that runs on this machine, nor its records.
    """
    changed = settings.with_free_ports()
    crm = changed.crm
    if crm.connector == "demo":  # one carrier lets the caller wait
        crm = crm.model_copy(update={"options": {"slow_carriers": _SLOW_CARRIERS, **crm.options}})
    sip = changed.sip.model_copy(update={"lines": changed.sip.lines_per_cell})
    updates: dict[str, object] = {"crm": crm, "sip": sip, "state_dir": settings.state_dir / DEMO}
    changed = changed.model_copy(update=updates)
    return changed if options.profile is None else answered_by(changed, options.profile)


def demo_script(options: DemoOptions) -> Script:
    """The caller's script. Raises BadInput for a malformed one."""
    return read_script((options.script or _SHIPPED_SCRIPT).read_bytes())
