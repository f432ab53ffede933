"""The Presidio process: one for all gateways of a machine. It keeps nothing of what it is shown."""

import faulthandler
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import structlog

from voiceagent.apps.presidio.analyzer import Analyzer
from voiceagent.apps.presidio.server import serving
from voiceagent.apps.presidio.wire import socket_of
from voiceagent.apps.process import ProcessContext, run_process
from voiceagent.compliance.redaction.values import Span

_log = structlog.get_logger(__name__)
_STUCK_S: Final = 5.0  # a pattern may think for minutes; nobody waits for it, but everybody else would


async def main(context: ProcessContext) -> None:
    """Load, answer, end."""
    warnings.simplefilter("ignore")  # those of a pipeline may quote words
    analyzer = Analyzer(context.settings.redaction.presidio)
    _log.info("presidio is loaded", summary=analyzer.summary)
    async with serving(socket_of(context.settings.state_dir), _watched(analyzer.find)):
        context.ready()
        await context.stop.wait()


def _watched(find: Callable[[str], Sequence[Span]]) -> Callable[[str], Sequence[Span]]:
    """A look that is stuck ends this process, and the supervisor starts another one."""

    def watched(text: str) -> Sequence[Span]:
        with _ends_when_stuck():
            return find(text)

    return watched


@contextmanager
def _ends_when_stuck() -> Iterator[None]:
    faulthandler.dump_traceback_later(_STUCK_S, exit=True)  # shows lines of code, no values
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


if __name__ == "__main__":
    run_process("presidio", main)
