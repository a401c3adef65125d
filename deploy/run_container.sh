#!/usr/bin/env bash
# Runs one role of the image in the foreground, for systemd: read-only, without privileges, on the host's network, where
# only loopback is listened on. The environment is the unit's.
#
#   run_container.sh NAME
set -euo pipefail

name=${1:?a name for the container}
: "${KEYSTONE_IMAGE:?set KEYSTONE_IMAGE in /etc/keystone/keystone.env to the image, by digest}"
[[ $KEYSTONE_IMAGE == *@sha256:* ]] || { echo "KEYSTONE_IMAGE=$KEYSTONE_IMAGE names no digest: write IMAGE@sha256:..." >&2; exit 2; }

case ${KEYSTONE_ROLE:?} in
  code) memory=${KEYSTONE_CODE_MEMORY:-2g} processes=500 ;;
  *) memory=${KEYSTONE_MEMORY:-768m} processes=200 ;;
esac
exec /usr/bin/docker run --rm --name "$name" --pull missing \
  --network host --read-only --cap-drop ALL --security-opt no-new-privileges \
  --tmpfs /tmp:mode=1777,size="${KEYSTONE_TMP:-2g}" --memory "$memory" --pids-limit "$processes" \
  --mount type=bind,src=/etc/keystone/workspace,dst=/etc/keystone/workspace,readonly \
  --env-file /etc/keystone/keystone.env --env KEYSTONE_ROLE --env KEYSTONE_CODE_PORT \
  "$KEYSTONE_IMAGE"
