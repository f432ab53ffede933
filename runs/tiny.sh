#!/bin/sh
# A `tiny` checkpoint from nothing: voices, dialogues, three stages of training and their mean. About two hours on 2 cores.
# A relative of the shipped one (runs/LOG.md), so it stays in its folder until it has been judged.
# Once, before: make setup && runs/install-train-deps.sh. Stopped, it goes on where it was.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
data=.data/tiny runs=.data/runs
render() { # seed hours
    mkdir -p "$data-$1"
    [ -e "$data-$1/clips" ] || ln -s "$PWD/$data/clips" "$data-$1/clips"
    $python -m voiceagent.interaction.training.render --out "$data-$1" --hours "$2" --seed "$1" --espeak-voices 84 --processes 2
}
train() { $python -m voiceagent.interaction.training.train --batch 16 --threads 2 "$@"; }
mean() { $python -m voiceagent.interaction.training.average "$@"; }
mkdir -p "$runs/tiny"
# One shard, for the clips of seed 4: every stage reads dialogues of its own, made of the same clips
$python -m voiceagent.interaction.training.render --out "$data" --hours 0.3 --seed 4 --espeak-voices 84 --processes 2
render 13 150
train --data "$data-13" --run "$runs/tiny-13" --steps 2400 --rate 2e-3
render 14 60
train --data "$data-14" --run "$runs/tiny-14" --start "$runs/tiny-13/tiny.safetensors" --steps 1300 --rate 1e-3
mean "$runs/tiny-13/tiny.safetensors" "$runs/tiny-14/tiny.safetensors" "$runs/tiny/first.safetensors"
render 15 26
train --data "$data-15" --run "$runs/tiny-15" --start "$runs/tiny/first.safetensors" --steps 360 --rate 5e-4
mean "$runs/tiny/first.safetensors" "$runs/tiny-15/tiny.safetensors" "$runs/tiny/mean.safetensors"
$python -m voiceagent.interaction.training.calibrate "$runs/tiny/mean.safetensors" "$runs/tiny/tiny.safetensors" --speak -0.21 --yield 0.48
echo "made $runs/tiny/tiny.safetensors; judge it by"
echo "  .venv/bin/voiceagent bench duplex --checkpoint $runs/tiny/tiny.safetensors --set DIR"
echo "and move its errors against each other by $python -m voiceagent.interaction.training.calibrate --help"
