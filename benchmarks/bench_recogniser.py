"""How well a recogniser that is held to a grammar hears callers over a telephone band, and what it costs.

    python benchmarks/bench_recogniser.py [--recogniser NAME] [--voices NAME ...] [--recordings DIR]

Callers are espeak-ng voices through 300-3400 Hz and G.711 mu-law. For each voice: word error rate, how often the
meaning was right, how often a sentence of the grammar was not understood, how often other speech was taken for a
sentence of the grammar, and CPU seconds a second of audio. `--recordings` adds people: FLAC or WAV of 16 kHz as other
speech.
Neither the default voices nor the sentences were used to tune weights and thresholds.
"""

import argparse
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm
from voiceagent.audio.phone_band import through_phone
from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.consent_answer import judge_words
from voiceagent.conversation.hearing import Hints, Recognised
from voiceagent.conversation.opening import Verdict
from voiceagent.conversation.profile import RecogniserChoice, VoiceChoice
from voiceagent.conversation.understanding import understand
from voiceagent.interaction.evaluation.caller_words import word_errors
from voiceagent.speech.contract import Recogniser
from voiceagent.speech.espeak import EspeakVoice
from voiceagent.speech.grammar import consent_hints, open_hints, slot_hints
from voiceagent.speech.recognisers import load, usual

PROFILE = default_profile()
VOICES = ("en-us+f1", "en-us+f4", "en-us+m2", "en-us+m4", "en-us+m5", "en-us+m8", "en-us+steph")
GRAMMARS = {
    "open": open_hints(PROFILE),
    "number": slot_hints(PROFILE, PROFILE.slots["order_number"], PROFILE.intent("order_status")),
    "consent": consent_hints(PROFILE),
}
IN_GRAMMAR = {
    "open": (
        "where's my package",
        "where is my parcel please",
        "when does my order arrive",
        "what's the status of my order",
        "check on order seven three six nine",
        "track order three nine oh four",
        "my parcel hasn't arrived",
        "change the delivery to monday",
        "when are you open",
        "i want to return my order",
        "what can you do",
        "speak to a human",
        "thank you very much",
        "bye bye",
    ),
    "number": (
        "seven three six nine",
        "nine one four seven five",
        "the order number is eight oh six three",
        "three nine oh four sorry three nine oh five",
    ),
    "consent": ("yeah", "yes you may", "i'd rather not", "no thanks"),
}
OTHER = (
    "we went swimming in the lake on Thursday",
    "please pass me the butter and the marmalade",
    "the printer in the kitchen is out of paper",
    "who won the football match last night",
    "I am looking for a cheap hotel near the station",
    "turn left at the church and follow the river",
    "her brother plays the trumpet in a jazz band",
    "it says here that the battery must be charged",
    "just a moment somebody is at the door",
    "did you remember to water the plants",
)


