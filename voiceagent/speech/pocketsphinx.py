"""Implements `speech.contract.Recogniser` on pocketsphinx with closed grammars: a stream a caller, pooled decoders."""

import threading
from dataclasses import replace
from typing import Final

import numpy as np

from voiceagent.audio.frame import Pcm, ms_to_samples, samples_to_ms
from voiceagent.conversation.hearing import Hints, Recognised
from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.speech.espeak_library import library
from voiceagent.speech.garbage import UNDERSTOOD_FROM, PathScore, confidence
from voiceagent.speech.lexicon import Lexicon
from voiceagent.speech.pocketsphinx_decoder import FRAME_MS, MODEL, Decoded, PhoneLineDecoder
from voiceagent.speech.pre_roll import PreRoll
from voiceagent.speech.voicing import Voicing
from voiceagent.speech.word_network import compiled

_LONGEST: Final = ms_to_samples(30_000)  # a longer utterance fits no grammar; the rest of it is not decoded
# So much of a caller's speech makes the running mean as good as the mean of the whole utterance
_SETTLED: Final = ms_to_samples(4_000)
_KEPT_DECODERS: Final = 64  # idle ones, about 15 MB each


class PocketsphinxRecogniser:
    """Makes streams; thread safe. A decoder is used by one stream at a time and forgets its caller in between."""

    name = "pocketsphinx-en-us"

    def __init__(self) -> None:
        self._lexicon = Lexicon(MODEL / "cmudict-en-us.dict", lambda word: library().phonemes(word))
        self._idle: list[PhoneLineDecoder] = []
        self._lock = threading.Lock()

    @classmethod
    def check(cls, _choice: RecogniserChoice) -> None:
        """Nothing can be missing: package and model come with voiceagent."""

    @classmethod
    def load(cls, _choice: RecogniserChoice) -> "PocketsphinxRecogniser":
        return cls()

    def prepare(self, hints: Hints) -> None:
        """Compile the grammar before a call needs it."""
        if hints.grammar:
            compiled(hints.grammar)

    def open(self, hints: Hints) -> "PocketsphinxStream":
        """A fresh stream; empty hints understand nothing, because free speech is beyond this recogniser."""
        with self._lock:
            decoder = self._idle.pop() if self._idle else None
        return PocketsphinxStream(self, decoder or PhoneLineDecoder(self._lexicon), hints)

    def take_back(self, decoder: PhoneLineDecoder) -> None:
        """A stream is done with its decoder."""
        decoder.forget()
        with self._lock:
            if len(self._idle) < _KEPT_DECODERS:
                self._idle.append(decoder)


class PocketsphinxStream:
    """One caller's ears; used from one thread at a time. After `close` it hears nothing."""

    def __init__(self, owner: PocketsphinxRecogniser, decoder: PhoneLineDecoder, hints: Hints) -> None:
        self._owner = owner
        self._decoder: PhoneLineDecoder | None = decoder
        self._hints = hints
        self._before = PreRoll()
        self._utterance: _Utterance | None = None
        self._heard = 0  # samples of earlier utterances
        self._prepare()

    def begin(self) -> None:
        """A caller utterance starts; audio accepted in the last 400 ms belongs to it."""
        if self._decoder is None or self._utterance is not None:
            return
        self._prepare()
        decoder = self._decoder if self._hints.grammar else None
        started, recent = self._before.take()
        self._utterance = _Utterance(decoder, started)
        self._utterance.add(recent)

    def accept(self, pcm: Pcm) -> Recognised | None:
        """Take audio, 16 kHz (samples,); a changed partial result, or None."""
        self._before.clock += len(pcm)
        if self._utterance is None:
            self._before.keep(pcm)
            return None
        return self._utterance.add(pcm)

    def pause(self) -> Recognised | None:
        """Nothing: the decoder follows the caller, and to read everything again in every pause would cost too much."""
        return None

    def resume(self) -> None:
        """Nothing: see `pause`."""

    def finish(self) -> Recognised | None:
        """The utterance is over: its final result, None when none was open."""
        if self._utterance is None:
            return None
        final = self._utterance.finish(settled=self._heard > _SETTLED)
        self._heard += self._utterance.length
        self._utterance = None
        return final

    def set_hints(self, hints: Hints) -> None:
        """Use another grammar from the next utterance on; compiled now, when no audio waits for it."""
        self._hints = hints
        if self._utterance is None:
            self._prepare()

    def close(self) -> None:
        """Give the decoder back; harmless when done twice."""
        if self._decoder is None:
            return
        if self._utterance is not None:
            self._utterance.abandon()
            self._utterance = None
        self._owner.take_back(self._decoder)
        self._decoder = None

    def _prepare(self) -> None:
        if self._decoder is not None and self._hints.grammar:
            self._decoder.use(self._hints.name, compiled(self._hints.grammar))


class _Utterance:
    """What is being said now. Without a decoder (no grammar) it only keeps time."""

    def __init__(self, decoder: PhoneLineDecoder | None, started: int) -> None:
        self._decoder = decoder
        self._started = started  # on the stream's clock, in samples
        self._pieces: list[Pcm] = []
        self._voicing = Voicing()
        self._said = ""  # by the decoder
        self._told = ""  # by us: what is not understood is ""
        self.length = 0
        if decoder is not None:
            decoder.start()

    def add(self, pcm: Pcm) -> Recognised | None:
        """More audio; a partial when the words changed."""
        self.length += len(pcm)
        if self._decoder is None or not len(pcm) or self.length > _LONGEST:
            return None
        self._pieces.append(pcm)
        self._decoder.feed(pcm)
        self._voicing.add(pcm)
        said = self._decoder.text()
        if said == self._said:
            return None
        self._said = said
        partial = self._recognised(self._decoder.result(), final=False)
        if partial.text == self._told:
            return None
        self._told = partial.text
        return partial

    def finish(self, *, settled: bool) -> Recognised:
        """The final words. Until the caller's channel is known, they are decoded again, normalised over the whole."""
        if self._decoder is None:
            return self._recognised(Decoded(text="", path=PathScore(words=(), frames=0, silence=0)), final=True)
        self._decoder.stop()
        decoded = self._decoder.result()
        if not settled and self._pieces:
            self._decoder.decode_whole(np.concatenate(self._pieces))
            whole = self._decoder.result()
            decoded = whole if whole.text else decoded  # one of the passes may miss the end of the grammar
        return self._recognised(decoded, final=True)

    def abandon(self) -> None:
        """End without a result."""
        if self._decoder is not None:
            self._decoder.stop()

    def _recognised(self, decoded: Decoded, *, final: bool) -> Recognised:
        words = decoded.path.words
        voiced = self._voicing.share(words[0].first, words[-1].last) if words else 0.0
        sureness = confidence(replace(decoded.path, voiced=voiced))
        understood = sureness >= UNDERSTOOD_FROM
        first, last = (words[0].first, words[-1].last + 1) if words else (0, samples_to_ms(self.length) // FRAME_MS)
        return Recognised(
            text=decoded.text if understood else "",
            final=final,
            understood=understood,
            confidence=sureness,
            start_ms=samples_to_ms(self._started) + first * FRAME_MS,
            end_ms=samples_to_ms(self._started) + last * FRAME_MS,
        )
