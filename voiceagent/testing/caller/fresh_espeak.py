"""A caller's espeak-ng, so that the same words are the same audio in every run.

Breath and jitter go on from whatever the process said before, seeded by the time of day, and the library has no way
back. A copy of its file that is loaded anew begins anew.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import espeakng_loader

from voiceagent.speech.espeak_library import EspeakLibrary

_SEED: Final = 1


@contextmanager
def fresh_espeak() -> Iterator[EspeakLibrary]:
    """Takes some 25 ms. Its code stays mapped for as long as the process lives."""
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "espeak"  # the loader knows files by their inode
        shutil.copy(espeakng_loader.get_library_path(), copied)
        espeak = EspeakLibrary(str(copied), seed=_SEED)
    try:
        yield espeak
    finally:
        espeak.close()
