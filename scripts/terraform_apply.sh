#!/usr/bin/env bash
# Applies staging to an AWS double (moto) on this machine, looks at what it made, plans again and destroys it. Left out
# is what the double cannot hold: budgets with notifications to a topic (docs/terraform.md).
set -euo pipefail
source "$(dirname "$0")/terraform_setup.sh"
cd "$ROOT"
WORK=$BUILD/applied
PORT=${KEYSTONE_MOTO_PORT:-24010}
STATE=$BUILD/applied.tfstate
FOLDER=environments/staging
unset AWS_CA_BUNDLE AWS_PROFILE AWS_SESSION_TOKEN
export AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing AWS_DEFAULT_REGION=us-east-1 NO_PROXY=127.0.0.1

"$ROOT/.venv/bin/moto_server" -H 127.0.0.1 -p "$PORT" > "$BUILD/moto.log" 2>&1 &
double=$!
trap 'kill $double 2> /dev/null' EXIT
for _ in $(seq 60); do
  kill -0 $double 2> /dev/null || { echo "the AWS double did not start on port $PORT: $(tail -1 "$BUILD/moto.log"); set KEYSTONE_MOTO_PORT to a free one" >&2; exit 3; }
  python3 -c "import socket; socket.create_connection(('127.0.0.1', $PORT), 1)" 2> /dev/null && break
  sleep 1
done

copy_sources
init $FOLDER
targets=()
for module in $(sed -n 's/^module "\(.*\)" {$/\1/p' terraform/platform/*.tf | grep -vx budget); do
  targets+=("-target=module.platform.module.$module")
done
targets+=(-target=module.platform.aws_vpc_security_group_ingress_rule.database -target=module.platform.aws_vpc_security_group_egress_rule.database)
common=(-no-color -input=false -lock=false -state="$STATE" -var-file="$ROOT/tests/terraform/values/double.tfvars" -var "endpoint=http://127.0.0.1:$PORT" "${targets[@]}")

rm -f "$STATE"*
tf $FOLDER apply "${common[@]}" -auto-approve > "$BUILD/apply.log" 2>&1 || { grep -A12 '^Error' "$BUILD/apply.log" >&2; exit 1; }
grep '^Apply complete' "$BUILD/apply.log" | sed 's/^/terraform: /'
tf $FOLDER plan "${common[@]}" -out="$BUILD/again.plan" > "$BUILD/again.log" 2>&1 || { grep -A12 '^Error' "$BUILD/again.log" >&2; exit 1; }
tf $FOLDER show -json "$BUILD/again.plan" > "$BUILD/again.json"
KEYSTONE_TF_STATE=$STATE KEYSTONE_TF_AGAIN=$BUILD/again.json AWS_ENDPOINT_URL=http://127.0.0.1:$PORT \
  "$ROOT/.venv/bin/pytest" -q -p no:cacheprovider -n 0 -m terraform tests/terraform/apply
# The double deletes no named query, and the provider would ask it for minutes.
tf $FOLDER state rm -state="$STATE" 'module.platform.module.query.aws_athena_named_query.this' > "$BUILD/state.log" 2>&1 || { cat "$BUILD/state.log" >&2; exit 1; }
tf $FOLDER destroy "${common[@]}" -auto-approve > "$BUILD/destroy.log" 2>&1 || { grep -A12 '^Error' "$BUILD/destroy.log" >&2; exit 1; }
grep '^Destroy complete' "$BUILD/destroy.log" | sed 's/^/terraform: /'
