#!/usr/bin/env bash
# Speaks the demo caller's lines with flite's voice `rms` (CMU, BSD-like licence; Debian package `flite`), 8 kHz mono.
# The embedded voice is the agent's; a caller with another, more human voice is easier to listen to and to recognise.
set -euo pipefail
cd "$(dirname "$0")/../voiceagent/testing/caller/lines/rms"
speak() { flite -voice rms --setf duration_stretch=1.05 -t "$2" -o "$1.full.wav" && sox -G "$1.full.wav" -r 8000 -b 16 -c 1 "$1.wav" gain -n -5 && rm "$1.full.wav"; }
speak yes-that-s-fine "Yes, that's fine."
speak where-is-my-order-four-zero-two-one "Where is my order, four zero two one?"
speak mm-hm "uh huh"
speak how-do-i-return-a-parcel "How do I return a parcel?"
speak no-actually-where-is-my-order-three-three-zero-eight "No, actually, where is my order three three zero eight?"
speak that-s-all-thank-you "That's all, thank you."
