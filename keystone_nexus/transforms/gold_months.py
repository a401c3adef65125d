"""Which months of gold's facts a build would make again, without building (semantics.md, "Gold")."""

from __future__ import annotations

import polars as pl

from keystone_nexus.contracts.catalog import table
from keystone_nexus.lake.bronze import Bronze
from keystone_nexus.lake.days import OBJECT
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.silver_state import FACT_TABLES
from keystone_nexus.lake.store import parquet_keys
from keystone_nexus.transforms.fold import versions
from keystone_nexus.transforms.pending import Pending
from keystone_nexus.transforms.resolve import SILVER, resolve
from keystone_nexus.transforms.resolver import Resolver

PLACE = ("customer_zip_code_prefix", "customer_city", "customer_state")
PERSON = "customer_unique_id"
BOUGHT = "order_purchase_timestamp"


def months_to_rebuild(lake: Lake, bronze: Bronze, late: Pending) -> list[str]:
    """`YYYY-MM`: of the facts' days to build, and of every order of a person whose stays will differ."""
    days = {day for name in FACT_TABLES for day in late.days.get(name, [])}
    built, coming = _built(lake), _coming(bronze)
    orders = coming.clear() if built is None else _of_changed_persons(built, coming)
    return sorted({f"{day:%Y-%m}" for day in [*days, *orders[BOUGHT].to_list()]})


def _of_changed_persons(built: pl.DataFrame, coming: pl.DataFrame) -> pl.DataFrame:
    """Orders of persons whose stays differ, and orders that go to another person."""
    was, will_be = _stays(built), _stays(coming)
    differ = pl.concat(
        [
            one.join(other, on=one.columns, how="anti", nulls_equal=True)[PERSON]
            for one, other in ((was, will_be), (will_be, was))
        ]
    )
    moved = coming.join(built, on=["order_id", PERSON], how="anti").join(built, on="order_id", how="semi")
    return pl.concat([coming.filter(pl.col(PERSON).is_in(differ.unique().implode())), moved])


def _stays(orders: pl.DataFrame) -> pl.DataFrame:
    """One row per person and stay: consecutive orders to one place."""
    ordered = orders.sort(PERSON, BOUGHT, "order_id")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in (PERSON, *PLACE))
    return ordered.filter(~same.fill_null(value=False)).select(PERSON, *PLACE, BOUGHT)


def _built(lake: Lake) -> pl.DataFrame | None:
    """Silver's orders with their customers, None before both were built."""
    store, customers = lake.store, f"silver/customers/{OBJECT}"
    keys = parquet_keys(store, "silver/orders/")
    if not keys or not store.exists(customers):
        return None
    return _joined(pl.scan_parquet(store.files(keys)), pl.scan_parquet(store.file(customers), glob=False))


def _coming(bronze: Bronze) -> pl.DataFrame:
    spec = table("customers")
    customers = resolve(versions(spec, bronze)[0], spec.key)
    orders = Resolver(bronze).orders().silver
    return _joined(orders.lazy(), customers.filter(pl.col("_status") == SILVER).lazy())


def _joined(orders: pl.LazyFrame, customers: pl.LazyFrame) -> pl.DataFrame:
    person = customers.select("customer_id", PERSON, *PLACE)
    return orders.select("order_id", "customer_id", BOUGHT).join(person, on="customer_id").drop("customer_id").collect()
