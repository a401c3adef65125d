# Sourced by the scripts that run Terraform: finds it and its provider, and works on a copy, so that the sources stay clean.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$ROOT/build/terraform
WORK=$BUILD/work
PROVIDER=registry.terraform.io/hashicorp/aws
unset TF_CLI_ARGS TF_WORKSPACE TF_LOG

if ! command -v terraform > /dev/null; then
  echo "SKIPPED: terraform is not on this machine, so nothing of terraform/ was tried. Install Terraform >= 1.11 and run make test-terraform." >&2
  exit 0
fi
version=$(terraform version -json 2> /dev/null | python3 -c 'import json,sys; print(json.load(sys.stdin)["terraform_version"])')
if [ "$(printf '1.11.0\n%s\n' "$version" | sort -V | head -1)" != 1.11.0 ]; then
  echo "Terraform >= 1.11 is needed, this machine has $version: install a newer one" >&2
  exit 3
fi

# A folder that holds the provider: KEYSTONE_TF_MIRROR, or one of the usual places; nothing where there is none.
mirror() {
  local place
  if [ -n "${KEYSTONE_TF_MIRROR:-}" ]; then
    [ -d "$KEYSTONE_TF_MIRROR/$PROVIDER" ] || { echo "KEYSTONE_TF_MIRROR=$KEYSTONE_TF_MIRROR has no $PROVIDER" >&2; return 2; }
    echo "$KEYSTONE_TF_MIRROR"
    return
  fi
  for place in /opt/* /usr/local/share/* /usr/share/* "$HOME"/.terraform.d/*; do
    if [ -d "$place/$PROVIDER" ]; then echo "$place"; return; fi
  done
}

# A mirror is used alone, so that a plan needs no network; without one the registry is asked once and its answer kept.
configure() {
  local found
  mkdir -p "$BUILD/plugins"
  found=$(mirror) || exit $?
  if [ -n "$found" ]; then
    printf 'provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n' "$found" > "$BUILD/terraformrc"
  else
    printf 'plugin_cache_dir = "%s"\n' "$BUILD/plugins" > "$BUILD/terraformrc"
  fi
  export TF_CLI_CONFIG_FILE=$BUILD/terraformrc TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1
}

# A copy of what Terraform reads, without the backend: tests have no state of anybody.
copy_sources() {
  rm -rf "$WORK"
  mkdir -p "$WORK/protos/keystone/ingest"
  cp -r "$ROOT/terraform" "$WORK/"
  cp -r "$ROOT/protos/keystone/ingest/v1" "$WORK/protos/keystone/ingest/"
  find "$WORK" \( -name .terraform -o -name '*.tfstate*' -o -name 'backend.tf' \) -prune -exec rm -rf {} +
}

# tf FOLDER COMMAND...: Terraform in a folder of the copy.
tf() {
  local folder=$1
  shift
  TF_DATA_DIR=$BUILD/data/${folder//\//-} terraform -chdir="$WORK/terraform/$folder" "$@"
}

init() {
  tf "$1" init -no-color -input=false > "$BUILD/init.log" 2>&1 || { cat "$BUILD/init.log" >&2; exit 3; }
}

configure
