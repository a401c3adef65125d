#!/usr/bin/env bash
# Programs of the system, installed where they are missing (Debian or Ubuntu, as root), else named.
# usage: system.sh WHAT-FOR COMMAND=PACKAGE...
set -euo pipefail

purpose=$1
shift
PATH=${JAVA_HOME:+$JAVA_HOME/bin:}$PATH
missing=()
for one in "$@"; do
  command -v "${one%%=*}" > /dev/null || missing+=("${one#*=}")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0
if [[ $(id -u) != 0 ]] || ! command -v apt-get > /dev/null; then
  echo "needed for $purpose: sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 3
fi
apt-get update -q >&2 || true
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >&2
