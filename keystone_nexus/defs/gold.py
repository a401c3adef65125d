"""Gold: the dbt models, one build, one publish."""

import dagster as dg

from keystone_nexus.orchestration.gold_specs import gold_specs
from keystone_nexus.orchestration.results import Events
from keystone_nexus.orchestration.sessions import LakeResource

SPECS, CHECKS = gold_specs()


# In parts, as `@dbt_assets` declares models, gold could be half new: whoever asks for a part of it gets the whole.
@dg.multi_asset(name="gold", specs=SPECS, check_specs=CHECKS, allow_arbitrary_check_specs=True, can_subset=False)
def gold(context: dg.AssetExecutionContext, lake: LakeResource) -> Events:
    """Builds all models in a private file, tests them, and publishes the file when every test has passed."""
    from keystone_nexus.orchestration.gold_step import gold_step

    root = lake.session(context.run.run_id).lake
    lake.forget()  # what silver's steps looked up together is memory that DuckDB can have
    yield from gold_step(context, root)
