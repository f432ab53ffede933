"""Reads packs: the shipped ones, whose hashes are pinned, and those of a folder, which have to be signed.

The pins catch a shipped file that was damaged or edited in place. They do not prove who wrote it: whoever can write
into the installed package can write the pins too. That is what the signatures of an operator's own packs are for.
"""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from voiceagent.compliance.rules.book import BookedPack, RuleBook
from voiceagent.compliance.rules.pack import pack_sha256, parse_pack
from voiceagent.compliance.rules.rules import Origin
from voiceagent.compliance.rules.signing import SIGNATURE_SUFFIX, signed_by
from voiceagent.core.errors import ConfigError

PINS: Final = "SHA256SUMS"


def shipped_packs() -> list[BookedPack]:
    """Those of this package. Raises ConfigError for one that is not as it was released, or missing."""
    folder = files(__package__) / "packs"
    contents = {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(".yaml")}
    return check_pins(contents, (folder / PINS).read_text())


def check_pins(contents: dict[str, bytes], pins: str) -> list[BookedPack]:
    """The packs in files whose hashes are those of `pins` (as sha256sum writes them). Raises ConfigError."""
    pinned = {name: sha256 for sha256, _, name in (line.partition("  ") for line in pins.splitlines())}
    if odd := sorted(pinned.keys() ^ contents.keys()):
        raise ConfigError(f"shipped rule packs are missing or unknown: {', '.join(odd)}; install voiceagent again")
    for name, content in contents.items():
        if pack_sha256(content) != pinned[name]:
            raise ConfigError(
                f"the shipped rule pack {name} was changed; install voiceagent again, and put rules of your own into "
                "the folder that `rules.packs` names"
            )
    return [
        BookedPack(pack=parse_pack(content, name), sha256=pinned[name], origin=Origin.SHIPPED)
        for name, content in sorted(contents.items())
    ]


def packs_of_folder(folder: Path, keys: Sequence[Ed25519PublicKey], *, allow_unsigned: bool) -> list[BookedPack]:
    """The `*.yaml` of a folder, each with its `.sig`. Raises ConfigError."""
    try:
        found = sorted(folder.glob("*.yaml"))
        contents = [(path, path.read_bytes(), _signature(path)) for path in found]
    except OSError as error:
        raise ConfigError(f"cannot read rule packs of {folder}: {error}") from error
    if not found:
        raise ConfigError(f"there are no rule packs (*.yaml) in {folder}; delete `rules.packs` or put some there")
    return [_checked(path, content, sig, keys, allow_unsigned=allow_unsigned) for path, content, sig in contents]


def rule_book(own: Iterable[BookedPack] = ()) -> RuleBook:
    """The shipped packs and an operator's own."""
    return RuleBook([*shipped_packs(), *own])


def _signature(path: Path) -> bytes | None:
    signature = path.with_name(path.name + SIGNATURE_SUFFIX)
    return signature.read_bytes() if signature.exists() else None


def _checked(
    path: Path, content: bytes, signature: bytes | None, keys: Sequence[Ed25519PublicKey], *, allow_unsigned: bool
) -> BookedPack:
    signed = signature is not None and signed_by(content, signature, keys)
    if signature is not None and not signed:
        raise ConfigError(
            f"the signature of rule pack {path} is of none of the keys in `rules.keys`, or the file was changed after "
            f"it was signed; have it signed again: voiceagent rules sign {path.name} --key …"
        )
    if not signed and not allow_unsigned:
        raise ConfigError(
            f"rule pack {path} is not signed; sign it (voiceagent rules sign {path.name} --key …), or set "
            "`rules.allow_unsigned: true` to use it all the same, which every decision will say"
        )
    origin = Origin.SIGNED if signed else Origin.UNSIGNED
    return BookedPack(pack=parse_pack(content, path.name), sha256=pack_sha256(content), origin=origin)
