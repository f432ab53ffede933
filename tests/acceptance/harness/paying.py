"""Somebody who pays by card: the profile and the tool of the line they call, and every way to write down a number."""

import base64
import re
from pathlib import Path
from typing import Any

import yaml

from voiceagent.audio.frame import FRAME_MS, Pcm, ms_to_samples

# A real security code has three figures, which stand in any file by chance: this one is long, so that it can be sought.
# The card has no run of equal figures: keys of other callers, in the order of a file, are mostly ones.
CARD, CODE = "4539578763621486", "735194826"
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TAIL_MS = 3_000
_TOOLS = '''\
import hashlib

from voiceagent.tools import Captured, Effect, tool


@tool(name="cards.tokenise", effect=Effect.READ)
async def tokenise(card: Captured, code: Captured) -> dict[str, object]:
    """Exchange them for a token, by which a test can tell what came here."""
    figures = f"{card.reveal()}/{code.reveal()}"
    return {"token": hashlib.sha256(figures.encode()).hexdigest()}
'''


def write_paying_profile(folder: Path, brief: Path) -> Path:
    """The brief profile with a card to be typed, and the tool beside it. Words are kept as they are heard."""
    document: dict[str, Any] = yaml.safe_load(brief.read_text())
    document["name"] = "paying"
    document["records"] = {"words": "raw"}  # what redaction would have hidden must not be there either
    card = {"type": "digits", "min_length": 13, "max_length": 19, "capture": "card"}
    code = {"type": "digits", "min_length": len(CODE), "max_length": len(CODE), "capture": "code"}
    document["slots"]["card"] = {**card, "ask": "Type your card.", "ask_again": "Once more."}
    document["slots"]["code"] = {**code, "ask": "And the code."}
    document["intents"]["pay"] = {
        "phrases": ["pay my bill", "five"],
        "needs": ["card", "code"],
        "tool": "cards.tokenise",
        "say": "Thank you, that is paid.",
        "not_found": "That did not work.",
        "declined": "No card then.",
    }
    folder.mkdir(exist_ok=True)
    (folder / "tools.py").write_text(_TOOLS)
    path = folder / "agent.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


def in_words(figures: str) -> str:
    """As they are read out."""
    return " ".join(_WORDS[int(figure)] for figure in figures)


def forms_of(figures: str) -> tuple[str, ...]:
    """The ways in which a number may stand in a text or a file."""
    fours = [figures[at : at + 4] for at in range(0, len(figures), 4)]
    threes = [figures[at : at + 3] for at in range(0, len(figures), 3)]
    grouped = {between.join(group) for group in (fours, threes, list(figures)) for between in (" ", "-", ".", ", ")}
    words = in_words(figures)
    encoded = {_base64_inside(figures, shift) for shift in range(3)} | {figures.encode().hex()}
    return (figures, words, words.replace(" ", ""), *sorted(grouped), *sorted(encoded))


def keys_in_order(data: bytes) -> str:
    """The figures of all events of single keys that stand in a file, in order."""
    return b"".join(re.findall(rb'(?:digit|key|button|Signal|event)"?\W{1,4}(\d)(?!\d)', data)).decode()


def silent_throughout(channel: Pcm, recording_start_ms: int, begin_ms: int, end_ms: int) -> bool:
    """Whether not one sample of this part of the call is anything but zero; the part has to be there."""
    first, last = (ms_to_samples(at - recording_start_ms) for at in (begin_ms + FRAME_MS, end_ms - FRAME_MS))
    part = channel[first:last]
    assert len(part) > ms_to_samples(1_000)
    return not part.any()


def _base64_inside(figures: str, shift: int) -> str:
    """How base64 of a longer text looks in the middle, where the number begins `shift` bytes into a group of three."""
    encoded = base64.b64encode(bytes(shift) + figures.encode() + bytes(3)).decode()
    return encoded[4 : (shift + len(figures)) // 3 * 4]
