"""`voiceagent rules`: which rules of places apply, and who stands behind them."""

from pathlib import Path
from typing import Annotated

import typer

rules = typer.Typer(no_args_is_help=True, help="Rule packs: what places allow, and who signed it.")
_Pack = Annotated[Path, typer.Argument(help="The pack's file.", metavar="FILE")]


@rules.command("list")
def list_packs() -> None:
    """The packs that apply, the shipped ones and those of `rules.packs`."""
    from rich.console import Console
    from rich.table import Table

    from voiceagent.config.rule_settings import load_rule_book
    from voiceagent.config.settings import load_settings
    from voiceagent.core.clock import SystemClock

    book = load_rule_book(load_settings().rules)
    ends = {one.name: one.days_left for one in book.expiring(SystemClock().now().date())}
    table = Table("pack", "version", "until", "where", "origin", "counsel", box=None)
    for one in book.packs:
        pack, applies = one.pack, one.pack.applies
        left = ends.get(f"{pack.id}@{pack.version}")
        until = str(pack.effective.to or "-") + (f" ({left} days)" if left is not None else "")
        where = " ".join(applies.regions or applies.countries) or ("elsewhere" if applies.elsewhere else "everywhere")
        table.add_row(pack.id, pack.version, until, where, one.origin, pack.counsel or "nobody")
    Console().print(table)


@rules.command("show")
def show(pack: Annotated[str, typer.Argument(help="Its id, as `list` shows it.")]) -> None:
    """One pack with its sources and their grades: F read in a copy, K known but not fetched, P our own caution."""
    import yaml

    from voiceagent.config.rule_settings import load_rule_book
    from voiceagent.config.settings import load_settings
    from voiceagent.core.errors import NotFound

    found = [one for one in load_rule_book(load_settings().rules).packs if one.pack.id == pack]
    if not found:
        raise NotFound(f"there is no rule pack {pack!r}; `voiceagent rules list` shows which there are")
    for one in found:
        document = one.pack.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        typer.echo(f"# sha256 {one.sha256}\n" + yaml.safe_dump(document, sort_keys=False, allow_unicode=True))


@rules.command("sign")
def sign_pack(
    pack: _Pack,
    key: Annotated[Path, typer.Option(help="An Ed25519 private key in PEM (openssl genpkey -algorithm ed25519).")],
) -> None:
    """Check a pack and write its signature beside it, as FILE.sig."""
    from voiceagent.compliance.rules.pack import parse_pack
    from voiceagent.compliance.rules.signing import SIGNATURE_SUFFIX, read_private_key, sign

    content = _read(pack)
    parse_pack(content, pack.name)
    signature = pack.with_name(pack.name + SIGNATURE_SUFFIX)
    signature.write_bytes(sign(content, read_private_key(_read(key))))
    typer.echo(f"{signature} is written; name the public key in `rules.keys`")


@rules.command("verify")
def verify(
    pack: _Pack,
    key: Annotated[Path, typer.Option(help="The Ed25519 public key in PEM that should have signed it.")],
) -> None:
    """Whether FILE.sig is of that key, and of this text. Exit code 1 when not."""
    from voiceagent.compliance.rules.pack import parse_pack
    from voiceagent.compliance.rules.signing import SIGNATURE_SUFFIX, read_public_key, signed_by
    from voiceagent.core.errors import ConfigError

    content = _read(pack)
    signature = _read(pack.with_name(pack.name + SIGNATURE_SUFFIX))
    if not signed_by(content, signature, [read_public_key(_read(key))]):
        raise ConfigError(f"{pack} is not what the owner of {key} signed; do not use it")
    found = parse_pack(content, pack.name)
    typer.echo(f"{found.id}@{found.version} is what the owner of {key} signed")


def _read(path: Path) -> bytes:
    from voiceagent.core.errors import BadInput

    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error
