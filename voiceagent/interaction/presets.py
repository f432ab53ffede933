"""Presets of the native duplex network: one dial, `depth`, derives width, heads and window."""

from dataclasses import dataclass
from typing import Final

from voiceagent.core.errors import ConfigError

MEL_CHANNELS: Final = 80
LEVELS: Final = 16
PROJECTION_CLASSES: Final = 256  # 2 speakers x 4 future bins, reference section 3.5
FEATURES: Final = 3  # agent words begun, more_to_say, agent sounding
MAX_WORDS_PER_TURN: Final = 3  # more words than this in one micro-turn count as this many


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """Everything that fixes the shape of a network; stored inside each checkpoint and compared on loading."""

    name: str
    depth: int
    sample_rate_hz: int = 16_000
    hop_ms: int = 20
    window_ms: int = 40
    micro_turn_ms: int = 80
    head_width: int = 32
    frame_width: int = 96  # width of one dMel frame's bag of embeddings
    attention_window: int = 96  # micro-turns each layer sees, the current one included

    @property
    def width(self) -> int:
        return 32 * self.depth

    @property
    def heads(self) -> int:
        return self.width // self.head_width

    @property
    def kv_heads(self) -> int:
        """Grouped queries: the largest divisor of `heads` that is at most a third of it (at least one)."""
        return max(n for n in range(1, max(1, self.heads // 3) + 1) if self.heads % n == 0)

    @property
    def hidden_width(self) -> int:
        """SwiGLU width: 8/3 of the model width, rounded up to a multiple of 32."""
        return -(-8 * self.width // 3 // 32) * 32

    @property
    def frames_per_turn(self) -> int:
        return self.micro_turn_ms // self.hop_ms

    @property
    def hop_samples(self) -> int:
        return self.sample_rate_hz * self.hop_ms // 1000

    @property
    def window_samples(self) -> int:
        return self.sample_rate_hz * self.window_ms // 1000

    @property
    def turn_samples(self) -> int:
        return self.sample_rate_hz * self.micro_turn_ms // 1000


PRESETS: Final = {
    config.name: config
    for config in (
        ModelConfig(name="toy", depth=2, frame_width=16, attention_window=12),
        ModelConfig(name="tiny", depth=6),
        ModelConfig(name="small", depth=14, frame_width=256, attention_window=256),
    )
}


def preset(name: str) -> ModelConfig:
    """The preset of that name. Raises ConfigError, which lists the presets there are."""
    try:
        return PRESETS[name]
    except KeyError:
        raise ConfigError(f"there is no model preset {name!r}; choose one of {', '.join(PRESETS)}") from None
