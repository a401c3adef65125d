"""When things run by themselves: what is pending is built, gold follows, alerts are written."""

from __future__ import annotations

import json
import logging
import warnings
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import dagster as dg

from keystone_nexus.alerts.publish import publish
from keystone_nexus.lake.alert_log import keep
from keystone_nexus.lake.errors import KeystoneError
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import now
from keystone_nexus.lake.lock import is_locked
from keystone_nexus.orchestration.settings import Settings

# A condition of our own and the selection syntax are beta in this Dagster, whose version is pinned.
warnings.filterwarnings("ignore", message=".* is currently in beta, and may have breaking changes")


log = logging.getLogger(__name__)
AssetOrCheckKey = dg.AssetKey | dg.AssetCheckKey
GOLD = dg.AssetKey(["gold", "fact_sales"])
"""Of gold, which is one build."""


class GoldIsDue(dg.AutomationCondition[AssetOrCheckKey]):
    """True while silver has what gold has not, no gate of the lake is closed, and no rollback holds.

    Asked of the lake, not of events: nothing is lost while a build is under way or a gate is closed. Dagster's own
    `all_deps_blocking_checks_passed` takes a warning for a failure, and looks at direct parents only.
    """

    @property
    def name(self) -> str:
        return "gold_is_due"

    def evaluate(self, context: dg.AutomationContext[AssetOrCheckKey]) -> dg.AutomationResult[AssetOrCheckKey]:
        due = not context.candidate_subset.is_empty and _gold_is_due(context.evaluation_time)
        return dg.AutomationResult(context, context.candidate_subset if due else context.get_empty_subset())


@lru_cache(1)
def _gold_is_due(_tick: datetime) -> bool:
    """Looked up once a tick, for all of gold."""
    from keystone_nexus.orchestration.gold_step import closed_gates, gold_is_stale

    lake = Settings().open_lake()
    with dg.DagsterInstance.get() as instance:
        return gold_is_stale(lake) and not closed_gates(instance, lake)


class PageIsStale(dg.AutomationCondition[AssetOrCheckKey]):
    """True while a page does not show the gold that is published, or the gates as they stand. Asked of the lake."""

    @property
    def name(self) -> str:
        return "page_is_stale"

    def evaluate(self, context: dg.AutomationContext[AssetOrCheckKey]) -> dg.AutomationResult[AssetOrCheckKey]:
        assert isinstance(context.key, dg.AssetKey)
        stale = context.key.path[-1] in _stale_pages(context.evaluation_time)
        return dg.AutomationResult(context, context.candidate_subset if stale else context.get_empty_subset())


@lru_cache(1)
def _stale_pages(_tick: datetime) -> frozenset[str]:
    """Looked up once a tick, for all pages. None while somebody changes what they show: they are built once, after it."""
    from keystone_nexus.orchestration.attempts import UNDER_WAY
    from keystone_nexus.orchestration.pages import PAGES, stale_pages
    from keystone_nexus.orchestration.pending_runs import silver_is_being_built

    lake = Settings().open_lake()
    if not lake.on_s3 and is_locked(lake.root):
        return frozenset()  # a command line builds pages itself, and has the lock until then
    with dg.DagsterInstance.get() as instance:
        if silver_is_being_built(instance, UNDER_WAY):
            return frozenset()
        return frozenset(stale_pages(lake, instance, PAGES))


class MayBeTried(dg.AutomationCondition[AssetOrCheckKey]):
    """True unless the newest run that was to build the asset came to nothing, and its wait is not over.

    After a fault of the machine, and after a cancel by a person, the waits grow; what the data or a model made fail
    waits for a change (`attempts`). Whoever asked for the run counts: the command line too.
    """

    @property
    def name(self) -> str:
        return "may_be_tried"

    def evaluate(self, context: dg.AutomationContext[AssetOrCheckKey]) -> dg.AutomationResult[AssetOrCheckKey]:
        assert isinstance(context.key, dg.AssetKey)
        # All of gold is one step: what holds for one of its assets holds for all.
        key = GOLD if context.key.path[0] == "gold" else context.key
        may = not context.candidate_subset.is_empty and _held_up(key, context.evaluation_time) is None
        return dg.AutomationResult(context, context.candidate_subset if may else context.get_empty_subset())


@lru_cache(16)
def _held_up(key: dg.AssetKey, _tick: datetime) -> str | None:
    """Looked up once a tick: why an asset is not tried again now."""
    from keystone_nexus.orchestration.tried_assets import held_up

    with dg.DagsterInstance.get() as instance:
        waiting = held_up(instance, key)
    if waiting is None:
        return None
    log.info("%s: %s", "gold" if key == GOLD else key.to_user_string(), waiting.why)
    return waiting.why


def _when(
    due: dg.AutomationCondition[AssetOrCheckKey],
) -> dg.AutomationCondition[AssetOrCheckKey]:
    """When it is due, nothing is under way, and what failed may be tried again or something changed since."""
    return (
        ~dg.AutomationCondition.in_progress()
        & ~dg.AutomationCondition.any_deps_in_progress()
        & (
            MayBeTried()
            | dg.AutomationCondition.any_deps_updated().since_last_handled()
            | due.newly_true().since_last_handled()
        )
        & due
    )


GOLD_CONDITION = _when(GoldIsDue())
PAGE_CONDITION = _when(PageIsStale())


def silver_keys(names: list[str]) -> list[dg.AssetKey]:
    """A table and its quarantine are one step: both, always."""
    return [dg.AssetKey([layer, name]) for name in names for layer in ("silver", "quarantine")]


def write_alert(lake: Lake, kind: str, text: str, **more: Any) -> None:
    """One line where the lake keeps its alerts, and a message where an SNS topic is set.

    The one does not need the other: what tells of a full disk cannot be written to it.
    """
    line = json.dumps({"at": now(), "kind": kind, "text": text, **more}, ensure_ascii=False)
    try:
        keep(lake, line)
    except (OSError, KeystoneError) as error:
        log.error("the alert %s cannot be kept in %s: %s", line, lake, error)
    publish(lake.env, kind, text, more)


def yesterday(today: date) -> date:
    return today - timedelta(days=1)
