#!/bin/sh
# A `tiny` checkpoint from nothing: voices, dialogues, training. Under two hours on 2 cores. A relative of the shipped one (runs/LOG.md),
# so it stays in its folder until it has been judged.
# Once, before: make setup && runs/install-train-deps.sh. Stopped, it goes on where it was.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
data=.data/tiny run=.data/runs/tiny
$python -m voiceagent.interaction.training.render --out "$data" --hours 40 --seed 4 --espeak-voices 84 --processes 2
$python -m voiceagent.interaction.training.train --data "$data" --run "$run" --steps 2400 --batch 16 --rate 2e-3 --threads 2
echo "made $run/tiny.safetensors; judge it by"
echo "  .venv/bin/voiceagent bench duplex --checkpoint $run/tiny.safetensors --set DIR"
echo "and move its errors against each other by $python -m voiceagent.interaction.training.calibrate --help"
