"""Each stream and mechanism learns a toy task of its own, and the largest preset has the size that its name says."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from voiceagent.interaction.model.heads import FloorAct
from voiceagent.interaction.model.mixture import Mixture, rebalance
from voiceagent.interaction.model.network import DuplexNetwork, Inputs, active_parameter_count, parameter_count
from voiceagent.interaction.presets import ModelConfig, TokenRole, preset
from voiceagent.interaction.training.own_streams import audio_loss, text_loss

_ROWS, _TURNS = 8, 12
Task = Callable[[DuplexNetwork], Tensor]


def _inputs(config: ModelConfig, **streams: Tensor) -> Inputs:
    shape = (_ROWS, _TURNS, config.frames_per_turn, 80)
    silence = torch.ones(shape, dtype=torch.uint8)
    features = torch.zeros(_ROWS, _TURNS, 3, dtype=torch.uint8)
    return Inputs(**{"caller": silence, "agent": silence, "features": features, **streams})


def _learn(name: str, task: Task, steps: int) -> tuple[DuplexNetwork, float, float]:
    """The network, and the task's loss at first and at last (mean of the last ten steps)."""
    network = DuplexNetwork(preset(name)).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=5e-3)
    losses = []
    for _ in range(steps):
        loss = task(network)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rebalance(network, rate=0.01)
        losses.append(float(loss.detach()))
    return network, losses[0], sum(losses[-10:]) / 10


def _floor_loss(network: DuplexNetwork, inputs: Inputs, takes: Tensor) -> Tensor:
    """Take the floor where `takes` (B, T) says so, else listen."""
    acts = torch.where(takes, int(FloorAct.SPEAK), int(FloorAct.LISTEN))
    return nn.functional.cross_entropy(network(inputs).floor.flatten(0, 1), acts.flatten())


def test_a_mixture_of_experts_learns_and_keeps_its_experts_busy() -> None:
    def take_the_floor_after_loud_speech(network: DuplexNetwork) -> Tensor:
        loud = torch.rand(_ROWS, _TURNS) < 0.5
        levels = torch.randint(0, 4, (_ROWS, _TURNS, 4, 80)) + 10 * loud[..., None, None]
        before = nn.functional.pad(loud, (1, 0))[:, :-1]
        return _floor_loss(network, _inputs(network.config, caller=levels.byte()), before)

    network, first, last = _learn("toy-moe", take_the_floor_after_loud_speech, steps=50)
    take_the_floor_after_loud_speech(network)
    loads = [module.load for module in network.modules() if isinstance(module, Mixture)]

    assert last < 0.5 * first
    assert all((load > 0).sum() >= 6 for load in loads)  # of eight


def test_what_a_result_says_is_learnt() -> None:
    def take_the_floor_when_the_result_is_ready(network: DuplexNetwork) -> Tensor:
        ready, wait = (torch.tensor(list(word)).add(1) for word in (b"ready!", b"dyrea?"))
        is_ready = torch.rand(_ROWS, _TURNS) < 0.5
        tokens = torch.where(is_ready[..., None], ready, wait)
        roles = torch.full_like(tokens, int(TokenRole.RESULT))
        return _floor_loss(network, _inputs(network.config, tokens=tokens, roles=roles), is_ready)

    _, first, last = _learn("toy-text", take_the_floor_when_the_result_is_ready, steps=45)

    assert last < 0.5 * first


def test_the_text_head_learns_what_comes_next() -> None:
    line = (torch.tensor(list(b"one two three four five six seven eight nine ten ... and so on, till the end.")) + 1)[
        :72
    ]
    tokens = line.view(1, _TURNS, 6).expand(_ROWS, -1, -1)
    roles = torch.zeros_like(tokens)

    def recite(network: DuplexNetwork) -> Tensor:
        logits = network(_inputs(network.config, tokens=tokens, roles=roles)).agent_tokens
        assert logits is not None
        return text_loss(logits, tokens, roles)

    _, first, last = _learn("toy-text", recite, steps=40)

    assert first > 5.0
    assert last < 1.0


def test_what_a_frame_shows_is_learnt_and_no_frame_is_no_news() -> None:
    def take_the_floor_when_a_raised_hand_is_seen(network: DuplexNetwork) -> Tensor:
        hand, seen = torch.rand(_ROWS, _TURNS) < 0.5, torch.rand(_ROWS, _TURNS) < 0.7
        video = torch.full((_ROWS, _TURNS, 40, 40, 3), 40, dtype=torch.uint8)
        video[:, :, :20] += 160 * hand[:, :, None, None, None].byte()  # bright above, else bright below
        video[:, :, 20:] += 160 * (~hand)[:, :, None, None, None].byte()
        return _floor_loss(network, _inputs(network.config, video=video, seen=seen), hand & seen)

    _, first, last = _learn("toy-video", take_the_floor_when_a_raised_hand_is_seen, steps=30)

    assert last < 0.2 * first


def test_the_audio_head_learns_a_melody() -> None:
    tones = torch.arange(_TURNS)[:, None, None].mul(7).remainder(80)
    spectrum = (12 - (torch.arange(80) - tones).abs()).clamp(min=1).expand(_TURNS, 4, 80)
    agent = spectrum.expand(_ROWS, -1, -1, -1).byte()

    def sing(network: DuplexNetwork) -> Tensor:
        logits = network(_inputs(network.config, agent=agent)).agent_audio
        assert logits is not None
        return audio_loss(logits, agent)

    _, first, last = _learn("toy-speech", sing, steps=40)

    assert first > 2.5
    assert last < 0.3


@pytest.mark.parametrize(
    ("name", "total", "active", "tolerance"),
    [
        ("small", 30e6, 30e6, 0.1),
        ("base", 300e6, 300e6, 0.01),
        ("tml200", 40e6, 40e6, 0.1),
        ("tml-276b", 276e9, 12e9, 0.01),
    ],
)
def test_presets_have_the_size_that_is_said_of_them(name: str, total: float, active: float, tolerance: float) -> None:
    with torch.device("meta"):  # shapes without memory
        network = DuplexNetwork(preset(name))

    assert parameter_count(network) == pytest.approx(total, rel=tolerance)
    assert active_parameter_count(network) == pytest.approx(active, rel=tolerance)
