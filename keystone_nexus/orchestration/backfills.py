"""How many days one run of a backfill builds.

On a laptop one run builds any range: starting a run costs more than building a year. In staging and prod a run may be a
task of its own and its days are what a failure repeats, so a backfill is cut into runs of 90 days, which may go side by
side: days are locked, see `lake.lock`.
"""

from __future__ import annotations

import dagster as dg

DAYS_A_RUN = 90
CUT = ("staging", "prod")


def backfill_policy(environment: str) -> dg.BackfillPolicy:
    return dg.BackfillPolicy.multi_run(DAYS_A_RUN) if environment in CUT else dg.BackfillPolicy.single_run()
