"""The one door to onnxruntime: Moonshine's encoder and its decoder, which writes one piece after the other."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voiceagent.core.errors import ConfigError
from voiceagent.speech.moonshine.pieces import START

Floats = npt.NDArray[np.float32]

_HEADS, _HEAD_WIDTH = 8, 36  # of the tiny model
SHORTEST: Final = 1_600  # samples; less gives the encoder not a single frame


class MoonshineNetwork:
    """Both networks, shared by all callers; thread safe, and one thread a call: calls run side by side."""

    def __init__(self, folder: Path) -> None:
        """Raises ConfigError for files that are no such networks."""
        import onnxruntime  # noqa: PLC0415 - 60 MB that only a worker needs

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # The table of pieces is stored in a byte a weight: made floats once here, and not anew for every piece
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        try:
            self._encoder, self._decoder = (
                onnxruntime.InferenceSession(folder / f"{name}.onnx", options)
                for name in ("encoder_model", "decoder_model_merged")
            )
        except Exception as error:  # onnxruntime has a class of its own for each way of being wrong
            raise ConfigError(f"the files of moonshine in {folder} cannot be loaded: {error}") from error
        self._memory = [one.name for one in self._decoder.get_inputs() if one.name.startswith("past_key_values")]

    def hear(self, signal: Floats) -> Floats:
        """An utterance (samples,), 16 kHz in [-1, 1], as the decoder sees it: (1, frames, width)."""
        heard: Floats = self._encoder.run(None, {"input_values": signal[None]})[0]
        return heard

    def write(self, heard: Floats) -> "Writing":
        return Writing(self._decoder, self._memory, heard)


class Writing:
    """Lines that are written down about one utterance, side by side; each step adds a piece to every line."""

    def __init__(self, decoder: Any, memory: list[str], heard: Floats) -> None:
        self._decoder = decoder
        self._memory = memory
        self._sound = {"encoder_hidden_states": heard}  # the same for every line, with what the decoder makes of it
        self._past: dict[str, Floats] = {}  # what each line remembers of itself

    def begin(self) -> Floats:
        """Log probabilities of the first piece, (1, pieces)."""
        nothing = {name: np.zeros((0, _HEADS, 1, _HEAD_WIDTH), np.float32) for name in self._memory}
        scores, present = self._step(np.array([[START]]), nothing, begun=False)
        self._sound |= {name: kept for name, kept in present.items() if not _of_a_line(name)}
        return scores

    def add(self, pieces: npt.NDArray[np.int64], to: npt.NDArray[np.int64]) -> Floats:
        """Line n is line `to[n]` with `pieces[n]` behind it: log probabilities of what follows, (lines, pieces)."""
        if len(next(iter(self._sound.values()))) != len(pieces):
            self._sound = {name: np.repeat(kept[:1], len(pieces), axis=0) for name, kept in self._sound.items()}
        past = {name: kept[to] for name, kept in self._past.items()}
        return self._step(pieces[:, None], past, begun=True)[0]

    def _step(
        self, pieces: npt.NDArray[np.int64], past: dict[str, Floats], *, begun: bool
    ) -> tuple[Floats, dict[str, Floats]]:
        given = {"input_ids": pieces, "use_cache_branch": np.array([begun]), **past, **self._sound}
        scores, *kept = self._decoder.run(None, given)
        present = dict(zip(self._memory, kept, strict=True))
        self._past = {name: one for name, one in present.items() if _of_a_line(name)}
        return _log_probabilities(scores[:, -1]), present


def _of_a_line(name: str) -> bool:
    return ".decoder." in name


def _log_probabilities(scores: Floats) -> Floats:
    above = scores.max(axis=-1, keepdims=True)
    whole = np.exp(scores - above).sum(axis=-1, keepdims=True, dtype=np.float64)
    likely: Floats = scores - (above + np.log(whole).astype(np.float32))
    return likely