@dataclass
class Score:
    """Counts of one voice."""

    word_errors: int = 0
    words: int = 0
    sentences: int = 0
    right: int = 0
    rejected_right: int = 0
    other: int = 0
    accepted_other: int = 0
    granted_other: int = 0
    audio_s: float = 0.0
    cpu_s: float = 0.0
    misheard: list[str] = field(default_factory=list)

    def row(self, name: str) -> str:
        def share(count: int, of: int) -> str:
            return f"{100 * count / of:5.1f}" if of else "    -"

        return (
            f"| {name:14} | {share(self.word_errors, self.words)} | {share(self.right, self.sentences)} | "
            f"{share(self.rejected_right, self.sentences)} | {share(self.accepted_other, self.other)} | "
            f"{self.granted_other:3d} | {self.cpu_s / max(self.audio_s, 1e-9):.3f} |"
        )

    def add(self, other: "Score") -> None:
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def call(voice: EspeakVoice, text: str) -> Pcm:
    """A text as it arrives over the line, with line noise and half a second around it."""
    rest = np.zeros(SAMPLE_RATE_HZ // 2, np.int16)
    pcm = np.concatenate([rest, *(chunk.pcm for chunk in voice.speak(text)), rest])
    noise = np.random.default_rng(1).normal(0.0, 8.0, len(pcm))
    return through_phone((pcm + noise).astype(np.int16))


def hear(recogniser: Recogniser, hints: Hints, pcm: Pcm, score: Score) -> Recognised:
    """A new caller's one utterance, in micro-turns of 80 ms."""
    stream = recogniser.open(hints)
    started = time.process_time()
    stream.begin()
    for start in range(0, len(pcm), 1280):
        stream.accept(pcm[start : start + 1280])
    final = stream.finish()
    score.cpu_s += time.process_time() - started
    score.audio_s += len(pcm) / SAMPLE_RATE_HZ
    stream.close()
    if final is None:
        raise RuntimeError("an open utterance has a final result")
    return final


def meaning(text: str, grammar: str) -> object:
    if grammar == "consent":
        return judge_words(text, PROFILE)
    return understand(text, PROFILE, "order_number" if grammar == "number" else "")


def judge_callers(recogniser: Recogniser, name: str) -> Score:
    voice = EspeakVoice(VoiceChoice(name=name, words_per_minute=160))
    score = Score()
    for grammar, texts in IN_GRAMMAR.items():
        for text in texts:
            final = hear(recogniser, GRAMMARS[grammar], call(voice, text), score)
            score.word_errors += word_errors(text.split(), final.text.split())
            score.words += len(text.split())
            score.sentences += 1
            if final.understood and meaning(final.text, grammar) == meaning(text, grammar):
                score.right += 1
            elif not final.understood:
                score.rejected_right += 1
            else:
                score.misheard.append(f"{name}: {text!r} as {final.text!r} ({final.confidence:.2f})")
    judge_other(recogniser, (call(voice, text) for text in OTHER), score)
    return score


def judge_other(recogniser: Recogniser, calls: Iterable[Pcm], score: Score) -> None:
    for pcm in calls:
        for hints in GRAMMARS.values():
            final = hear(recogniser, hints, pcm, score)
            score.other += 1
            score.accepted_other += final.understood
            if hints is GRAMMARS["consent"] and judge_words(final.text, PROFILE) is Verdict.GRANTED:
                score.granted_other += 1


def noises() -> Iterator[Pcm]:
    """What a line carries when nobody speaks: hiss, rumble, keypad tones, ringback, knocks."""
    rng = np.random.default_rng(4)
    seconds = np.arange(2 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    hiss = rng.normal(0.0, 1.0, len(seconds))
    rumble = np.cumsum(hiss) - np.linspace(0.0, np.cumsum(hiss)[-1], len(seconds))
    sounds = [hiss * level for level in (30, 100, 300, 1000, 3000)]
    sounds += [rumble / rumble.std() * level for level in (300, 3000)]
    for low, high in ((697, 1209), (770, 1336), (852, 1477), (941, 1633)):
        key = np.sin(2 * np.pi * low * seconds) + np.sin(2 * np.pi * high * seconds)
        sounds.append(3000 * key * ((seconds > 0.5) & (seconds < 0.9)))
    sounds += [4000 * np.sin(2 * np.pi * tone * seconds) * (seconds % 1.0 < 0.5) for tone in (350, 425, 480)]
    knocks = np.zeros(len(seconds))
    for start in rng.integers(0, len(seconds) - 1600, 6):
        knocks[start : start + 1600] += rng.normal(0.0, 6000.0, 1600) * np.exp(-np.arange(1600) / 200)
    sounds.append(knocks)
    for sound in sounds:
        line = sound + rng.normal(0.0, 8.0, len(sound))
        yield through_phone(np.clip(line, -32768, 32767).astype(np.int16))


def recordings(folder: Path) -> Iterator[Pcm]:
    """Pieces of 3 s of every recording in a folder, over the line."""
    import soundfile  # noqa: PLC0415  only this option needs it

    for path in sorted([*folder.glob("*.flac"), *folder.glob("*.wav")]):
        pcm, rate_hz = soundfile.read(path, dtype="int16")
        if rate_hz == SAMPLE_RATE_HZ and pcm.ndim == 1:
            yield from (through_phone(pcm[at : at + 48_000]) for at in range(0, min(len(pcm) - 24_000, 96_000), 48_000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recogniser", default=usual().name)
    parser.add_argument("--voices", nargs="*", default=VOICES)
    parser.add_argument("--recordings", type=Path)
    options = parser.parse_args()
    recogniser = load(RecogniserChoice(name=options.recogniser))
    for hints in GRAMMARS.values():
        recogniser.open(hints).close()  # compiling is not what is measured
    print("| caller | WER % | meaning right % | not understood % | other speech taken % | of it a yes | CPU s/s |")
    print("|---|---|---|---|---|---|---|")
    total = Score()
    for name in options.voices:
        score = judge_callers(recogniser, name)
        print(score.row(name), flush=True)
        total.add(score)
    print(total.row("all callers"))
    noise = Score()
    judge_other(recogniser, noises(), noise)
    print(noise.row("line noises"))
    if options.recordings:
        people = Score()
        judge_other(recogniser, recordings(options.recordings), people)
        print(people.row("recordings"))
    print("\nmisheard:", *total.misheard, sep="\n  ")


if __name__ == "__main__":
    main()
