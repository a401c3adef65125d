#!/usr/bin/env bash
# All that can be known of terraform/ without an account: style, tests, a plan of each environment with each switch,
# what the plans must never hold, whether the committed inventories are theirs, and a scan.
# `scripts/terraform.sh inventory` writes the inventories instead.
set -euo pipefail
source "$(dirname "$0")/terraform_setup.sh"
cd "$ROOT"
mode=${1:-check}
PLANS=$BUILD/plans
TESTS=$ROOT/tests/terraform
SWITCHES="default fargate streaming private"
said() { printf 'terraform: %s\n' "$*"; }

plan() { # ENVIRONMENT SWITCH
  local out=$PLANS/$1-$2
  tf "environments/$1" plan -no-color -input=false -refresh=false -lock=false -out="$out.plan" \
    -var-file="$TESTS/values/common.tfvars" -var-file="$TESTS/values/$2.tfvars" > "$out.log" 2>&1 \
    || { cat "$out.log" >&2; said "no plan of $1 with $2"; return 1; }
  tf "environments/$1" show -json "$out.plan" > "$out.json"
}

plans() { # ENVIRONMENT: all of its plans
  local switch
  for switch in $SWITCHES; do plan "$1" "$switch" || return 1; done
}

bootstrap_plan() {
  tf bootstrap plan -no-color -input=false -refresh=false -lock=false -out="$PLANS/bootstrap.plan" \
    -var-file="$TESTS/values/bootstrap.tfvars" > "$PLANS/bootstrap.log" 2>&1 || { cat "$PLANS/bootstrap.log" >&2; return 1; }
  tf bootstrap show -json "$PLANS/bootstrap.plan" > "$PLANS/bootstrap.json"
}

mkdir -p "$PLANS"
rm -f "$PLANS"/*
copy_sources
terraform fmt -check -recursive -diff terraform || { said "not formatted: terraform fmt -recursive terraform"; exit 1; }
for folder in environments/staging environments/prod bootstrap platform; do init "$folder"; done

# Two things at a time: a plan is one process that mostly waits for its provider to start.
plans staging & staging=$!
(plans prod && bootstrap_plan) & production=$!
wait $staging && wait $production || exit 1

inventory=("$ROOT/.venv/bin/python" "$ROOT/scripts/terraform_inventory.py" "$PLANS")
if [ "$mode" = inventory ]; then
  "${inventory[@]}" --write
  exit 0
fi

bash "$ROOT/scripts/terraform_scan.sh" > "$BUILD/scan.log" 2>&1 & scan=$!
tf platform test -no-color > "$BUILD/test.log" 2>&1 || { cat "$BUILD/test.log"; said "tests failed"; exit 1; }
wait $scan || { cat "$BUILD/scan.log"; exit 1; }
KEYSTONE_TF_PLANS=$PLANS "$ROOT/.venv/bin/pytest" -q -p no:cacheprovider -n 0 -m terraform "$TESTS" --ignore "$TESTS/apply"
"${inventory[@]}" --check
grep -E '^Success' "$BUILD/test.log" | sed 's/^Success!/terraform: tests:/'
cat "$BUILD/scan.log"
