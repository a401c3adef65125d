#!/usr/bin/env bash
# What the Python image needs of Debian 12 to run, as root. Nothing that builds.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends ca-certificates python3 tini
rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
