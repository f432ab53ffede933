"""Asterisk's telephone prompts, spoken by people, as Debian packs them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from voiceagent.core.errors import Unavailable
from voiceagent.interaction.training.signals import Signal, read_wav

FOLDER: Final = Path(".data/people/usr/share/asterisk/sounds")
SPEAKERS: Final = (
    "en_US_f_Allison", "es_MX_f_Allison", "fr_CA_f_June", "it_IT_f_Menardi", "it_IT_m_Carlo", "ru_RU_f_IvrvoiceRU",
)  # fmt: skip
# Prompts that are kept for judging (they are part of a development set) or that are no speech or no sentence.
_LEFT_OUT: Final = frozenset(
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


def prompts(speaker: str, folder: Path = FOLDER) -> Iterator[Signal]:
    """One speaker's prompts. Raises Unavailable when they are not there."""
    files = sorted((folder / speaker).glob("*.wav"))
    if not files:
        raise Unavailable(f"there are no prompts in {folder / speaker}; run runs/install-train-deps.sh")
    return (read_wav(path.read_bytes()) for path in files if path.stem not in _LEFT_OUT)
