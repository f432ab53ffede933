#!/bin/sh
# The shipped `tiny` checkpoint, from nothing. First, once: runs/install-train-deps.sh
set -eu
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=1
python -m voiceagent.interaction.training.render --out .data/tiny --hours 40 --seed 2 --espeak-voices 140 --processes 2
# The shipped weights are those of step 640 of a schedule of 1,150 (see LOG.md): end the run there.
python -m voiceagent.interaction.training.train --data .data/tiny --run .data/runs/tiny --steps 1150 --batch 16 --rate 2e-3
cp .data/runs/tiny/tiny.safetensors voiceagent/interaction/checkpoints/tiny.safetensors
