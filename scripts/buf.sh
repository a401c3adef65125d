#!/usr/bin/env bash
# Lints the protos, and compares them with the committed baseline: a change that breaks a client is refused.
#
#   buf.sh            what CI runs
#   buf.sh baseline   takes the protos as they are for the new baseline (a released version)
set -euo pipefail

version=1.75.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/keystone-nexus/buf-$version
buf=$cache/node_modules/.bin/buf
if [[ ! -x $buf ]]; then
  command -v npm > /dev/null || { echo "buf comes by npm: install Node.js" >&2; exit 3; }
  npm install --silent --no-audit --no-fund --prefix "$cache" "@bufbuild/buf@$version"
fi

cd "$(dirname "${BASH_SOURCE[0]}")/../protos"
if [[ ${1:-} == baseline ]]; then
  "$buf" build --exclude-source-info -o baseline.binpb
  exit
fi
"$buf" lint
"$buf" breaking --against baseline.binpb
