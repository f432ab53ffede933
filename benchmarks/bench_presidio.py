"""What a call waits for Presidio, and what it finds of names that are said in passing. Needs the extra `presidio`.

    python benchmarks/bench_presidio.py [--model FOLDER] [--turns N] [--budget-ms N ...] [--pause-ms N]

Turns of the frozen suite are asked of the real process over its socket, one after the other with a pause, as in calls;
`unaided` are those whose answer was not there within the budget. Names in passing are those that nobody introduces,
spells or asks for, which the suite does not have: ten sentences, with capitals as the agent's words are, and in small
letters as callers' words are.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from random import Random

from voiceagent.apps.presidio.analyzer import Analyzer
from voiceagent.apps.presidio.finder import PresidioFinder
from voiceagent.apps.presidio.wire import socket_of
from voiceagent.compliance.redaction.redact import redact, redact_also
from voiceagent.config.redaction_settings import PresidioSettings, RedactionSettings
from voiceagent.config.settings import Settings, settings_to_file
from voiceagent.core.clock import SystemClock
from voiceagent.speech.free_text import plain
from voiceagent.testing.redaction.making import make_calls
from voiceagent.testing.redaction.secrets import make_name

IN_PASSING = (
    "Can you send it to {} instead?",
    "I spoke to {} from your team yesterday.",
    "{} told me that it was on its way.",
    "My wife {} ordered it.",
    "It was a present for {}.",
    "Please tell {} that I called.",
    "The invoice says {}.",
    "I am calling for {}, who is ill.",
    "It was left with {} next door.",
    "Is {} in today?",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="")
    parser.add_argument("--turns", type=int, default=1000)
    parser.add_argument("--budget-ms", type=int, nargs="+", default=[20, 40, 80])
    parser.add_argument("--pause-ms", type=int, default=50)
    arguments = parser.parse_args()
    turns = (
        " ".join(word.text for word in turn.words) for call in make_calls(3000, 0, hidden=True) for turn in call.turns
    )
    texts = list(islice(turns, arguments.turns))
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        presidio = PresidioSettings(enabled=True, model=arguments.model)
        file = state / "settings.json"
        settings_to_file(Settings(state_dir=state, redaction=RedactionSettings(presidio=presidio)), file)
        began = time.perf_counter()  # noqa: TID251 - a bench
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "voiceagent.apps.presidio", "--settings", str(file)], stderr=subprocess.DEVNULL
        )
        try:
            while not (state / "run" / "presidio-0.ready").exists():
                if process.poll() is not None:
                    sys.exit("the process did not start; `voiceagent doctor` says why")
                time.sleep(0.05)
            print(f"loaded in {time.perf_counter() - began:.1f} s")  # noqa: TID251
            for budget_ms in arguments.budget_ms:
                print(measured(socket_of(state), texts, budget_ms, arguments.pause_ms))
            print(f"resident: {resident_mib(process.pid)} MiB")
            print(masked_names(arguments.model))
        finally:
            process.terminate()
            process.wait()


def masked_names(model: str, count: int = 200) -> str:
    """The share of full names of which no word stays, by our own rules and with Presidio, with and without capitals."""
    analyzer, dice = Analyzer(PresidioSettings(enabled=True, model=model)), Random(0)  # noqa: S311 - no secrets
    shares = []
    for capitals in (True, False):
        ours = both = 0
        for _ in range(count):
            name = " ".join(word.capitalize() if capitals else word for word in make_name(dice))
            text = dice.choice(IN_PASSING).format(name)
            text = text if capitals else plain(text)
            alone = redact(text)
            with_presidio = redact_also(text, alone, analyzer.find(text))
            ours += not any(word in alone.text for word in name.split())
            both += not any(word in with_presidio.text for word in name.split())
        how = "with capitals" if capitals else "without capitals"
        shares.append(f"{how}: our own rules {ours / count:.2f}, with Presidio {both / count:.2f}")
    return f"names in passing (n = {count}), " + "; ".join(shares)


def measured(path: Path, texts: list[str], budget_ms: int, pause_ms: int) -> str:
    """One line: waits in ms, and the share that went without an answer."""
    finder = PresidioFinder(path, budget_ms / 1000, SystemClock())
    waits = []
    for text in texts:
        began = time.perf_counter()  # noqa: TID251
        finder.find(text)
        waits.append((time.perf_counter() - began) * 1000)  # noqa: TID251
        time.sleep(pause_ms / 1000)
    finder.close()
    waits.sort()
    median, p99, most = waits[len(waits) // 2], waits[len(waits) * 99 // 100], waits[-1]
    share = finder.unaided / len(texts)
    return f"budget {budget_ms} ms: median {median:.1f}, p99 {p99:.1f}, most {most:.1f} ms; unaided {share:.2%}"


def resident_mib(pid: int) -> int:
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main()
