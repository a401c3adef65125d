#!/usr/bin/env bash
# Builds the whole lakehouse in $LAKE, from $SOURCE or from synthetic data, and says what to do next.
set -euo pipefail
cd "$(dirname "$0")/.."
keystone=.venv/bin/keystone
source=${SOURCE:-}
if [ -z "$source" ]; then
  source=$LAKE-source
  echo "No SOURCE given: synthetic data in the shape of Olist's (scale $SCALE), not the real dataset."
  "$keystone" generate --out "$source" --scale "$SCALE" --quiet >/dev/null
fi
code=0
"$keystone" --lake "$LAKE" run --source "$source" || code=$?
echo
"$keystone" --lake "$LAKE" quarantine list || true
cat <<END

Open it:    $LAKE/analytics/kpi_dashboard.html, quality_dashboard.html, exploratory_analysis.html,
            key_insights.md, keystone_nexus_executive_summary.pptx, charts/
Ask it:     .venv/bin/keystone --lake $LAKE query "select order_status, count(*), sum(price) from gold.fact_sales group by 1 order by 2 desc"
See it:     make ui            (Dagster on http://127.0.0.1:$PORT)
Check it:   .venv/bin/keystone --lake $LAKE verify
END
exit $code
