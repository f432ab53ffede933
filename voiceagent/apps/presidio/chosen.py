"""Presidio as the settings want it: the finder of a process that runs calls, and doctor's look."""

from typing import Final

from voiceagent.apps.finding import Finding
from voiceagent.apps.presidio.finder import PresidioFinder
from voiceagent.apps.presidio.wire import socket_of
from voiceagent.apps.process import ready_file
from voiceagent.config.settings import Settings
from voiceagent.core.clock import Clock, SystemClock
from voiceagent.core.errors import ConfigError

_WHAT: Final = "redaction"
_TRIAL: Final = "my card is 4111 1111 1111 1111"
_TRIAL_S: Final = 2.0


def chosen_finder(settings: Settings, clock: Clock) -> PresidioFinder | None:
    """None where our own rules are enough. Connects when the first text comes. Raises ConfigError."""
    chosen = settings.redaction.presidio
    return PresidioFinder(socket_of(settings.state_dir), chosen.budget_ms / 1000, clock) if chosen.enabled else None


def check_presidio(settings: Settings) -> list[Finding]:
    """What is loaded beside our own rules, and whether the running process, if there is one, answers."""
    chosen = settings.redaction.presidio
    if not chosen.enabled:
        return [Finding(what=_WHAT, ok=True, found="our own rules")]
    from voiceagent.apps.presidio.analyzer import Analyzer

    try:
        found = f"our own rules, and {Analyzer(chosen).summary}"
    except ConfigError as error:
        return [Finding(what=_WHAT, ok=False, found="our own rules alone", remedy=str(error))]
    if not ready_file(settings.state_dir, "presidio", 0).exists():
        return [Finding(what=_WHAT, ok=True, found=found)]
    finder = PresidioFinder(socket_of(settings.state_dir), _TRIAL_S, SystemClock())
    finder.find(_TRIAL)
    finder.close()
    remedy = f"the presidio process does not answer: see {settings.state_dir / 'logs' / 'presidio-0.log'}"
    return [Finding(what=_WHAT, ok=not finder.unaided, found=found, remedy=remedy)]
