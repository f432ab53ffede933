"""Tests of the recognisers that are extras: collected where these are installed (`make test-recognisers`)."""

from importlib.util import find_spec

_NEEDS = {
    "test_sherpa.py": ("sherpa_onnx", "onnx"),
    "test_whisper.py": ("faster_whisper", "ctranslate2"),
}

collect_ignore = [name for name, modules in _NEEDS.items() if not all(find_spec(module) for module in modules)]
