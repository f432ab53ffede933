"""Pure audio: frames, playout, levels, tones, resampling, WAV. numpy only; no clock, no I/O."""
