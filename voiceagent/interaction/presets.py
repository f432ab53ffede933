"""Presets of the native duplex network: one dial, `depth`, derives width, heads and window.

Phone presets (`tiny`, `small`, `base`) hear and decide. The others also read, see, write or speak; what each has is a
field that is off unless a preset turns it on. Which of them have been trained: docs/decisions/0014.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from voiceagent.core.errors import ConfigError

MEL_CHANNELS: Final = 80
PITCH_CHANNELS: Final = 40
LEVELS: Final = 16
PROJECTION_CLASSES: Final = 256  # 2 speakers x 4 future bins, reference section 3.5
FEATURES: Final = 3  # agent words begun, more_to_say, agent sounding
MAX_WORDS_PER_TURN: Final = 3  # more words than this in one micro-turn count as this many
LETTER_MS: Final = 40  # the caller's words are spelt a letter or a blank at a time
PATCH: Final = 40  # side of a video patch, pixels; reference section 1.1


class TokenRole(IntEnum):
    """Where the tokens of a micro-turn come from."""

    AGENT_WORDS = 0  # said by the agent, on the micro-turn in which they are played
    RESULT = 1  # of the background agent
    INSTRUCTION = 2
    SUMMARY = 3  # of what has left the attention window


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
    experts: int = 0  # 0: dense blocks; else routed experts in each block
    experts_used: int = 0  # of the routed ones, by each position
    shared_experts: int = 0  # used by all positions
    expert_width: int = 0  # SwiGLU width of one expert
    hears_pitch: bool = False  # a picture of the caller's pitch beside dMel
    tokens_per_turn: int = 0  # bytes of text one micro-turn can take in; 0: no text
    video_patches: int = 0  # patches on a side of a frame; 0: no video
    writes: bool = False  # has a text head
    speaks: bool = False  # has an audio head and a vocoder

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
    def letters_per_turn(self) -> int:
        return self.micro_turn_ms // LETTER_MS

    @property
    def video_side(self) -> int:
        """Pixels on a side of a video frame."""
        return PATCH * self.video_patches

    @property
    def hop_samples(self) -> int:
        return self.sample_rate_hz * self.hop_ms // 1000

    @property
    def window_samples(self) -> int:
        return self.sample_rate_hz * self.window_ms // 1000

    @property
    def turn_samples(self) -> int:
        return self.sample_rate_hz * self.micro_turn_ms // 1000


def _at(depth: int, name: str, **fields: Any) -> ModelConfig:
    """A preset at that depth: what is not said otherwise follows from the dial."""
    head_width = 32 if depth < 24 else 64 if depth < 64 else 128
    derived: dict[str, Any] = {"head_width": head_width, "frame_width": 16 * depth, "attention_window": 16 * depth}
    return ModelConfig(name=name, depth=depth, **{**derived, **fields})


_TOY: Final[dict[str, Any]] = {"depth": 2, "frame_width": 16, "attention_window": 12}
_TML_TIME: Final[dict[str, Any]] = {"hop_ms": 50, "window_ms": 100, "micro_turn_ms": 200}
_ALL_STREAMS: Final[dict[str, Any]] = {"tokens_per_turn": 32, "video_patches": 4, "writes": True, "speaks": True}
_TOY_EXPERTS: Final[dict[str, Any]] = {"experts": 8, "experts_used": 2, "shared_experts": 1, "expert_width": 32}
# 256 routed experts, 6 used, 2 shared as in the open model of the same size (reference section 1.6); their width is
# what makes 276 B in all and 12 B at work
_TML_EXPERTS: Final[dict[str, Any]] = {
    "experts": 256,
    "experts_used": 6,
    "shared_experts": 2,
    "expert_width": 936,
    "frame_width": 768,  # also as there
}

PRESETS: Final = {
    config.name: config
    for config in (
        _at(name="toy", **_TOY),
        _at(6, "tiny", hears_pitch=True),
        _at(6, "tiny200", micro_turn_ms=200, hears_pitch=True),  # `tiny` that decides as often as the published model
        _at(14, "small", frame_width=256, attention_window=256),
        _at(30, "base"),
        _at(14, "tml200", **_TML_TIME, **_ALL_STREAMS),
        _at(108, "tml-276b", **_TML_TIME, **_TML_EXPERTS, **_ALL_STREAMS),
        _at(name="toy200", **_TOY, **_TML_TIME),
        _at(name="toy-moe", **_TOY, **_TOY_EXPERTS),
        _at(name="toy-pitch", **_TOY, hears_pitch=True),
        _at(name="toy-text", **_TOY, tokens_per_turn=6, writes=True),
        _at(name="toy-video", **_TOY, video_patches=1),
        _at(name="toy-speech", **_TOY, speaks=True),
    )
}


def preset(name: str) -> ModelConfig:
    """The preset of that name. Raises ConfigError, which lists the presets there are."""
    try:
        return PRESETS[name]
    except KeyError:
        raise ConfigError(f"there is no model preset {name!r}; choose one of {', '.join(PRESETS)}") from None
