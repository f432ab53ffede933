"""Teaches a vocoder to sound like recordings: spectra at three resolutions (Parallel WaveGAN, arXiv 1910.11480)."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from voiceagent.interaction.model.dmel import offline_dmel
from voiceagent.interaction.model.vocoder import Vocoder
from voiceagent.interaction.presets import ModelConfig

_WINDOWS: Final = (256, 512, 1024)
_QUIET: Final = 1e-3  # magnitude below which nobody hears a difference
_CUT: Final = 24  # frames in an example


def spectral_distance(made: Tensor, wanted: Tensor) -> Tensor:
    """Mean absolute difference of log magnitudes (nats) plus spectral convergence, over three windows. (B, samples)."""
    total = torch.zeros(())
    for window in _WINDOWS:
        of_made, of_wanted = _magnitudes(made, window), _magnitudes(wanted, window)
        total = total + ((of_made + _QUIET).log() - (of_wanted + _QUIET).log()).abs().mean()
        total = total + (of_made - of_wanted).norm() / of_wanted.norm().clamp(min=_QUIET)
    return total / len(_WINDOWS)


def _magnitudes(signal: Tensor, window: int) -> Tensor:
    hann = torch.hann_window(window)
    spectra = torch.stft(signal, window, window // 4, window=hann, center=False, return_complex=True)
    return spectra.abs()


def distance_of(vocoder: Vocoder, levels: Tensor, signal: Tensor) -> Tensor:
    """How far the vocoder's audio for levels (B, F, 80) is from the signal (B, F * hop) that they were made of."""
    made, _ = vocoder(levels, vocoder.start(len(levels)))
    late = vocoder.window - vocoder.hop
    return spectral_distance(made[:, late:], signal[:, :-late])


def train_vocoder(
    vocoder: Vocoder, speech: npt.NDArray[np.float32], config: ModelConfig, *, steps: int, seed: int = 1
) -> Iterator[float]:
    """Learn from one recording in [-1, 1], eight cuts a step; the loss of each step."""
    hop = config.hop_samples
    speech = speech[: len(speech) // hop * hop]
    levels, signal = torch.from_numpy(offline_dmel(speech, config)), torch.from_numpy(speech)
    optimiser = torch.optim.AdamW(vocoder.parameters(), lr=3e-3)
    dice = np.random.default_rng(seed)
    for _ in range(steps):
        begins = dice.integers(0, len(levels) - _CUT, 8)
        cuts = torch.stack([levels[begin : begin + _CUT] for begin in begins])
        heard = torch.stack([signal[begin * hop : (begin + _CUT) * hop] for begin in begins])
        loss = distance_of(vocoder, cuts, heard)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        yield float(loss.detach())
