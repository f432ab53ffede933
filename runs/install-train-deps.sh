#!/bin/sh
# The voices that made training data is spoken with. Debian packages; needed for training only, never in a call.
set -eu
apt-get install -y --no-install-recommends espeak-ng flite festival festvox-kallpc16k festvox-kdlpc16k \
    festvox-us-slt-hts asterisk-core-sounds-en-wav
