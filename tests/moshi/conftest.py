"""The real classes of the package `moshi`, tiny and randomly initialised. `make test-moshi` makes their environment."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
import torch
from moshi.models import LMModel, MimiModel, loaders
from moshi.utils.compile import no_compile

from voiceagent.interaction.backends.moshi import MoshiModel
from voiceagent.interaction.backends.moshi_weights import MoshiParts

_WIDTH = 16
MIMI: dict[str, Any] = {
    "sample_rate": 24_000,
    "channels": 1,
    "frame_rate": 12.5,
    "seanet": {**loaders._seanet_kwargs, "dimension": _WIDTH, "n_filters": 2},
    "quantizer": {"dimension": 8, "n_q": 4, "bins": 16, "input_dimension": _WIDTH, "output_dimension": _WIDTH},
    "transformer": {
        **loaders._transformer_kwargs,
        "d_model": _WIDTH,
        "num_heads": 2,
        "num_layers": 1,
        "context": 8,
        "dim_feedforward": 32,
        "input_dimension": _WIDTH,
        "output_dimensions": [_WIDTH],
    },
}
# The rings turn over within a test: 12 micro-turns of memory in the language model, 4 in the codec.
LM: dict[str, Any] = {
    **loaders._lm_kwargs,
    "dim": 32,
    "text_card": 30,
    "n_q": 4,
    "dep_q": 2,
    "card": 16,
    "num_heads": 2,
    "num_layers": 2,
    "hidden_scale": 2,
    "context": 12,
    "depformer_dim": 16,
    "depformer_dim_feedforward": 32,
    "depformer_num_heads": 2,
    "depformer_num_layers": 1,
    "depformer_context": 2,
    "delays": [0, 0, 1, 0, 1],
}
_TEXT = "where is my order your order is on its way thank you for calling goodbye " * 20


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def as_the_model_runs_it() -> Iterator[None]:
    """Without gradients and, on a CPU, without a compiler: for tests that call the networks themselves."""
    with torch.no_grad(), no_compile():
        yield


@pytest.fixture(scope="session")
def tokenizer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SentencePiece model of 30 pieces, with padding where Moshi has it."""
    folder = tmp_path_factory.mktemp("tokenizer")
    (folder / "text.txt").write_text("\n".join(_TEXT.split(" your ")))
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "text.txt"), model_prefix=str(folder / "spm"), vocab_size=30, pad_id=3, minloglevel=2
    )
    return folder / "spm.model"


@pytest.fixture(scope="session")
def pieces(tokenizer_file: Path) -> sentencepiece.SentencePieceProcessor:
    return sentencepiece.SentencePieceProcessor(str(tokenizer_file))


@pytest.fixture(scope="session")
def make_lm() -> Callable[..., LMModel]:
    """Overrides of the sizes to a language model; the same weights each time."""
    return _lm


@pytest.fixture(scope="session")
def make_mimi() -> Callable[[], MimiModel]:
    """A codec; the same weights each time."""
    return _mimi


@pytest.fixture
def make_parts(pieces: sentencepiece.SentencePieceProcessor) -> Callable[..., MoshiParts]:
    """`speaks` to parts. They speak without dice, so that two of them can be compared."""

    def make(*, speaks: bool = False) -> MoshiParts:
        return MoshiParts(
            lm=_lm(), ears=_mimi(), mouth=_mimi() if speaks else None, pieces=pieces, sampling={"use_sampling": False}
        )

    return make


@pytest.fixture
def make_moshi(make_parts: Callable[..., MoshiParts]) -> Callable[..., MoshiModel]:
    """(slots, `speaks`) to a model."""
    return lambda slots, *, speaks=False: MoshiModel(make_parts(speaks=speaks), slots)


def _lm(**sizes: Any) -> LMModel:
    torch.manual_seed(3)
    lm = loaders.get_moshi_lm(None, {**LM, **sizes}, dtype=torch.float32)
    for embedding in (lm.text_emb, *lm.emb):  # untrained, all inputs are nearly alike: make a wrong one show
        embedding.weight.data *= 3
    return lm


def _mimi() -> MimiModel:
    torch.manual_seed(4)
    mimi = loaders.get_mimi(None, MIMI, num_codebooks=2)
    for name, parameter in mimi.encoder.named_parameters():  # untrained, they drown what is heard
        if name.endswith("bias"):
            parameter.data.zero_()
    # Codebooks start at zero, where every sound has the same code. As in training, the first sound makes them.
    noise = torch.randn(1, 1, 64 * mimi.frame_size) * 0.1
    with torch.no_grad(), no_compile():
        mimi.quantizer.train()(mimi.encode_to_latent(noise, quantize=False), mimi.frame_rate)
    return mimi.eval()
