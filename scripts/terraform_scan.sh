#!/usr/bin/env bash
# checkov over all modules as the environments put them together, and over the bootstrap. A scan that read nothing, or
# could not read something, has failed.
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
VENV=$ROOT/.venv-iac
OUT=$ROOT/build/terraform/scan
mkdir -p "$OUT"

if [ ! -e "$VENV/.installed" ] || [ "$ROOT/terraform/requirements.txt" -nt "$VENV/.installed" ]; then
  python3 -m venv "$VENV"
  "$VENV/bin/pip" install -q -r "$ROOT/terraform/requirements.txt"
  touch "$VENV/.installed"
fi

for folder in environments/staging environments/prod bootstrap; do
  "$VENV/bin/checkov" --directory "$ROOT/terraform/$folder" --framework terraform --skip-download --quiet --compact \
    --output json > "$OUT/${folder//\//-}.json" 2> "$OUT/error.log" || true
done
tflint=$(command -v "$ROOT/build/tools/tflint" tflint | head -1 || true)
if [ -n "$tflint" ]; then
  (cd "$ROOT/terraform" && "$tflint" --config="$PWD/.tflint.hcl" --recursive) && echo "terraform: tflint: nothing found"
else
  echo "terraform: tflint is not on this machine and was not tried: make tflint builds it (Go, some minutes)"
fi
"$VENV/bin/python" "$ROOT/scripts/terraform_scan_report.py" "$OUT"/*.json
