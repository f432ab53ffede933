#!/usr/bin/env bash
# Speaks the demo caller's lines with flite's voice `rms` (CMU, BSD-like licence; Debian package `flite`), 8 kHz mono.
# The embedded voice is the agent's; a caller with another, more human voice is easier to listen to and to recognise.
# Needs: apt-get install flite sox
set -euo pipefail
cd "$(dirname "$0")/../voiceagent/testing/caller/lines/rms"
keep() { sox -D -G full.wav -r 8000 -b 16 -c 1 "$1.wav" gain -n -5 && rm full.wav; }
# Texts have no comma where people make no pause: flite's are long enough to be heard as a word.
speak() { flite -voice rms --setf duration_stretch="$1" -t "$3" -o full.wav && keep "$2"; }
speak 1.05 yes-you-may "Yes you may."
speak 1.05 where-is-my-order-four-zero-two-one "Where is my order four zero two one?"
flite -voice rms --setf duration_stretch=0.7 -p "pau m hh m pau" -o full.wav && keep mm-hm  # by its phones: the text would be spelled out
speak 1.05 how-do-i-return-a-parcel "How do I return a parcel?"
speak 0.9 no-wait-where-is-my-order-three-three-zero-eight "No wait where is my order, three three zero eight?"
speak 0.9 okay-goodbye "Okay goodbye."
