#!/usr/bin/env bash
# Formatting and clang-tidy of our own code; needs an asan build for its list of compile commands, one a file.
#
#   lint.sh [file...]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash scripts/dependencies.sh --tools > /dev/null
find src loadgen benchmarks tests fuzz \( -name '*.cc' -o -name '*.h' \) -print0 | xargs -0 clang-format --dry-run -Werror
if [[ $# -gt 0 ]]; then files=("$@"); else mapfile -t files < <(find src loadgen benchmarks -name '*.cc' | sort); fi
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "${JOBS:-2}" clang-tidy -p ../build/ingest/asan --quiet
