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
if [ -z "$tflint" ] && command -v go > /dev/null; then
  GOBIN=$ROOT/build/tools go install github.com/terraform-linters/tflint@v0.61.0 2> "$OUT/tflint.log" && tflint=$ROOT/build/tools/tflint
fi
if [ -n "$tflint" ]; then
  (cd "$ROOT/terraform" && "$tflint" --config="$PWD/.tflint.hcl" --recursive) && echo "terraform: tflint: nothing found"
else
  echo "terraform: tflint is not on this machine and was not tried: with Go there, it is built"
fi
"$VENV/bin/python" "$ROOT/scripts/terraform_scan_report.py" "$OUT"/*.json
