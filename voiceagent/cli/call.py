"""`voiceagent call`: place a SIP call with the built-in phone."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from voiceagent.core.errors import BadInput

_SIP_ADDRESS: Final = re.compile(
    r"sip:([^@\s<>\"]+@)?(\[[0-9a-f:.]+\]|[\w.-]+)(:\d{1,5})?(;[^\s<>\"]*)?", re.ASCII | re.IGNORECASE
)


def call(
    uri: Annotated[str, typer.Argument(help="Whom to call, e.g. sip:+15550100@127.0.0.1:5060")],
    play: Annotated[str, typer.Option(help="WAV file to say into the call.")] = "",
    record: Annotated[str, typer.Option(help="Write what is said and heard to this stereo WAV.")] = "",
    digits: Annotated[str, typer.Option(help="Keys to press, e.g. 1@12.5 (key 1 after 12.5 s).")] = "",
    seconds: Annotated[float, typer.Option(help="Hang up after this long.")] = 60.0,
) -> None:
    """Call a SIP address and print how it went, as JSON."""
    if _SIP_ADDRESS.fullmatch(uri) is None:
        raise BadInput(f"{uri!r} is no address that can be called; write it like sip:+15550100@127.0.0.1:5060")
    if record:
        _check_writable(Path(record))
    command = [sys.executable, "-m", "voiceagent.testing.phone_process", "--dial", uri, "--seconds", str(seconds)]
    for name, value in (("--play", play), ("--record", record), ("--digits", digits)):
        if value:
            command += [name, value]
    # A process of its own: the SIP library allows one endpoint per process and wants to be its main business.
    raise typer.Exit(subprocess.run([*command, "--json"], check=False).returncode)  # noqa: S603 - our own module


def _check_writable(recording: Path) -> None:
    """Before anybody is called: what cannot be kept would be lost when the call is over. Raises BadInput."""
    if recording.is_dir() or not os.access(recording if recording.exists() else recording.parent, os.W_OK):
        raise BadInput(f"--record {recording} cannot be written; name a file in a folder that exists and is yours")
