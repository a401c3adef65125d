#!/usr/bin/env bash
# The documentation as a site in build/site, with dbt's own as one file in build/site/dbt/index.html.
# usage: site.sh LAKE [--pages-only]
set -euo pipefail
cd "$(dirname "$0")/.."

NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --quiet --strict --clean
[[ ${2:-} != --pages-only ]] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gold=$1/gold/gold.duckdb
if [[ ! -f $gold ]]; then
  .venv/bin/keystone generate --out "$work/source" --scale 0.02 --quiet > /dev/null
  .venv/bin/keystone --lake "$work/lake" --quiet run --no-pages --source "$work/source" > /dev/null
  gold=$work/lake/gold/gold.duckdb
fi
# dbt opens the file for writing, so it gets one of its own.
cp "$gold" "$work/gold.duckdb"
KEYSTONE_GOLD_BUILD=$work/gold.duckdb .venv/bin/dbt --quiet docs generate --static --project-dir keystone_nexus_dbt \
  --profiles-dir keystone_nexus_dbt --target-path "$work/target" --log-path "$work/logs"
mkdir -p build/site/dbt
cp "$work/target/static_index.html" build/site/dbt/index.html
# Named, not linked, in the source: on GitHub, and after --pages-only, there is no such page.
sed -i 's|<code>dbt/index.html</code>|<a href="dbt/index.html">&</a>|' build/site/index.html
grep -q 'href="dbt/index.html"' build/site/index.html
echo "build/site/index.html"
