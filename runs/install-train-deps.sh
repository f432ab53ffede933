#!/bin/sh
# What training data is made with: voices, and novels for them to read. Debian packages; never needed in a call.
set -eu
cd "$(dirname "$0")/.."
apt-get install -y --no-install-recommends espeak-ng flite festival festvox-kallpc16k festvox-kdlpc16k \
    festvox-us-slt-hts asterisk-core-sounds-en-wav
# Unpacked, not installed: the package wants the whole of R, we want the texts in it.
novels=$(mktemp -d)
trap 'rm -rf "$novels"' EXIT
(cd "$novels" && apt-get download r-cran-janeaustenr)
mkdir -p .data/novels
dpkg-deb -x "$novels"/r-cran-janeaustenr_*.deb .data/novels
