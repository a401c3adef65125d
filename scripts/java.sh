#!/usr/bin/env bash
# Java and Maven for a local Kafka: installed where they are missing (Debian or Ubuntu, as root), else named.
set -euo pipefail

missing=()
command -v java > /dev/null || [[ -x ${JAVA_HOME:-}/bin/java ]] || missing+=(default-jre-headless)
command -v mvn > /dev/null || missing+=(maven)
[[ ${#missing[@]} -gt 0 ]] || exit 0
if [[ $(id -u) != 0 ]] || ! command -v apt-get > /dev/null; then
  echo "needed for a local Kafka: sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 3
fi
apt-get update -q >&2 || true
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >&2
