"""Word error rate on free speech, of made callers and of people: the native model's caller-words head, or a recogniser.

    python benchmarks/bench_words.py [--checkpoint FILE | --recogniser NAME] [--recordings DIR]

Made callers are voices that training never heard (they need runs/install-train-deps.sh), over 300-3400 Hz and mu-law.
DIR holds index.json with `items` of `file` and `transcript`; items without a transcript are left out.
Greedy decoding, no grammar: pocketsphinx cannot take part. An utterance that a recogniser does not
understand counts whole.
"""

import argparse
import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, from_float
from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.interaction.evaluation.caller_words import transcribe, word_errors
from voiceagent.interaction.evaluation.conditions import through
from voiceagent.interaction.evaluation.scenarios import read_audio
from voiceagent.interaction.model.checkpoint import load, shipped_checkpoint
from voiceagent.interaction.training import phrases
from voiceagent.interaction.training.said import spelling
from voiceagent.interaction.training.voices import cast, say
from voiceagent.speech.contract import Hints, Recogniser
from voiceagent.speech.recognisers import load as load_recogniser

_REST = np.zeros(SAMPLE_RATE_HZ // 2, np.float32)
_SENTENCES = 12  # for each voice


def made_callers() -> Iterator[tuple[str, str, Pcm]]:
    """Engine, text and sound."""
    for number, voice in enumerate(cast(np.random.default_rng(7), 8, held_out=True)):
        rng = np.random.default_rng((7, number))
        for _ in range(_SENTENCES):
            text = phrases.caller_sentence(rng)
            sound, _ = say(voice, text)
            yield f"made, {voice.engine}", spelling(text), _over_the_phone(np.concatenate([_REST, sound, _REST]))


def people(folder: Path) -> Iterator[tuple[str, str, Pcm]]:
    """Source, text and sound of a folder's recordings."""
    for item in json.loads((folder / "index.json").read_text())["items"]:
        text = re.sub(r"\(.*?\)", "", item.get("transcript") or "")
        if text:
            sound = np.concatenate([_REST, read_audio(folder / item["file"]), _REST])
            yield f"people, {item['id'].split('_')[0]}", spelling(text), _over_the_phone(sound)


def _over_the_phone(sound: np.ndarray) -> Pcm:
    return from_float(through(sound.astype(np.float32), "tel", seed=1))


def heard_by(recogniser: Recogniser, pcm: Pcm) -> str:
    """A new caller's one utterance."""
    stream = recogniser.open(Hints())
    stream.begin()
    stream.accept(pcm)
    final = stream.finish()
    stream.close()
    return spelling(final.text) if final is not None else ""


def judge(transcribed: Callable[[Pcm], str], calls: Iterator[tuple[str, str, Pcm]]) -> None:
    """One row a group."""
    groups: dict[str, list[tuple[int, int]]] = {}
    for group, text, pcm in calls:
        heard = transcribed(pcm)
        groups.setdefault(group, []).append((word_errors(text.split(), heard.split()), len(text.split())))
        print(f"  {text[:60]!r} -> {heard[:60]!r}")
    for group, counts in groups.items():
        wrong, words = (sum(column) for column in zip(*counts, strict=True))
        print(f"| {group} | {len(counts)} | {words} | {100 * wrong / words:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, default=None)
    parser.add_argument("--recogniser", default="")
    parser.add_argument("--recordings", type=Path, default=None)
    arguments = parser.parse_args()
    if arguments.recogniser:
        transcribed = partial(heard_by, load_recogniser(RecogniserChoice(name=arguments.recogniser)))
    else:
        transcribed = partial(transcribe, load(arguments.checkpoint or shipped_checkpoint()))
    judge(transcribed, made_callers())
    if arguments.recordings is not None:
        judge(transcribed, people(arguments.recordings))


if __name__ == "__main__":
    main()
