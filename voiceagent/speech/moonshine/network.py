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
        self._heard = heard
        self._past = {name: np.zeros((0, _HEADS, 1, _HEAD_WIDTH), np.float32) for name in memory}
        self._begun = False

    def begin(self) -> Floats:
        """Log probabilities of the first piece, (1, pieces)."""
        return self._step(np.array([[START]]))

    def add(self, pieces: npt.NDArray[np.int64], to: npt.NDArray[np.int64]) -> Floats:
        """Line n is line `to[n]` with `pieces[n]` behind it: log probabilities of what follows, (lines, pieces)."""
        self._past = {name: kept[to] for name, kept in self._past.items()}
        return self._step(pieces[:, None])

    def _step(self, pieces: npt.NDArray[np.int64]) -> Floats:
        heard = np.repeat(self._heard, len(pieces), axis=0)
        given = {"input_ids": pieces, "encoder_hidden_states": heard, "use_cache_branch": np.array([self._begun])}
        scores, *present = self._decoder.run(None, {**given, **self._past})
        for name, kept in zip(self._past, present, strict=True):
            if not self._begun or ".decoder." in name:  # what it remembers of the sound is given out only once
                self._past[name] = kept
        self._begun = True
        last = scores[:, -1].astype(np.float64)
        last -= last.max(axis=-1, keepdims=True)
        likely: Floats = (last - np.log(np.exp(last).sum(axis=-1, keepdims=True))).astype(np.float32)
        return likely
