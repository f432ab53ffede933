"""Speech of people that may be trained on: telephone prompts in five languages, and what the actors of a game say.

Synthesisers read; people hesitate, lengthen and let a voice hang. Debian packs both: the prompts of Asterisk (Allison
Smith, June Wallack and others, CC BY-SA 3.0 and CC BY 3.0), and "Flight of the Amazon Queen" (John Passfield and Steven
Stamatiadis, free to use, change and pass on; docs/decisions/0017), 4.6 hours of acted dialogue.
"""

import io
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from voiceagent.core.errors import Unavailable
from voiceagent.interaction.training.signals import Signal, at_16k, read_wav

PEOPLE: Final = Path(".data/people/usr/share")
PROMPTS: Final = ("en_US_f_Allison", "es_MX_f_Allison", "fr_CA_f_June", "it_IT_m_Carlo", "ru_RU_f_IvrvoiceRU")
# Of the game: its hero, and who else talks in a scene; scenes with a few lines are left out.
ACTORS: Final = (
    "joe", "02", "03", "04", "05", "06", "07", "09", "10", "11", "12", "13", "16", "18", "20", "21", "23", "25", "26",
    "28", "29", "31", "33", "34", "36", "37", "38", "39", "42",
)  # fmt: skip
HELD_OUT_ACTORS: Final = ("08", "24", "35")
# Prompts that are kept for judging (they are part of a development set) or that are no speech or no sentence.
_NO_PROMPTS: Final = frozenset(
    {
        "agent-incorrect", "agent-newlocation", "agent-pass", "all-circuits-busy-now", "auth-incorrect",
        "call-fwd-no-ans", "conf-getpin", "cannot-complete-as-dialed", "conf-invalid", "demo-thanks", "dir-nomatch",
        "feature-not-avail-line", "im-sorry", "invalid", "vm-intro", "number-not-answering", "one-moment-please",
        "pls-hold-while-try", "queue-thankyou", "ss-noservice", "tt-allbusy", "vm-incorrect", "tt-somethingwrong",
        "vm-goodbye", "vm-mailboxfull", "vm-msgsaved", "vm-newuser", "vm-nobodyavail", "vm-passchanged",
        "vm-whichbox", "vm-tempgreetactive", "ascending-2tone", "descending-2tone", "beep", "beeperr", "tt-monkeys",
        "tt-weasels", "confbridge-binaural-off", "confbridge-binaural-on",
    }
)  # fmt: skip
_GAME: Final = "scummvm/flight-of-the-amazon-queen/queen.1c"
_GAME_HEAD: Final = struct.Struct(">4s6sBBBH")  # magic, version, of a floppy, a demo, compression, files
_GAME_MAGIC, _MP3 = b"QTBL", 1
_GAME_FILE: Final = struct.Struct(">12sBII")  # name, archive, offset, bytes


def prompts(name: str, folder: Path = PEOPLE) -> Iterator[Signal]:
    """One speaker's prompts. Raises Unavailable when they are not there."""
    files = sorted((folder / "asterisk/sounds" / name).glob("*.wav"))
    if not files:
        raise _missing(folder)
    return (read_wav(path.read_bytes()) for path in files if path.stem not in _NO_PROMPTS)


def lines(actor: str, folder: Path = PEOPLE) -> Iterator[Signal]:
    """What an actor of the game says, a line at a time. Raises Unavailable when the game is not there."""
    data, files = _game(folder / _GAME)
    for name, offset, size in files:
        if name.endswith(".SB") and _actor(name) == actor:
            sound, rate_hz = soundfile.read(io.BytesIO(data[offset : offset + size]), dtype="float32")
            yield at_16k(np.asarray(sound, np.float32), rate_hz)


def _actor(name: str) -> str:
    """Scene, number and who speaks: `020023J1.SB` is the hero's, `020001P2.SB` another's, `1000SSSS.SB` a remark of
    the hero's."""
    return name[:2] if name[6] == "P" else "joe"


@cache
def _game(path: Path) -> tuple[bytes, list[tuple[str, int, int]]]:
    """The archive, and name, offset and size of its files (as ScummVM's tools pack it)."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise _missing(path) from error
    magic, _, _, _, compression, count = _GAME_HEAD.unpack_from(data)
    if magic != _GAME_MAGIC or compression != _MP3:
        raise Unavailable(f"{path} is not the game's archive with MP3 in it")
    table = data[_GAME_HEAD.size : _GAME_HEAD.size + count * _GAME_FILE.size]
    entries = (
        (name.split(b"\0")[0].decode("latin-1"), at, size) for name, _, at, size in _GAME_FILE.iter_unpack(table)
    )
    return data, list(entries)


def _missing(path: Path) -> Unavailable:
    return Unavailable(f"there is no recorded speech in {path}; run runs/install-train-deps.sh")
