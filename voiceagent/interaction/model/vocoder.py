"""dMel levels to a waveform: mel inversion with a small learned correction, causal, overlap-add.

As in Vocos (arXiv 2306.00814) the network says a spectrum a frame and an inverse Fourier transform makes the samples,
so nothing is upsampled by learned layers. Its magnitudes start from those that the mel filters imply; what is learnt is
the correction and the phases. A frame's samples are final when the next frames have been laid over them: the audio
comes `window - hop` late.
"""

from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from voiceagent.interaction.model.dmel import level_centres, mel_filters
from voiceagent.interaction.presets import LEVELS, MEL_CHANNELS, ModelConfig

_BEFORE: Final = 3  # earlier frames that a spectrum depends on: where a harmonic comes from tells its phase
_WIDTH: Final = 192
_QUIET: Final = 1e-5  # magnitude; dMel's own floor


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Between micro-turns: levels (B, 3, 80) uint8 of the last frames, tail (B, window - hop) not yet final samples."""

    levels: Tensor
    tail: Tensor


class Vocoder(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.hop, self.window = config.hop_samples, config.window_samples
        bins = self.window // 2 + 1
        self.enter = nn.Linear((_BEFORE + 1) * MEL_CHANNELS, _WIDTH)
        self.middle = nn.Linear(_WIDTH, _WIDTH)
        self.leave = nn.Linear(_WIDTH, 2 * bins)
        energy = 10.0 ** torch.from_numpy(level_centres()).float()
        self.register_buffer("energy", energy, persistent=False)  # of a level, (16,)
        self.register_buffer("spread", _spread(config), persistent=False)
        self.register_buffer("fade", torch.hann_window(self.window) * 2 * self.hop / self.window, persistent=False)
        self.energy: Tensor
        self.spread: Tensor
        self.fade: Tensor

    def start(self, rows: int) -> Held:
        """What stands before the first frame of so many calls: silence."""
        return Held(
            levels=torch.zeros(rows, _BEFORE, MEL_CHANNELS, dtype=torch.uint8),
            tail=torch.zeros(rows, self.window - self.hop),
        )

    def forward(self, levels: Tensor, held: Held) -> tuple[Tensor, Held]:
        """Levels (B, F, 80) uint8 to samples (B, F * hop), late by `window - hop`, and what to hold for the next."""
        context = torch.cat([held.levels, levels], dim=1)
        spectra = self._spectra(context)
        frames = torch.fft.irfft(spectra, n=self.window) * self.fade  # (B, F, window)
        laid = _overlapped(frames, self.hop)
        laid = laid + F.pad(held.tail, (0, laid.shape[1] - held.tail.shape[1]))
        final = levels.shape[1] * self.hop
        return laid[:, :final], Held(levels=context[:, -_BEFORE:], tail=laid[:, final:])

    def _spectra(self, context: Tensor) -> Tensor:
        """Levels (B, 3 + F, 80) to complex spectra (B, F, bins)."""
        values = context.float() / (LEVELS / 2) - 1.0
        hidden = F.gelu(self.enter(values.unfold(1, _BEFORE + 1, 1).flatten(2)))
        hidden = hidden + F.gelu(self.middle(hidden))
        correction, phase = self.leave(hidden).chunk(2, dim=-1)
        magnitude = self.energy[context[:, _BEFORE:].long()] @ self.spread
        return torch.polar(magnitude.clamp(min=_QUIET) * correction.clamp(max=4.0).exp(), phase)


def _spread(config: ModelConfig) -> Tensor:
    """What a channel's mel magnitude says about each bin's, (80, bins).

    A filter's output over its area is the mean magnitude under it; a bin takes the mean of the filters over it, weighed
    by how much they see of it.
    """
    filters = torch.from_numpy(mel_filters(config.sample_rate_hz, config.window_samples))  # (bins, 80)
    share = filters / filters.sum(1, keepdim=True).clamp(min=1e-12) / filters.sum(0)
    return share.T.float().contiguous()


def _overlapped(frames: Tensor, hop: int) -> Tensor:
    """Frames (B, F, window), each a hop after the one before, to their sum (B, (F - 1) * hop + window)."""
    batch, count, window = frames.shape
    length = (count - 1) * hop + window
    laid = F.fold(frames.transpose(1, 2), output_size=(1, length), kernel_size=(1, window), stride=(1, hop))
    return laid.view(batch, length)
