"""Weights are read by the package's own loaders, from files as Kyutai and NVIDIA publish them, in miniature."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import constants
from moshi.models import LMModel, MimiModel, loaders
from safetensors.torch import save_file

from voiceagent.core.errors import ConfigError
from voiceagent.interaction.backends.moshi import MoshiModel
from voiceagent.interaction.backends.moshi_depth import depth_steps, keep_depth_steps
from voiceagent.interaction.backends.moshi_start import load_moshi
from voiceagent.interaction.backends.moshi_weights import MoshiParts
from voiceagent.interaction.contract import DuplexModel, SessionContext
from voiceagent.testing.duplex_contract import noise, said


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The package's built-in sizes, which stand for Moshi 7B, are the tiny ones here."""
    conftest = request.config.pluginmanager.get_plugin(str(Path(__file__).with_name("conftest.py")))
    monkeypatch.setattr(loaders, "_lm_kwargs", conftest.LM)
    monkeypatch.setattr(loaders, "_mimi_config", conftest.MIMI)
    return conftest.LM


@pytest.fixture
def folder(tmp_path: Path, make_mimi: Callable[[], MimiModel], tokenizer_file: Path, sizes: dict[str, Any]) -> Path:
    """Codec and tokenizer; the language model is still to come."""
    save_file(make_mimi().state_dict(), tmp_path / loaders.MIMI_NAME)
    shutil.copy(tokenizer_file, tmp_path / loaders.TEXT_TOKENIZER_NAME)
    return tmp_path


def _add_lm(folder: Path, lm: LMModel, config: dict[str, Any] | None = None) -> None:
    save_file(_stacked(lm.state_dict()), folder / loaders.MOSHI_NAME)
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))


def _stacked(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Attention weights of all depth steps in one tensor, as the published files have them."""
    stacked: dict[str, list[torch.Tensor]] = {}
    for name, tensor in state.items():
        for step in range(8):
            name = name.replace(f"in_projs.{step}.weight", "in_proj_weight")  # noqa: PLW2901
            name = name.replace(f"out_projs.{step}.weight", "out_proj.weight")  # noqa: PLW2901
        stacked.setdefault(name, []).append(tensor)
    return {name: torch.cat(tensors) for name, tensors in stacked.items()}


def _answers(model: DuplexModel) -> list[Any]:
    slot = model.open(SessionContext())
    return [said(model.step({slot: noise(model, seed, speaking=seed > 3)})[slot]) for seed in range(8)]


@pytest.mark.parametrize("config", ["no config.json", "sizes", "only a version"])
def test_a_folder_holds_everything(
    folder: Path,
    make_lm: Callable[..., LMModel],
    make_parts: Callable[..., MoshiParts],
    sizes: dict[str, Any],
    config: str,
):
    """Old Moshi repositories have no config.json, new ones have sizes in it, PersonaPlex's says neither more nor less
    than its version."""
    told = {"no config.json": None, "sizes": sizes, "only a version": {"model_type": "personaplex", "version": "1"}}
    _add_lm(folder, make_lm(), told[config])

    assert _answers(load_moshi(str(folder), slots=1, device="cpu")) == _answers(MoshiModel(make_parts(), 1))


def test_with_a_mouth_it_speaks(folder: Path, make_lm: Callable[..., LMModel]):
    _add_lm(folder, make_lm())

    assert any(own_pcm for _, _, own_pcm in _answers(load_moshi(str(folder), slots=1, device="cpu", speaks=True)))


@pytest.mark.usefixtures("as_the_model_runs_it")
def test_personaplex_says_the_same_without_its_guess_at_the_caller(
    folder: Path, make_lm: Callable[..., LMModel], make_parts: Callable[..., MoshiParts]
):
    full = make_lm(dep_q=4)
    _add_lm(folder, full, {"model_type": "personaplex", "version": "7b-v1"})
    codes = torch.randint(4, 16, (2, 5, 6), generator=torch.Generator().manual_seed(1))
    narrow = make_lm()
    narrow.load_state_dict(keep_depth_steps(_stacked(full.state_dict()), 2))

    before, after = full(codes), narrow(codes)
    assert torch.equal(before.text_logits, after.text_logits)
    assert torch.allclose(before.logits[:, :2].nan_to_num(), after.logits.nan_to_num(), atol=1e-6)
    loaded = load_moshi(str(folder), slots=1, device="cpu")
    parts = make_parts()
    parts.lm.load_state_dict(narrow.state_dict())
    assert _answers(loaded) == _answers(MoshiModel(parts, 1))


def test_narrowing_leaves_nothing_of_the_later_steps(make_lm: Callable[..., LMModel]):
    full = make_lm(dep_q=4).state_dict()

    assert depth_steps(full) == 4
    for state in (full, _stacked(full)):
        kept = keep_depth_steps(state, 2)
        assert sum(tensor.numel() for tensor in kept.values()) == sum(
            t.numel() for t in make_lm().state_dict().values()
        )


def test_without_weights_it_is_told_where_to_set_them():
    with pytest.raises(ConfigError, match=r"set VOICEAGENT_WORKER__WEIGHTS to .* kyutai/moshiko-pytorch-bf16"):
        load_moshi("", slots=1)


def test_files_that_are_not_there_are_named(folder: Path):
    with pytest.raises(ConfigError, match=r"lacks model\.safetensors; download all files"):
        load_moshi(str(folder), slots=1, device="cpu")


def test_a_hub_that_does_not_answer_is_no_riddle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))

    with pytest.raises(ConfigError, match=r"'nvidia/personaplex-7b-v1' from the hub .* set HF_TOKEN"):
        load_moshi("nvidia/personaplex-7b-v1", slots=1, device="cpu")


def test_weights_of_other_sizes_are_refused(folder: Path, make_lm: Callable[..., LMModel]):
    _add_lm(folder, make_lm(dim=64))

    with pytest.raises(ConfigError, match="not a set of Moshi weights that fit together"):
        load_moshi(str(folder), slots=1, device="cpu")


def test_a_model_that_only_listens_is_refused(folder: Path, make_lm: Callable[..., LMModel], sizes: dict[str, Any]):
    listener = {**sizes, "dep_q": 0, "n_q": 2, "delays": [0, 0, 0], "model_type": "stt"}
    _add_lm(folder, make_lm(**{key: value for key, value in listener.items() if key != "model_type"}), listener)

    with pytest.raises(ConfigError, match="'stt' that does not listen and speak at once"):
        load_moshi(str(folder), slots=1, device="cpu")
