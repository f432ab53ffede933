"""Which files of a folder are a streaming model of sherpa-onnx."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voiceagent.core.errors import ConfigError

_TOKENS: Final = "tokens.txt"
_PARTS: Final = ("encoder", "decoder", "joiner")
_NEEDED: Final = (
    "tokens.txt with encoder*.onnx, decoder*.onnx and joiner*.onnx (a streaming transducer), "
    "or tokens.txt with one model*.onnx (a streaming Zipformer2 CTC)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transducer:
    tokens: Path
    encoder: Path
    decoder: Path
    joiner: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Ctc:
    tokens: Path
    model: Path


def find_model(folder: Path) -> Transducer | Ctc:
    """The model in a folder; where a part comes in two precisions, the 8-bit one. Raises ConfigError."""
    if not folder.is_dir():
        raise ConfigError(f"the model folder {folder} of sherpa-onnx does not exist; it must hold {_NEEDED}")
    tokens = folder / _TOKENS
    parts = {part: _one(folder, part) for part in (*_PARTS, "model")}
    encoder, decoder, joiner, model = parts["encoder"], parts["decoder"], parts["joiner"], parts["model"]
    if tokens.is_file() and encoder and decoder and joiner:
        return Transducer(tokens=tokens, encoder=encoder, decoder=decoder, joiner=joiner)
    if tokens.is_file() and model:
        return Ctc(tokens=tokens, model=model)
    there = ", ".join(sorted(path.name for path in folder.iterdir())) or "nothing"
    raise ConfigError(f"the model folder {folder} of sherpa-onnx must hold {_NEEDED}; there is {there}")


def _one(folder: Path, part: str) -> Path | None:
    """The file of a part, None when it is missing. Raises ConfigError when one cannot tell which."""
    found = sorted(folder.glob(f"{part}*.onnx"))
    small = [path for path in found if path.name.endswith(".int8.onnx")]
    candidates = small or found
    if len(candidates) > 1:
        names = ", ".join(path.name for path in candidates)
        raise ConfigError(f"the model folder {folder} of sherpa-onnx has several files for {part}: {names}; leave one")
    return candidates[0] if candidates else None
