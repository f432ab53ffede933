"""The duplex network: parallel streams in, one causal transformer, floor acts out."""

from dataclasses import dataclass

from torch import Tensor, nn

from voiceagent.interaction.model.attention import Reach, offline_reach, streaming_reach
from voiceagent.interaction.model.block import Block
from voiceagent.interaction.model.embedding import FeatureEmbedding, LevelEmbedding
from voiceagent.interaction.model.heads import Heads, Outputs
from voiceagent.interaction.model.mixture import Mixture
from voiceagent.interaction.model.state import StreamState
from voiceagent.interaction.model.token_stream import TokenEmbedding
from voiceagent.interaction.model.video import VideoEmbedding
from voiceagent.interaction.model.vocoder import Vocoder
from voiceagent.interaction.presets import MEL_CHANNELS, PITCH_CHANNELS, ModelConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What arrived: caller, agent (B, T, frames, 80) uint8 levels; features (B, T, 3) uint8.

    None where nothing came or the preset reads none: pitch (B, T, frames, 40), uint8 levels of the caller; tokens,
    roles (B, T, tokens_per_turn) long, text in its places and 0 elsewhere; video (B, T, side, side, 3) uint8, and seen
    (B, T) bool, the micro-turns that have a frame.
    """

    caller: Tensor
    agent: Tensor
    features: Tensor
    pitch: Tensor | None = None
    tokens: Tensor | None = None
    roles: Tensor | None = None
    video: Tensor | None = None
    seen: Tensor | None = None


class DuplexNetwork(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.caller = LevelEmbedding(config, MEL_CHANNELS)
        self.agent = LevelEmbedding(config, MEL_CHANNELS)
        self.features = FeatureEmbedding(config)
        self.pitch = LevelEmbedding(config, PITCH_CHANNELS) if config.hears_pitch else None
        self.text = TokenEmbedding(config) if config.tokens_per_turn else None
        self.video = VideoEmbedding(config) if config.video_patches else None
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))
        self.heads = Heads(config)
        self.vocoder = (
            Vocoder(config) if config.speaks else None
        )  # in no pass of the network: it follows the audio head
        for name, weight in self.named_parameters():
            if name.endswith(
                ("attention.out.weight", "feed.down.weight", "feed.shared.down.weight")
            ):  # keep the residual stream's size at any depth
                nn.init.normal_(weight, std=0.02 / (2 * config.depth) ** 0.5)

    def forward(self, inputs: Inputs) -> Outputs:
        """Offline: all T micro-turns at once, as in training."""
        return self._run(inputs, offline_reach(self.config, inputs.features.shape[1]), None)

    def step(self, inputs: Inputs, state: StreamState, rows: Tensor, executing: Tensor) -> Outputs:
        """Streaming: advance rows of `state` by the T micro-turns of `inputs`.

        rows: (B,) long, the state's row behind each row of the inputs, none that executes twice. executing: (B,) bool;
        the others are computed and thrown away, so that a caller can keep to few shapes. Their state does not move.
        """
        places = state.make_room(rows, executing, inputs.features.shape[1])
        outputs = self._run(inputs, streaming_reach(self.config, places), state)
        state.advance(places)
        return outputs

    def _run(self, inputs: Inputs, reach: Reach, state: StreamState | None) -> Outputs:
        hidden = self._fused(inputs)
        for layer, block in enumerate(self.blocks):
            hidden = block(hidden, reach, None if state is None else state.rings[layer])
        return self.heads(hidden, inputs.features)  # type: ignore[no-any-return]

    def _fused(self, inputs: Inputs) -> Tensor:
        """All streams in one position a micro-turn, (B, T, width)."""
        hidden: Tensor = self.caller(inputs.caller) + self.agent(inputs.agent) + self.features(inputs.features)
        if self.pitch is not None:
            hidden = hidden + self.pitch(inputs.pitch)  # never left out: a network that hears it would be deaf without
        if self.text is not None and inputs.tokens is not None:
            hidden = hidden + self.text(inputs.tokens, inputs.roles)
        if self.video is not None and inputs.video is not None:
            hidden = hidden + self.video(inputs.video, inputs.seen)
        return hidden


def parameter_count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def active_parameter_count(network: nn.Module) -> int:
    """Parameters that take part in one micro-turn: all but the experts that it is not sent to."""
    idle = sum(module.idle_parameters for module in network.modules() if isinstance(module, Mixture))
    return parameter_count(network) - idle
