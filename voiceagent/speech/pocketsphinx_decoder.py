"""The one door to pocketsphinx: a closed grammar and, beside it, a loop over all phones as its competitor.

Speech that fits the grammar scores nearly as well on the grammar's path as on the free phones; other speech scores much
worse. The difference is what `speech.garbage` judges.
"""

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pocketsphinx

from voiceagent.audio.frame import Pcm, to_bytes
from voiceagent.speech.garbage import PathScore, WordScore
from voiceagent.speech.jsgf import Weight
from voiceagent.speech.lexicon import Lexicon
from voiceagent.speech.word_network import WordNetwork

MODEL: Final = Path(pocketsphinx.get_model_path("en-us"))
FRAME_MS: Final = 10
# Arc weights are likelihoods of words; beside acoustic scores they must be this much stronger (pocketsphinx' default)
_LANGUAGE_WEIGHT: Final = 6.5
# Two threads that set decoders up at once corrupt the library's heap; decoding side by side is safe
_SETTING_UP: Final = threading.Lock()
_LOG_BASE: Final = math.log(1.0001)  # of pocketsphinx' integer scores
_KEPT_GRAMMARS: Final = 12
# Cepstral mean of speech on a telephone band with our dither: a new caller's first words need no warming up
_PHONE_MEAN: Final = "46.5,0.8,-19.2,6.5,-12.8,-22.2,-3.1,-23.4,-19.8,-4.4,-13.6,-5.3,-7.0"
_SILENCES: Final = frozenset({"SIL", "<sil>", "+NSN+", "+SPN+", "+BRH+", "+COUGH+", "+SMACK+", "+UH+", "+UM+"})

