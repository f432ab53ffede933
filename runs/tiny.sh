#!/bin/sh
# The shipped `tiny` checkpoint, from nothing. First, once: runs/install-train-deps.sh
set -eu
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=1
python -m voiceagent.interaction.training.render --out .data/tiny --hours 24 --seed 1 --espeak-voices 100 --processes 2
python -m voiceagent.interaction.training.train --data .data/tiny --run .data/runs/tiny --steps 520 --batch 16 --rate 2e-3
cp .data/runs/tiny/tiny.safetensors voiceagent/interaction/checkpoints/tiny.safetensors
