#!/usr/bin/env bash
# The programs that the acceptance tests drive: SIPp (a SIP test agent) and Chromium (a real browser).
set -euo pipefail
missing=()
command -v sipp >/dev/null || missing+=(sip-tester)
command -v chromium >/dev/null || missing+=(chromium)
[ ${#missing[@]} -eq 0 ] && exit 0
echo "Installing ${missing[*]} for the acceptance tests"
run=()
[ "$(id -u)" -eq 0 ] || run=(sudo)
if ! command -v apt-get >/dev/null; then
  echo "This machine has no apt-get: install ${missing[*]} with its own package manager and run make test again." >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get update -qq
"${run[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
