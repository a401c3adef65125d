#!/usr/bin/env bash
# On the host, as root (Session Manager or a deployment): a new image, the code location first and without a gap, then
# the webserver and the daemon, which are away for seconds. Runs of the old code go on to their end.
#
#   roll_host.sh IMAGE@sha256:DIGEST
set -euo pipefail

image=${1:?the new image, by digest}
[[ $image =~ @sha256:[0-9a-f]{64}$ ]] || { echo "roll_host.sh: $image names no digest: write IMAGE@sha256:..." >&2; exit 2; }
settings=/etc/keystone/keystone.env
workspace=/etc/keystone/workspace/workspace.yaml

registry=${image%%/*}
region=$(sed -n 's/^AWS_DEFAULT_REGION=//p' "$settings")
aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "$registry"
docker pull --quiet "$image"

previous=$(mktemp "$settings.XXXX")
cp -p "$settings" "$previous"
sed -i "s|^KEYSTONE_IMAGE=.*|KEYSTONE_IMAGE=$image|" "$settings"
code=0
/usr/local/lib/keystone/rollout.py --workspace "$workspace" || code=$?
if [[ $code == 1 ]]; then
  mv "$previous" "$settings"
  echo "roll_host.sh: the old image goes on serving" >&2
  exit 1
fi
rm "$previous"
port=$(/usr/local/lib/keystone/rollout.py --workspace "$workspace" --status)
systemctl enable --quiet "keystone-code@$port"
for other in 4000 4001; do
  [[ $other == "$port" ]] || systemctl disable --quiet "keystone-code@$other" || true
done
systemctl restart keystone-webserver keystone-daemon
docker image prune --force --filter until=720h > /dev/null
echo "serving $image on port $port"