# A telephone band is empty above 3.4 kHz, where the wide-band model expects at least some noise: digital silence there
# looks like nothing that it was trained on. White noise at -61 dBFS removes a fifth of the errors.
_DITHER: Final = np.random.default_rng(20).normal(0.0, 30.0, 16_000).astype(np.int16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The best path through the grammar: words in order with frames, and the competitor's score over the same audio."""

    text: str
    path: PathScore


class PhoneLineDecoder:
    """One utterance at a time. Not thread safe; knows nothing of earlier callers after `forget`."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        with _SETTING_UP:
            self._make()
        self.forget()

    def _make(self) -> None:
        self._words = _decoder(wip=0.05, maxhmmpf=3000, beam=1e-55, pbeam=1e-55, wbeam=1e-35)
        self._phones = _decoder(allphone_ci=True, beam=1e-20, pbeam=1e-20, lw=2.0, pip=0.1)
        self._phones.add_allphone_file("phones", None)
        self._phones.activate_search("phones")
        self._loaded: OrderedDict[str, None] = OrderedDict()  # least recently used first
        self._pronounced: set[str] = set()
        self._samples = 0

    def forget(self) -> None:
        """Back to what is usual on a telephone: nothing of the last caller stays, not even his noise floor."""
        for decoder in (self._words, self._phones):
            decoder.reinit_feat()  # the front end tracks noise from utterance to utterance
            decoder.set_cmn(_PHONE_MEAN)

    def use(self, name: str, network: WordNetwork) -> None:
        """Listen for this grammar from the next utterance on; `name` identifies it."""
        with _SETTING_UP:
            self._use(name, network)

    def _use(self, name: str, network: WordNetwork) -> None:
        new = not self._loaded
        if name not in self._loaded:
            self._load(name, network)
        self._loaded[name] = None
        self._loaded.move_to_end(name)
        self._words.activate_search(name)
        while len(self._loaded) > _KEPT_GRAMMARS:
            oldest, _ = self._loaded.popitem(last=False)
            self._words.remove_search(oldest)
        if new:
            self._warm_up()

    def start(self) -> None:
        self._samples = 0
        for decoder in (self._words, self._phones):
            decoder.start_utt()

    def feed(self, pcm: Pcm) -> None:
        """Audio of the utterance, 16 kHz (samples,)."""
        data = to_bytes(self._dithered(pcm))
        for decoder in (self._words, self._phones):
            decoder.process_raw(data, False, False)  # noqa: FBT003

    def stop(self) -> None:
        for decoder in (self._words, self._phones):
            decoder.end_utt()

    def decode_whole(self, pcm: Pcm) -> None:
        """Decode a finished utterance again, normalised over its whole length; the running mean stays as it was."""
        means = [decoder.get_cmn(False) for decoder in (self._words, self._phones)]  # noqa: FBT003
        self._samples = 0
        data = to_bytes(self._dithered(pcm))
        for decoder, mean in zip((self._words, self._phones), means, strict=True):
            decoder.start_utt()
            decoder.process_raw(data, False, True)  # noqa: FBT003
            decoder.end_utt()
            decoder.set_cmn(mean)

    def text(self) -> str:
        """The words so far, "" when none; cheap."""
        hypothesis = self._words.hyp()
        return hypothesis.hypstr if hypothesis is not None else ""

    def result(self) -> Decoded:
        """Words with scores, of the utterance so far or of the one that was stopped."""
        text = self.text()
        if not text:
            return Decoded(text="", path=PathScore(words=(), frames=self._words.n_frames(), silence=0))
        free, silence = self._free_scores()
        words = tuple(
            WordScore(
                word=segment.word,
                first=segment.start_frame,
                last=segment.end_frame,
                margin=_units(segment.ascore) - float(free[segment.start_frame : segment.end_frame + 1].sum()),
            )
            for segment in self._words.seg()
            if segment.word not in _SILENCES and segment.word != "(NULL)"
        )
        return Decoded(text=text, path=PathScore(words=words, frames=len(free), silence=silence))

    def _free_scores(self) -> tuple[npt.NDArray[np.float64], int]:
        """The phone loop's score per frame (frames,), and how many frames it takes for silence."""
        scores = np.zeros(max(1, self._words.n_frames()))
        silence = 0
        for segment in self._phones.seg():
            first, end = segment.start_frame, min(segment.end_frame + 1, len(scores))
            if end > first:
                scores[first:end] = _units(segment.ascore) / (end - first)
                silence += (end - first) if segment.word in _SILENCES else 0
        return scores, silence

    def _dithered(self, pcm: Pcm) -> Pcm:
        """Add the same noise at the same place of every utterance: results do not depend on how audio is cut."""
        offsets = (self._samples + np.arange(len(pcm))) % len(_DITHER)
        self._samples += len(pcm)
        mixed: Pcm = np.clip(pcm.astype(np.int32) + _DITHER[offsets], -32768, 32767).astype(np.int16)
        return mixed

    def _warm_up(self) -> None:
        """Decode some noise: pocketsphinx takes its last 5 MB with the first utterance, which shall be no caller's."""
        self.start()
        self.feed(np.zeros_like(_DITHER))
        self.stop()
        self.forget()

    def _load(self, name: str, network: WordNetwork) -> None:
        for word in sorted(network.words() - self._pronounced):
            for index, phones in enumerate(self._lexicon.pronunciations(word)):
                self._words.add_word(word if index == 0 else f"{word}({index + 1})", phones, False)  # noqa: FBT003
            self._pronounced.add(word)
        self._words.add_fsg(name, self._words.create_fsg(name, 0, len(network.arcs), _transitions(network)))


def _transitions(network: WordNetwork) -> list[tuple[int, int, float] | tuple[int, int, float, str]]:
    """The network as pocketsphinx wants it: one end state behind all final ones, weights as null transitions."""
    end = len(network.arcs)
    transitions: list[tuple[int, int, float] | tuple[int, int, float, str]] = [
        (final, end, 1.0) for final in network.finals
    ]
    for state, arcs in enumerate(network.arcs):
        for label, target in arcs.items():
            if isinstance(label, Weight):
                transitions.append((state, target, label.value**_LANGUAGE_WEIGHT))
            else:
                transitions.append((state, target, 1.0, label))
    return transitions


def _units(likelihood: float) -> float:
    """pocketsphinx' integer score behind the likelihood that its Python side makes of it."""
    return math.log(likelihood) / _LOG_BASE if likelihood > 0.0 else -1e7


def _decoder(**options: Any) -> Any:
    # bestpath off: the second pass over the lattice does not keep to the grammar's end
    config = pocketsphinx.Config(
        hmm=str(MODEL / "en-us"), lm=None, dict=None, bestpath=False, loglevel="FATAL", samprate=16_000, **options
    )
    return pocketsphinx.Decoder(config)
