"""A vocoder learns from a few seconds of a made voice; toy-sized, and far from a good voice."""

import numpy as np
import pytest
import torch

from voiceagent.audio.frame import to_float
from voiceagent.interaction.model.dmel import offline_dmel
from voiceagent.interaction.model.vocoder import Vocoder
from voiceagent.interaction.presets import preset
from voiceagent.interaction.training.vocoder import distance_of, spectral_distance, train_vocoder
from voiceagent.speech.espeak import EspeakVoice

_LEARNT = "The parcel is on its way and will arrive on Tuesday. Please tell me your name."
_UNHEARD = "Nobody was at home when we came by yesterday."


def _spoken(text: str) -> np.ndarray:
    return to_float(np.concatenate([chunk.pcm for chunk in EspeakVoice().speak(text)]))


@pytest.mark.parametrize("name", ["toy-speech", "tml200"])
def test_a_vocoder_learns_and_comes_nearer_to_unheard_speech_than_silence(name: str) -> None:
    config = preset(name)
    vocoder = Vocoder(config)
    unheard = _spoken(_UNHEARD)[: 2 * 16_000]
    signal, levels = torch.from_numpy(unheard)[None], torch.from_numpy(offline_dmel(unheard, config))[None]
    silence = float(spectral_distance(torch.zeros_like(signal), signal))
    with torch.no_grad():
        before = float(distance_of(vocoder, levels, signal))
    losses = list(train_vocoder(vocoder, _spoken(_LEARNT), config, steps=12))
    with torch.no_grad():
        after = float(distance_of(vocoder, levels, signal))

    assert losses[-1] < 0.8 * losses[0]
    assert after < 0.75 * before
    assert after < 0.6 * silence
