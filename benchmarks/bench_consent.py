"""How often a spoken answer to the consent question is taken for what it was, and other speech for a yes.

    python benchmarks/bench_consent.py [--recogniser NAME] [--voices NAME ...] [--recordings DIR]

Callers are espeak-ng voices through 300-3400 Hz and G.711 mu-law: every yes and no of the shipped profile, and speech
that is neither. `--recordings` adds people who talk of something else (FLAC or WAV, 16 kHz), in pieces of 1, 2 and 3 s
so that words are cut, which is harder than speech with its own pauses. `granted` counts a single answer that records;
`asked again` a yes of less confidence, which records only if a second one follows.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from bench_recogniser import GRAMMARS, OTHER, PROFILE, Score, call, hear

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm
from voiceagent.audio.phone_band import through_phone
from voiceagent.conversation.consent_answer import judge_consent
from voiceagent.conversation.opening import Verdict
from voiceagent.conversation.profile import RecogniserChoice, VoiceChoice
from voiceagent.speech.contract import Recogniser
from voiceagent.speech.espeak import EspeakVoice
from voiceagent.speech.recognisers import load, usual

VOICES = (
    *("en-us", "en-us+f1", "en-us+f2", "en-us+f3", "en-us+f4", "en-us+m1", "en-us+m2", "en-us+m4"),
    *("en-us+m5", "en-us+m7", "en-us+m8", "en-us+belinda", "en-us+steph", "en-gb-x-rp"),
)
ASIDE = (
    "is this call free of charge",
    "I already told your colleague",
    "let me put you on speaker",
    "yesterday",
    "guess who",
    "this is Jess",
    "sugar",
    "it depends",
    "let me think about it",
    "what does that involve",
    *OTHER,
)


def spoken(voice: str, texts: Iterable[str]) -> Iterator[Pcm]:
    delivery = EspeakVoice(VoiceChoice(name=voice, words_per_minute=160))
    return (call(delivery, text) for text in texts)


def cut(folder: Path, seconds: int) -> Iterator[Pcm]:
    """Every recording of the folder in pieces of so many seconds, over the line."""
    import soundfile  # noqa: PLC0415  only this option needs it

    length = seconds * SAMPLE_RATE_HZ
    for path in sorted([*folder.glob("*.flac"), *folder.glob("*.wav")]):
        pcm, rate_hz = soundfile.read(path, dtype="int16")
        if rate_hz == SAMPLE_RATE_HZ and pcm.ndim == 1:
            yield from (through_phone(pcm[at : at + length]) for at in range(0, len(pcm) - length + 1, length))


def judged(recogniser: Recogniser, calls: Iterable[Pcm]) -> Counter[Verdict]:
    hints = GRAMMARS["consent"]
    return Counter(judge_consent(hear(recogniser, hints, pcm, Score()), PROFILE) for pcm in calls)


def row(name: str, counts: Counter[Verdict]) -> str:
    columns = (Verdict.GRANTED, Verdict.PROBABLE, Verdict.DENIED, Verdict.UNCLEAR)
    return f"| {name} | {counts.total()} | " + " | ".join(str(counts[verdict]) for verdict in columns) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recogniser", default=usual().name)
    parser.add_argument("--voices", nargs="*", default=VOICES)
    parser.add_argument("--recordings", type=Path)
    options = parser.parse_args()
    recogniser = load(RecogniserChoice(name=options.recogniser))
    print("| what was said | answers | granted | asked again | denied | unclear |")
    print("|---|---|---|---|---|---|")
    said = {
        "`yes`, `yes you may`": ("yes", "yes you may"),
        "every yes of the profile": PROFILE.opening.yes,
        "every no of the profile": PROFILE.opening.no,
        "neither": ASIDE,
    }
    for name, texts in said.items():
        counts = [judged(recogniser, spoken(voice, texts)) for voice in options.voices]
        print(row(name, sum(counts, Counter())), flush=True)
    if options.recordings:
        for seconds in (1, 2, 3):
            print(row(f"people, cut to {seconds} s", judged(recogniser, cut(options.recordings, seconds))), flush=True)


if __name__ == "__main__":
    main()
