#!/usr/bin/env bash
# Installs what the server needs to run, as root on Debian 12: the libraries that it was linked with there.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends \
  libgrpc++1.51 libjemalloc2 libprometheus-cpp-pull1.0 libspdlog1.10 libzstd1
rm -rf /var/lib/apt/lists/*
