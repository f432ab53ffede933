"""`voiceagent`: one command for operators and developers."""

import sys
from typing import Annotated

import typer

from voiceagent import __version__
from voiceagent.cli import (
    audit,
    bench,
    call,
    data_keys,
    demo,
    dial,
    doctor,
    erase,
    export,
    exports,
    fetch,
    hold,
    init,
    keys,
    migrate,
    rehearse,
    retention,
    rules,
    tail,
    up,
    users,
)
from voiceagent.core.errors import VoiceagentError, first_error

app = typer.Typer(
    name="voiceagent",
    help="Answer phone calls with a duplex voice agent: SIP and WebRTC in, consent and records built in.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("up")(up.up)
app.command("init")(init.init)
app.command("test")(rehearse.rehearse)
app.command("call")(call.call)
app.command("dial")(dial.dial)
app.command("tail")(tail.tail)
app.command("doctor")(doctor.doctor)
app.command("fetch")(fetch.fetch)
app.command("migrate")(migrate.migrate)
app.add_typer(keys.keys, name="keys")
app.add_typer(users.users, name="users")
app.add_typer(audit.audit, name="audit")
app.add_typer(data_keys.data_keys, name="data-keys")
app.add_typer(retention.retention, name="retention")
app.add_typer(hold.hold, name="hold")
app.add_typer(erase.erase, name="erase")
app.command("export")(export.export)
app.add_typer(exports.exports, name="exports")
app.add_typer(bench.bench, name="bench")
app.add_typer(rules.rules, name="rules")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"voiceagent {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Answer phone calls with a duplex voice agent."""


def main() -> None:
    """Entry point: our own errors become one clear message and exit code 1, not a traceback."""
    try:
        app()
    except* VoiceagentError as group:
        typer.secho(f"voiceagent: {first_error(group)}", fg="red", err=True)
        sys.exit(1)
