#!/bin/sh
# The shipped `tiny` checkpoint, from nothing. First, once: runs/install-train-deps.sh
# Two runs, each with the code of its day (the second began where the first ended), then their average. About two hours on 2 cores.
set -eu
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=1
data="$PWD/.data"
at() { # at COMMIT MODULE ARGUMENTS: run a module as it was at that commit
    [ -d "$data/code-$1" ] || git worktree add --detach "$data/code-$1" "$1"
    code="$data/code-$1" module="voiceagent.interaction.training.$2"
    shift 2
    (cd "$code" && python -m "$module" "$@")
}

at d220652 render --out "$data/one" --hours 40 --seed 2 --espeak-voices 140 --processes 2
# The shipped run was stopped at step 100 of 1,150 and resumed with a schedule of 640; in one piece the batches come in another order.
at d220652 train --data "$data/one" --run "$data/runs/one" --steps 640 --batch 16 --rate 2e-3

at c892972 render --out "$data/two" --hours 26.2144 --seed 3 --espeak-voices 140 --processes 2
at c892972 train --data "$data/two" --run "$data/runs/two" --start "$data/runs/one/tiny.safetensors" \
    --steps 1000 --batch 8 --rate 1e-3

shipped=voiceagent/interaction/checkpoints/tiny.safetensors
python -m voiceagent.interaction.training.average \
    "$data/runs/one/tiny.safetensors" "$data/runs/two/tiny.safetensors" "$data/average.safetensors"
python -m voiceagent.interaction.training.calibrate "$data/average.safetensors" "$shipped" --yield 0.15
