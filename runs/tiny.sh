#!/bin/sh
# The `tiny` checkpoint from nothing: clips, dialogues, training, calibration. An hour and a half on 2 cores.
#   runs/tiny.sh [seed]    the shipped one is seed 1; others read the same dialogues in another order (runs/LOG.md)
# It stays in its folder until it has been judged. Stopped, it goes on where it was.
# Once, before: make setup && runs/install-train-deps.sh
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
seed=${1:-1}
data=.data/tiny run=.data/runs/tiny-$seed
$python -m voiceagent.interaction.training.render --out $data --hours 150 --seed 4 --espeak-voices 84 --processes 2
$python -m voiceagent.interaction.training.train --data $data --run "$run" --seed "$seed" \
    --steps 2400 --batch 16 --rate 2e-3 --threads 2
made=$run/calibrated.safetensors
$python -m voiceagent.interaction.training.calibrate "$run/tiny.safetensors" "$made" --speak -0.21 --yield 0.48
echo "made $made; judge it by"
echo "  .venv/bin/voiceagent bench duplex --checkpoint $made --set DIR"
echo "and move its errors against each other by $python -m voiceagent.interaction.training.calibrate --help"
