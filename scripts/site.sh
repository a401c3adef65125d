#!/usr/bin/env bash
# The documentation as a site in build/site, with dbt's own as one file in build/site/dbt/index.html.
# usage: site.sh LAKE [--pages-only: nothing is kept]
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A check of the pages leaves the site that was built alone: a clean build takes dbt's part away.
site=build/site
[[ ${2:-} != --pages-only ]] || site=$work/site
# Not --quiet: what it keeps back, --strict does not count, and a broken link would pass.
NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict --clean --site-dir "$(realpath -m "$site")" \
  2> "$work/pages.log" || { cat "$work/pages.log" >&2; exit 1; }
[[ ${2:-} != --pages-only ]] || exit 0
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
# Named, not linked, in the source: on GitHub, and where only the pages are checked, there is no such page.
sed -i 's|<code>dbt/index.html</code>|<a href="dbt/index.html">&</a>|' build/site/index.html
grep -q 'href="dbt/index.html"' build/site/index.html
echo "build/site/index.html"
