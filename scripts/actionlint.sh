#!/usr/bin/env bash
# The workflows of GitHub Actions: actionlint, built once from the Go proxy. Without Go it says so and checks nothing;
# tests/deploy/test_workflows.py holds the rules that matter without it.
set -euo pipefail

version=v1.7.8
folder=${XDG_CACHE_HOME:-$HOME/.cache}/keystone-nexus/actionlint-$version
if [[ ! -x $folder/actionlint ]]; then
  command -v go > /dev/null || { echo "workflows are not linted: actionlint is built with Go, which is not installed" >&2; exit 0; }
  GOBIN=$folder.partial.$$ go install "github.com/rhysd/actionlint/cmd/actionlint@$version" > /dev/null 2>&1 \
    || { echo "workflows are not linted: the Go proxy does not answer" >&2; exit 0; }
  mkdir -p "$(dirname "$folder")"
  mv -T "$folder.partial.$$" "$folder" 2> /dev/null || rm -rf "$folder.partial.$$"
fi
exec "$folder/actionlint" -color=false .github/workflows/*.yml
