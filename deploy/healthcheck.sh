#!/usr/bin/env bash
# Whether the container's role answers: 0 or 1, for Docker, compose, ECS and systemd alike.
set -euo pipefail

case ${KEYSTONE_ROLE:-none} in
  webserver)
    exec python3 -c "import urllib.request as r; r.urlopen('http://127.0.0.1:${KEYSTONE_UI_PORT:-3000}/server_info', timeout=5)"
    ;;
  daemon) exec dagster-daemon liveness-check ;;
  code) exec dagster api grpc-health-check --host 127.0.0.1 --port "${KEYSTONE_CODE_PORT:-4000}" ;;
  none | run) exec keystone --version ;;
  *) exit 1 ;;
esac
