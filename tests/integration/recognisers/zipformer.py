"""Streaming Zipformer2 models in the files that sherpa-onnx loads, made by hand to hear the language of `buzz`.

Inputs, outputs, caches and metadata are those of icefall's export (export-onnx-streaming.py and
export-onnx-streaming-ctc.py); inside is one matrix that tells the bands of the filter bank apart.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.integration.recognisers.buzz import BANDS_HZ

_MELS = 80
_CHUNK, _WINDOW = 8, 13  # frames of 10 ms: new ones in a step, and all that a step sees
_META = {
    "model_type": "zipformer2",
    "version": "1",
    "model_author": "k2-fsa",
    "comment": "made for a test",
    "decode_chunk_len": _CHUNK,
    "T": _WINDOW,
    "num_encoder_layers": 1,
    "encoder_dims": 8,
    "cnn_module_kernels": 3,
    "left_context_len": 4,
    "query_head_dims": 4,
    "value_head_dims": 4,
    "num_heads": 2,
}
_STATES = [  # name, shape for a batch of one, where the batch is
    ("cached_key_0", [4, "N", 8]),
    ("cached_nonlin_attn_0", [1, "N", 4, 6]),
    ("cached_val1_0", [4, "N", 8]),
    ("cached_val2_0", [4, "N", 8]),
    ("cached_conv1_0", ["N", 8, 1]),
    ("cached_conv2_0", ["N", 8, 1]),
    ("embed_states", ["N", 128, 3, 19]),
]
_VOCABULARY = ["<blk>", *("\N{LOWER ONE EIGHTH BLOCK}" + word.upper() for word in BANDS_HZ)]
_SPEECH_FROM = -6.0  # log energy of a band; faint noise has -12
_SHARPNESS = 3.0


def write_transducer(folder: Path, sample_rate_hz: int = 16_000) -> Path:
    """tokens.txt, encoder, decoder and joiner."""
    words = len(_VOCABULARY)
    _write_tokens(folder)
    _save(folder / "encoder-test.onnx", _encoder("encoder_out", [], sample_rate_hz), _META)
    # The decoder says which word came last, and the joiner takes that one away: a word is written once.
    last = [
        helper.make_node("Gather", ["y", "last_place"], ["last"], axis=1),
        helper.make_node("Gather", ["one_hot", "last"], ["decoder_out"], axis=0),
    ]
    one_hot = np.eye(words, dtype=np.float32)
    one_hot[0] = 0.0
    decoder = helper.make_graph(
        last,
        "decoder",
        [helper.make_tensor_value_info("y", TensorProto.INT64, ["N", 2])],
        [helper.make_tensor_value_info("decoder_out", TensorProto.FLOAT, ["N", words])],
        [numpy_helper.from_array(np.array(1), "last_place"), numpy_helper.from_array(one_hot, "one_hot")],
    )
    _save(folder / "decoder-test.onnx", decoder, {"context_size": 2, "vocab_size": words})
    joiner = helper.make_graph(
        [
            helper.make_node("Mul", ["decoder_out", "weight"], ["taken"]),
            helper.make_node("Sub", ["encoder_out", "taken"], ["logit"]),
        ],
        "joiner",
        [
            helper.make_tensor_value_info("encoder_out", TensorProto.FLOAT, ["N", words]),
            helper.make_tensor_value_info("decoder_out", TensorProto.FLOAT, ["N", words]),
        ],
        [helper.make_tensor_value_info("logit", TensorProto.FLOAT, ["N", words])],
        [numpy_helper.from_array(np.float32(1000.0), "weight")],
    )
    _save(folder / "joiner-test.onnx", joiner, {"joiner_dim": words})
    return folder


def write_ctc(folder: Path) -> Path:
    """tokens.txt and model.onnx."""
    _write_tokens(folder)
    normalise = [helper.make_node("LogSoftmax", ["scores"], ["log_probs"], axis=2)]
    _save(folder / "model.onnx", _encoder("scores", normalise, 16_000), _META)
    return folder


def _write_tokens(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokens.txt").write_text("".join(f"{word} {number}\n" for number, word in enumerate(_VOCABULARY)))


def _encoder(scores: str, after: list[onnx.NodeProto], sample_rate_hz: int) -> onnx.GraphProto:
    """Filter bank to a score a word, one for four frames; the caches pass through."""
    nodes = [
        helper.make_node("Slice", ["x", "first", "end", "time"], ["new"]),
        helper.make_node("Reshape", ["new", "by_fours"], ["fours"]),
        helper.make_node("ReduceMean", ["fours", "inside"], ["means"], keepdims=0),
        helper.make_node("MatMul", ["means", "bands"], ["energies"]),
        helper.make_node("Add", ["energies", "threshold"], [scores]),
        *after,
        *(helper.make_node("Identity", [name], [f"new_{name}"]) for name, _ in _STATES),
        helper.make_node("Add", ["processed_lens", "step"], ["new_processed_lens"]),
    ]
    bands, threshold = _matrix(sample_rate_hz)
    constants = {
        "first": np.array([0]),
        "end": np.array([_CHUNK]),
        "time": np.array([1]),
        "by_fours": np.array([-1, _CHUNK // 4, 4, _MELS]),
        "inside": np.array([2]),
        "bands": bands,
        "threshold": threshold,
        "step": np.array([_CHUNK // 2]),
    }
    states = [(name, TensorProto.FLOAT, shape) for name, shape in _STATES]
    states.append(("processed_lens", TensorProto.INT64, ["N"]))
    output = after[-1].output[0] if after else scores
    return helper.make_graph(
        nodes,
        "encoder",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", _WINDOW, _MELS]),
            *(helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in states),
        ],
        [
            helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", _CHUNK // 4, len(_VOCABULARY)]),
            *(helper.make_tensor_value_info(f"new_{name}", kind, shape) for name, kind, shape in states),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )


def _matrix(sample_rate_hz: int) -> tuple[np.ndarray, np.ndarray]:
    """(mels, words) and (words,): a word scores the energy of its band, the blank what silence does not reach."""
    bands = np.zeros((_MELS, len(_VOCABULARY)), np.float32)
    centres = _mel_centres_hz(sample_rate_hz)
    for word, (low, high) in enumerate(BANDS_HZ.values(), start=1):
        inside = (centres > low) & (centres < high)
        bands[inside, word] = _SHARPNESS / inside.sum()
    threshold = np.zeros(len(_VOCABULARY), np.float32)
    threshold[0] = _SHARPNESS * _SPEECH_FROM
    return bands, threshold


def _mel_centres_hz(sample_rate_hz: int) -> np.ndarray:
    """Kaldi's filter bank from 20 Hz to 400 Hz below half the sample rate."""
    low, high = (1127.0 * np.log(1.0 + hz / 700.0) for hz in (20.0, sample_rate_hz / 2 - 400.0))
    mels = low + (high - low) * np.arange(1, _MELS + 1) / (_MELS + 1)
    return 700.0 * (np.exp(mels / 1127.0) - 1.0)


def _save(path: Path, graph: onnx.GraphProto, metadata: dict[str, object]) -> None:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, {name: str(value) for name, value in metadata.items()})
    onnx.checker.check_model(model)
    onnx.save(model, path)
