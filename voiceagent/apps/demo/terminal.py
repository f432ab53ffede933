"""The demo in a terminal: progress, the talk as it goes, the summary. Plain lines where there is no terminal."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from voiceagent.apps.demo.finding import Finding
from voiceagent.apps.demo.narration import NarrationLine
from voiceagent.apps.demo.outcome import Outcome
from voiceagent.apps.platform import Platform

_THEME: Final = Theme(
    {
        "agent": "bold dark_orange3",
        "caller": "bold dodger_blue2",
        "floor": "medium_purple2",
        "work": "magenta",
        "good": "green",
        "bad": "bold red",
        "soft": "dim",
    }
)
_WIDTH: Final = 120


class Terminal:
    """Writes to stdout, or to stderr where stdout carries JSON."""

    def __init__(self, *, to_stderr: bool) -> None:
        self._console = Console(stderr=to_stderr, theme=_THEME, highlight=False)
        self._console.width = min(self._console.width, _WIDTH)

    def progress(self, text: str) -> None:
        """A step of the start."""
        self._console.print(Text(f"· {text}", style="soft"))

    def heading(self, text: str) -> None:
        self._console.print()
        self._console.print(Text(text, style="bold"))
        self._console.print()

    def line(self, line: NarrationLine) -> None:
        """One line of the talk; long words wrap under themselves."""
        row = Table.grid(padding=(0, 1))
        row.add_column(width=6, justify="right")
        row.add_column(width=8)
        row.add_column(ratio=1)
        row.add_row(Text(_clock(line.at_ms), style="soft"), Text(line.who, style=line.tone), _text(line))
        self._console.print(row)

    def summary(self, outcome: Outcome, findings: Sequence[Finding]) -> None:
        """What was shown, what was measured, where to look, what to try."""
        table = Table.grid(padding=(0, 2))
        table.add_column(width=4)
        table.add_column()
        table.add_column(style="soft", ratio=1)
        for finding in findings:
            mark = Text("ok", style="good") if finding.holds else Text("FAIL", style="bad")
            table.add_row(mark, finding.expectation, finding.found)
        held = all(finding.holds for finding in findings)
        title = "the call did what it shall" if held else "the call did NOT do what it shall"
        self._console.print()
        self._console.print(Panel(table, title=title, border_style="green" if held else "red", title_align="left"))
        self._files(outcome)

    def failed(self, findings: Sequence[Finding], platform: Platform) -> None:
        """Say plainly what was expected and did not happen."""
        for finding in findings:
            if not finding.holds:
                self._console.print(Text(f"expected that {finding.expectation}; found: {finding.found}", style="bad"))
        self._console.print(Text(f"the processes' logs are in {platform.logs_dir}", style="soft"))

    def what_next(self) -> None:
        """Where to go from here."""
        self.heading("What to try next")
        self._pairs(
            ("voiceagent up", "keep it running: SIP lines, talk page in the browser, API"),
            ("voiceagent call sip:+15550100@127.0.0.1:5060", "call it with the built-in phone, or with any SIP phone"),
            ("examples/orders/agent.yaml", "change what the agent says, then: voiceagent demo --profile FILE --keep"),
            ("docs/quickstart.md", "your own trunk, your own CRM"),
        )

    def keeping(self, platform: Platform) -> None:
        """The platform stays: how to reach it."""
        self.heading("Still running until Ctrl-C")
        self._pairs(
            (platform.sip_uri, "call it"),
            (f"{platform.web_url}/talk", "talk page; a token comes from POST /v1/webrtc/tokens"),
            (f"{platform.api_url}/v1/calls", f"API key {platform.api_key}"),
            (str(platform.logs_dir), "logs"),
        )

    def _files(self, outcome: Outcome) -> None:
        self._pairs(
            (str(outcome.recording or "(no recording)"), "the recording: caller left, agent right, since consent"),
            (outcome.caller.recording, "the whole call as the caller heard it"),
            (str(outcome.timeline), "the picture: open it in a browser"),
        )

    def _pairs(self, *pairs: tuple[str, str]) -> None:
        for what, why in pairs:
            self._console.print(Text.assemble(("  " + what, "bold"), "\n      ", (why, "soft")), soft_wrap=True)


def _clock(at_ms: int | None) -> str:
    if at_ms is None:
        return ""
    minutes, rest_ms = divmod(at_ms, 60_000)
    return f"{minutes}:{rest_ms / 1000:04.1f}"


def _text(line: NarrationLine) -> RenderableType:
    spoken = line.tone in ("agent", "caller")
    return Text(line.text) if spoken else Text(line.text, style=line.tone)
