#!/usr/bin/env bash
# What a container runs: its role by KEYSTONE_ROLE, or the command that it was given (an ECS run worker, `keystone ...`).
set -euo pipefail

host=${KEYSTONE_BIND:-127.0.0.1}
if [[ $# -gt 0 ]]; then
  exec "$@"
fi
case ${KEYSTONE_ROLE:?set KEYSTONE_ROLE to webserver, daemon or code, or give a command} in
  webserver)
    exec dagster-webserver --host "$host" --port "${KEYSTONE_UI_PORT:-3000}" --workspace "$KEYSTONE_WORKSPACE" \
      --db-statement-timeout 15000 --code-server-log-level warning
    ;;
  daemon) exec dagster-daemon run --workspace "$KEYSTONE_WORKSPACE" ;;
  code)
    exec dagster api grpc --host "$host" --port "${KEYSTONE_CODE_PORT:-4000}" --module-name keystone_nexus.definitions \
      --location-name keystone_nexus --container-image "${KEYSTONE_IMAGE:-}"
    ;;
  *) echo "KEYSTONE_ROLE=$KEYSTONE_ROLE: the roles are webserver, daemon and code" >&2; exit 2 ;;
esac
