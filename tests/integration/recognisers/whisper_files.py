"""A Whisper model in the files that faster-whisper loads, made by hand to hear the language of `buzz`.

The encoder's first convolution tells the bands of the spectrogram apart; the decoder averages over time which words
were there, takes away those that it has written, and ends when none is left. So it writes
words in the order of the list.
"""

from pathlib import Path

import numpy as np
from ctranslate2.converters import utils
from ctranslate2.specs import WhisperSpec, common_spec
from faster_whisper.feature_extractor import FeatureExtractor
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from tests.integration.recognisers.buzz import BANDS_HZ

_WIDTH, _FRAMES, _TEXT_LIMIT, _MELS = 16, 1500, 448, 80
_WORDS = tuple(BANDS_HZ)
# Places in the width: a word was said; a word is the last token; a word was written; a constant
_SAID, _LAST, _WRITTEN, _CONSTANT = 0, 4, 8, 12
_BALANCE = 13  # minus all the others, so that normalising a layer leaves zeros where they are
_BYTES = sorted(pre_tokenizers.ByteLevel.alphabet())
_SPECIAL = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
)
_TEXTS = (*_BYTES, *(f"Ġ{word}" for word in _WORDS))
_TOKENS = (*_TEXTS, *_SPECIAL, *(f"<|{step * 0.02:.2f}|>" for step in range(_FRAMES + 1)))


def write_whisper(folder: Path) -> Path:
    """model.bin, config.json, vocabulary.json and tokenizer.json."""
    folder.mkdir(parents=True, exist_ok=True)
    spec = WhisperSpec(1, 1, 1, 1)
    spec.encoder.conv1.weight, spec.encoder.conv1.bias = _ears()
    spec.encoder.conv2.weight, spec.encoder.conv2.bias = np.zeros((_WIDTH, _WIDTH, 3)), np.zeros(_WIDTH)
    spec.encoder.conv2.weight[:, :, 1] = np.eye(_WIDTH)
    spec.encoder.position_encodings.encodings = np.zeros((_FRAMES, _WIDTH))
    for layer in (spec.encoder.layer[0], spec.decoder.layer[0]):
        _silent_attention(layer.self_attention)
        _silent_ffn(layer.ffn)
    _decoder(spec.decoder)
    for norm in (spec.encoder.layer_norm, spec.decoder.layer_norm):
        _plain_norm(norm)
    spec.register_vocabulary(list(_TOKENS))
    spec.config.alignment_heads = [(0, 0)]
    spec.config.suppress_ids, spec.config.suppress_ids_begin, spec.config.lang_ids = [], [], []
    _as_float32(spec)
    spec.validate()
    spec.optimize()
    spec.save(str(folder))
    _tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def _decoder(decoder: object) -> None:
    embeddings = np.zeros((len(_TOKENS), _WIDTH))
    projection = np.zeros((len(_TOKENS), _WIDTH))
    for number, word in enumerate(_WORDS):
        token = _TOKENS.index(f"Ġ{word}")
        embeddings[token, [_LAST + number, _BALANCE]] = 1.0, -1.0
        projection[token, _SAID + number] = 30.0 - 3.0 * number  # the first of the list first
        projection[token, _WRITTEN + number] = -120.0
    projection[_TOKENS.index("<|endoftext|>"), _CONSTANT] = 30.0
    decoder.embeddings.weight, decoder.projection.weight = embeddings, projection
    decoder.position_encodings.encodings = np.zeros((_TEXT_LIMIT, _WIDTH))
    decoder.position_encodings.encodings[:, [_CONSTANT, _BALANCE]] = 1.0, -1.0
    written, said = np.zeros((_WIDTH, _WIDTH)), np.zeros((_WIDTH, _WIDTH))
    for number in range(len(_WORDS)):
        written[[_WRITTEN + number, _BALANCE], _LAST + number] = 4.0, -4.0
        said[[_SAID + number, _BALANCE], _SAID + number] = 60.0, -60.0
    _attention(decoder.layer[0].self_attention, written, fused=True)
    _attention(decoder.layer[0].attention, said, fused=False)


def _ears() -> tuple[np.ndarray, np.ndarray]:
    """A channel a word: how loud its band is, nothing below what speech has."""
    weight, bias = np.zeros((_WIDTH, _MELS, 3)), np.zeros(_WIDTH)
    filters = FeatureExtractor().mel_filters
    centres = filters @ np.fft.rfftfreq(400, 1 / 16_000) / filters.sum(axis=1)
    for number, (low, high) in enumerate(BANDS_HZ.values()):
        inside = (centres > low) & (centres < high)
        weight[_SAID + number, inside, 1] = 20.0 / inside.sum()
        bias[_SAID + number] = -20.0 * 0.75
    return weight, bias


def _attention(attention: object, values: np.ndarray, *, fused: bool) -> None:
    """Looks everywhere alike, and adds `values` of what it sees."""
    parts = [common_spec.LinearSpec() for _ in range(3)]
    for part, weight in zip(parts, (np.zeros_like(values), np.zeros_like(values), values), strict=True):
        part.weight, part.bias = weight.astype(np.float32), np.zeros(_WIDTH, np.float32)
    if fused:
        utils.fuse_linear(attention.linear[0], parts)
    else:
        utils.fuse_linear(attention.linear[0], parts[:1])
        utils.fuse_linear(attention.linear[1], parts[1:])
    attention.linear[-1].weight, attention.linear[-1].bias = np.eye(_WIDTH), np.zeros(_WIDTH)
    _plain_norm(attention.layer_norm)


def _silent_attention(attention: object) -> None:
    _attention(attention, np.zeros((_WIDTH, _WIDTH)), fused=True)


def _silent_ffn(ffn: object) -> None:
    for linear in (ffn.linear_0, ffn.linear_1):
        linear.weight, linear.bias = np.zeros((_WIDTH, _WIDTH)), np.zeros(_WIDTH)
    _plain_norm(ffn.layer_norm)


def _plain_norm(norm: object) -> None:
    norm.gamma, norm.beta = np.ones(_WIDTH), np.zeros(_WIDTH)


def _as_float32(spec: object) -> None:
    for name, value in vars(spec).items():
        if isinstance(value, np.ndarray) and value.dtype == np.float64:
            setattr(spec, name, value.astype(np.float32))
        for inner in value if isinstance(value, list) else [value]:
            if hasattr(inner, "__dict__"):
                _as_float32(inner)


def _tokenizer() -> Tokenizer:
    """Byte-level BPE without merges; the words are whole tokens that only the model writes."""
    tokenizer = Tokenizer(models.BPE(vocab={text: number for number, text in enumerate(_TEXTS)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in _TOKENS[len(_TEXTS) :]])
    return tokenizer
