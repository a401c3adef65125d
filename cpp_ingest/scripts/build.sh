#!/usr/bin/env bash
# Builds one preset (release, asan, tsan, fuzz) into build/ingest/<preset>, installing what is missing.
#
#   build.sh [preset] [target...]
set -euo pipefail

preset=${1:-release}
shift || true
case $preset in
  release | asan) dependencies=(release) ;;
  tsan) dependencies=(tsan) ;;
  fuzz) dependencies=(release --tools) ;;
  *) echo "build.sh: the presets are release, asan, tsan and fuzz, not $preset" >&2; exit 2 ;;
esac

cd "$(dirname "${BASH_SOURCE[0]}")/.."
librdkafka=$(bash scripts/dependencies.sh "${dependencies[@]}")
cmake --preset "$preset" -DKEYSTONE_LIBRDKAFKA="$librdkafka" > /dev/null
cmake --build --preset "$preset" -j "${JOBS:-2}" ${1:+--target "$@"}
