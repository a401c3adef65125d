"""Metrics: their definitions are valid, and what they measure is what gold's facts and marts say.

A metric is evaluated as its definition says, by nothing but its measures: one aggregate each, and a ratio of two.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.semantic_manifest import SemanticManifest
from dbt_semantic_interfaces.implementations.semantic_manifest import PydanticSemanticManifest
from dbt_semantic_interfaces.type_enums import AggregationType, DimensionType, MetricType
from dbt_semantic_interfaces.validations.semantic_manifest_validator import SemanticManifestValidator

from tests.gold.conftest import Dbt

AGGREGATES = {AggregationType.SUM: "sum({})", AggregationType.COUNT_DISTINCT: "count(distinct {})"}

# What each metric has to be, by another way than its definition.
EXPECTED = {
    "revenue": "select sum(revenue) from gold.monthly_sales",
    "revenue_delivered": "select sum(price) from gold.fact_orders where order_status = 'delivered'",
    "freight_value": "select sum(freight_value) from gold.state_performance",
    "items": "select sum(units) from gold.product_performance",
    "orders": "select sum(orders) from gold.daily_sales",
    "orders_with_items": "select count(distinct order_id) from gold.fact_sales",
    "payment_value": "select sum(payment_value) from gold.payment_mix",
    "deliveries": "select sum(deliveries) from gold.state_performance",
    "late_deliveries": "select sum(late_deliveries) from gold.monthly_sales",
    "delivery_days": "select sum(delivery_days) from gold.fact_orders where order_status = 'delivered'",
    "reviews": "select sum(reviews) from gold.monthly_sales",
    "review_points": "select sum(review_score) from gold.fact_reviews",
    "customers": "select count(distinct customer_unique_id) from gold.dim_customer where customer_key <> md5('unknown')",
    "lifetime_value": "select sum(customer_lifetime_value) from gold.dim_customer where is_current",
    "average_order_value": (
        "select cast(sum(revenue) as decimal(38, 12)) / sum(orders_with_items) from gold.daily_sales"
    ),
    "late_share": "select avg(cast(is_late as integer)) from gold.fact_orders where order_status = 'delivered'",
    "delivery_days_mean": "select avg(delivery_days) from gold.fact_orders where order_status = 'delivered'",
    "review_score": "select avg(review_score) from gold.fact_reviews",
    "customer_lifetime_value": "select sum(monetary) / count(*) from gold.customer_rfm",
}
# A ratio of one month, state or day is a mart's column: the definition cut by a dimension gives it to the last digit.
BY_MONTH = {
    "average_order_value": "average_order_value",
    "late_share": "late_share",
    "delivery_days_mean": "delivery_days_mean",
    "revenue": "revenue",
    "orders": "orders",
    "payment_value": "payment_value",
    "freight_value": "freight_value",
}


@pytest.fixture(scope="module")
def layer(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> PydanticSemanticManifest:
    """The semantic manifest as dbt writes it for those who query by metrics."""
    file = tmp_path_factory.mktemp("semantic") / "semantic_manifest.json"
    SemanticManifest(Manifest.from_msgpack(dbt.parsed)).write_json_to_file(str(file))
    return PydanticSemanticManifest.parse_raw(file.read_text("utf-8"))


@pytest.fixture(scope="module")
def gold(built_lake: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"attach '{built_lake / 'gold' / 'gold.duckdb'}' as lake (read_only); use lake")
    return connection


def test_definitions_are_valid(layer: PydanticSemanticManifest) -> None:
    found = SemanticManifestValidator[PydanticSemanticManifest]().validate_semantic_manifest(layer)
    assert not found.has_blocking_issues, found.summary()
    assert all(one.description and one.label for one in layer.metrics)
    (spine,) = layer.project_configuration.time_spines
    assert (spine.node_relation.alias, spine.primary_column.name) == ("dim_date", "date")


def test_every_column_that_is_named_exists(layer: PydanticSemanticManifest, gold: duckdb.DuckDBPyConnection) -> None:
    for model in layer.semantic_models:
        for element in (*model.entities, *model.dimensions, *model.measures):
            said = f"select {element.expr or element.name} from gold.{model.node_relation.alias} limit 0"
            assert gold.execute(said).description, (model.name, element.name)


def test_primary_keys_are_unique(layer: PydanticSemanticManifest, gold: duckdb.DuckDBPyConnection) -> None:
    for model in layer.semantic_models:
        (key,) = [e.expr or e.name for e in model.entities if e.type.value == "primary"]
        counts = gold.execute(f"select count(*), count(distinct {key}) from gold.{model.node_relation.alias}")
        (pair,) = counts.fetchall()
        assert pair[0] == pair[1] > 0, model.name


def test_every_metric_is_expected_here(layer: PydanticSemanticManifest) -> None:
    assert {metric.name for metric in layer.metrics} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_metric_equals_gold(name: str, layer: PydanticSemanticManifest, gold: duckdb.DuckDBPyConnection) -> None:
    ((_, value),) = evaluate(layer, gold, name, "1")
    (expected,) = gold.execute(EXPECTED[name]).fetchall()[0]
    assert value is not None
    if isinstance(expected, float):
        assert abs(value - Decimal(expected)) < Decimal("1e-6")
    else:
        assert value == rounded(expected)


@pytest.mark.parametrize("name", BY_MONTH)
def test_metric_by_month_equals_mart(
    name: str, layer: PydanticSemanticManifest, gold: duckdb.DuckDBPyConnection
) -> None:
    found = dict(evaluate(layer, gold, name, "cast(date_trunc('month', {time}) as date)"))
    mart = dict(gold.execute(f"select month, {BY_MONTH[name]} from gold.monthly_sales where orders > 0").fetchall())
    assert len(mart) > 12
    # A month whose orders have no items has no row among the sales.
    assert {m: found.get(m) or 0 for m in mart} == {m: rounded(v) if v is not None else 0 for m, v in mart.items()}


def evaluate(
    layer: PydanticSemanticManifest, gold: duckdb.DuckDBPyConnection, name: str, cut: str
) -> list[tuple[Any, Decimal | None]]:
    """The metric by an expression of its time dimension, rounded as gold's ratios are."""
    metric = next(m for m in layer.metrics if m.name == name)
    if metric.type == MetricType.SIMPLE:
        assert metric.type_params.measure is not None
        return [(at, rounded(v)) for at, v in measure(layer, gold, metric.type_params.measure.name, cut)]
    assert metric.type == MetricType.RATIO, "another kind of metric has to be taught to this test"
    assert metric.type_params.numerator is not None
    assert metric.type_params.denominator is not None
    above = dict(evaluate(layer, gold, metric.type_params.numerator.name, cut))
    below = dict(evaluate(layer, gold, metric.type_params.denominator.name, cut))
    return [
        (at, rounded(Decimal(v) / n) if n and v is not None else None)
        for at, n in below.items()
        for v in [above.get(at)]
    ]


def measure(
    layer: PydanticSemanticManifest, gold: duckdb.DuckDBPyConnection, name: str, cut: str
) -> list[tuple[Any, Any]]:
    model, one = next((s, m) for s in layer.semantic_models for m in s.measures if m.name == name)
    time = one.agg_time_dimension or model.defaults.agg_time_dimension  # pyright: ignore
    (at,) = [d.expr or d.name for d in model.dimensions if d.name == time and d.type == DimensionType.TIME]
    aggregate = AGGREGATES[one.agg].format(one.expr or one.name)
    said = f"select {cut.format(time=at)}, {aggregate} from gold.{model.node_relation.alias} group by all"
    return gold.execute(said).fetchall()


def rounded(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value).quantize(Decimal("0.000001"), ROUND_HALF_UP)
