"""Lets each peer listen to recordings and writes down what it decides. Runs in the peers' own environment.

    .venv-peers/bin/python benchmarks/peers/listen.py FOLDER [PROCESSES]

FOLDER/take and FOLDER/stop hold 16 kHz mono WAV files, by the act that settles them: what a peer does after that act
does not count, so nobody listens on. FOLDER/NAME.json becomes `{"RECORDING": [[seconds, "take" or "stop"], ...]}` for
each peer, and FOLDER/peers.json says what each was and how much processor time it took.
"""

import json
import os
import sys
import time
import wave
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from pipecat_stack import PipecatStack
from plain_silero import PlainSilero
from webrtc_vad import WebrtcVad

PEERS = {"pipecat": PipecatStack, "silero": PlainSilero, "webrtcvad": WebrtcVad}
Peer = PipecatStack | PlainSilero | WebrtcVad
Heard = tuple[list[tuple[float, str]], float, float]  # decisions, seconds listened, CPU seconds


def decisions(peer: Peer, pcm: bytes, settles: str) -> list[tuple[float, str]]:
    """Every act up to the one that settles, with the second at which the frame ended that led to it."""
    size = peer.frame_ms * 32  # bytes: 16 samples a millisecond, two bytes each
    made: list[tuple[float, str]] = []
    for number in range(len(pcm) // size):
        acts = peer.hear(pcm[number * size : (number + 1) * size])
        made += [((number + 1) * peer.frame_ms / 1000, act) for act in acts]
        if settles in acts:
            break
    return made


def listen(key: str, path: Path) -> Heard:
    """One peer on one recording."""
    with wave.open(str(path)) as file:
        pcm = file.readframes(file.getnframes())
    began_s, settles = time.process_time(), path.parent.name
    peer = PEERS[key]()
    made = decisions(peer, pcm, settles)
    peer.close()
    seconds = made[-1][0] if made and made[-1][1] == settles else len(pcm) / 32_000
    return made, seconds, time.process_time() - began_s


def main() -> None:
    folder = Path(sys.argv[1])
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count()
    paths = sorted(folder.glob("*/*.wav"))
    about = {}
    with ProcessPoolExecutor(processes) as pool:
        for key, make in PEERS.items():
            heard = dict(zip((path.stem for path in paths), pool.map(listen, [key] * len(paths), paths), strict=True))
            (folder / f"{key}.json").write_text(json.dumps({name: made for name, (made, _, _) in heard.items()}))
            cost = sum(cpu_s for _, _, cpu_s in heard.values()) / sum(seconds for _, seconds, _ in heard.values())
            about[key] = {"name": make.name, "frame_ms": make.frame_ms, "cpu_s_per_s": round(cost, 4)}
            print(f"{make.name}: {len(heard)} recordings, {cost:.3f} CPU seconds a second", file=sys.stderr, flush=True)
    (folder / "peers.json").write_text(json.dumps(about))


if __name__ == "__main__":
    main()
