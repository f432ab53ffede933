#!/bin/sh
# A `tiny` checkpoint from nothing: clips, dialogues, two stages of training. Some 85 minutes on two cores beside other work, the clips apart;
# runs/LOG.md (run twenty) says what came of it.
#   runs/tiny.sh [seed]    other seeds read the same dialogues in another order
# It stays in its folder until it has been judged (runs/LOG.md). Stopped, it goes on where it was.
# Once, before: make setup && runs/install-train-deps.sh
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
seed=${1:-1}
data=.data/tiny run=.data/runs/tiny-$seed
render() { $python -m voiceagent.interaction.training.render --espeak-voices 84 --processes 2 "$@"; }
train() { $python -m voiceagent.interaction.training.train --seed "$seed" --batch 16 --threads 2 "$@"; }
# First the tune of many voices. People pause as nobody else, but of their few hours a longer look would be learnt by heart.
render --out $data --hours 150 --seed 4 --people 0
render --out $data-people --hours 26 --seed 5 --people 0.45 --clips $data/clips
train --data $data --run "$run-1" --steps 2400 --rate 2e-3
train --data $data-people --run "$run-2" --start "$run-1/tiny.safetensors" --steps 360 --rate 5e-4
made=$run-2/tiny.safetensors
echo "made $made; judge it by"
echo "  .venv/bin/voiceagent bench duplex --checkpoint $made --set DIR"
echo "and move its errors against each other by $python -m voiceagent.interaction.training.calibrate --help"
