"""Metrics: their definitions are valid, and what MetricFlow makes of them is what gold's facts and marts say."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.semantic_manifest import SemanticManifest
from dbt_semantic_interfaces.implementations.semantic_manifest import PydanticSemanticManifest
from dbt_semantic_interfaces.validations.semantic_manifest_validator import SemanticManifestValidator
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from tests.gold.conftest import FILE, Dbt

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
    "customers": "select count(distinct customer_unique_id) from gold.dim_customer where valid_from is not null",
    "lifetime_value": "select sum(customer_lifetime_value) from gold.dim_customer where is_current",
    "average_order_value": (
        "select cast(sum(revenue) as decimal(38, 12)) / sum(orders_with_items) from gold.daily_sales"
    ),
    "late_share": "select avg(cast(is_late as integer)) from gold.fact_orders where order_status = 'delivered'",
    "delivery_days_mean": "select avg(delivery_days) from gold.fact_orders where order_status = 'delivered'",
    "review_score": "select avg(review_score) from gold.fact_reviews",
    "customer_lifetime_value": "select sum(monetary) / count(*) from gold.customer_rfm",
}
# The same, cut by a dimension: metrics, dimension, and the mart that holds them.
CUTS = [
    (
        ["orders", "orders_with_items", "payment_value", "average_order_value", "late_share", "delivery_days_mean"],
        "metric_time__month",
        "select cast(month as timestamp), orders, orders_with_items, payment_value, average_order_value, late_share, delivery_days_mean "
        "from gold.monthly_sales where orders_with_items > 0",
    ),
    (
        ["orders", "revenue", "revenue_delivered", "freight_value", "late_share", "review_score"],
        "stay__state",
        "select state, orders, revenue, revenue_delivered, freight_value, late_share, review_score "
        "from gold.state_performance",
    ),
    (
        ["items", "revenue"],
        "product__category_name",
        "select category_name, units, revenue from gold.category_performance",
    ),
    (
        ["items", "revenue"],
        "seller__seller_state",
        "select seller_state, sum(units), sum(revenue) from gold.seller_performance group by 1",
    ),
    (
        ["customers", "lifetime_value"],
        "person__segment",
        "select segment, count(*), sum(monetary) from gold.customer_rfm group by 1",
    ),
]


@pytest.fixture(scope="module")
def written(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The semantic manifest as dbt writes it for those who query by metrics."""
    file = tmp_path_factory.mktemp("semantic") / "semantic_manifest.json"
    SemanticManifest(Manifest.from_msgpack(dbt.parsed)).write_json_to_file(str(file))
    return file.read_text("utf-8")


@pytest.fixture(scope="module")
def layer(written: str) -> PydanticSemanticManifest:
    return PydanticSemanticManifest.parse_raw(written)


@pytest.fixture(scope="module")
def metricflow(written: str) -> MetricFlowEngine:
    """It writes SQL only: what runs it is not its business."""
    client: Any = SimpleNamespace(sql_engine_type=SqlEngine.DUCKDB, sql_plan_renderer=DuckDbSqlPlanRenderer())
    return MetricFlowEngine(SemanticManifestLookup(parse_manifest_from_dbt_generated_manifest(written)), client)


@pytest.fixture(scope="module")
def gold(built_lake: Path) -> duckdb.DuckDBPyConnection:
    """The lake's gold by the catalog's name that the test's dbt knows."""
    connection = duckdb.connect()
    name = Path(FILE).stem
    connection.execute(f"attach '{built_lake / 'gold' / 'gold.duckdb'}' as {name} (read_only); use {name}")
    return connection


def test_definitions_are_valid(layer: PydanticSemanticManifest) -> None:
    found = SemanticManifestValidator[PydanticSemanticManifest]().validate_semantic_manifest(layer)
    assert not found.has_blocking_issues, found.summary()
    assert all(one.description and one.label for one in layer.metrics)
    (spine,) = layer.project_configuration.time_spines
    assert (spine.node_relation.alias, spine.primary_column.name) == ("dim_date", "date")


def test_primary_keys_are_unique(layer: PydanticSemanticManifest, gold: duckdb.DuckDBPyConnection) -> None:
    for model in layer.semantic_models:
        (key,) = [e.expr or e.name for e in model.entities if e.type.value == "primary"]
        counts = gold.execute(f"select count(*), count(distinct {key}) from gold.{model.node_relation.alias}")
        ((rows, keys),) = counts.fetchall()
        assert rows == keys > 0, model.name


def test_every_metric_is_expected_here(layer: PydanticSemanticManifest) -> None:
    assert {metric.name for metric in layer.metrics} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_metric_equals_gold(name: str, metricflow: MetricFlowEngine, gold: duckdb.DuckDBPyConnection) -> None:
    ((value,),) = ask(metricflow, gold, [name], [])
    ((expected,),) = gold.execute(EXPECTED[name]).fetchall()
    assert value
    assert same(value, expected), (value, expected)


@pytest.mark.parametrize(("names", "dimension", "mart"), CUTS, ids=[cut[1] for cut in CUTS])
def test_metrics_by_a_dimension_equal_the_mart(
    names: list[str], dimension: str, mart: str, metricflow: MetricFlowEngine, gold: duckdb.DuckDBPyConnection
) -> None:
    found = {key: values for key, *values in ask(metricflow, gold, names, [dimension])}
    expected = {key: values for key, *values in gold.execute(mart).fetchall()}
    assert len(expected) > 5
    for key, values in expected.items():
        assert all(same(a, b) for a, b in zip(found[key], values, strict=True)), (key, found[key], values)


def ask(
    metricflow: MetricFlowEngine, gold: duckdb.DuckDBPyConnection, names: list[str], cut: list[str]
) -> list[tuple[Any, ...]]:
    """Rows of the dimensions and then the metrics, in their order."""
    said = metricflow.explain(MetricFlowQueryRequest.create(metric_names=names, group_by_names=cut)).sql_statement.sql
    return gold.execute(f"select {', '.join([*cut, *names])} from ({said})").fetchall()


def same(value: Any, expected: Any) -> bool:
    """Sums to the cent; MetricFlow's ratios are doubles, a mart's have six digits."""
    if value is None or expected is None:
        return value is expected
    if isinstance(value, float):
        return abs(Decimal(value) - Decimal(expected)) <= Decimal("0.000001")
    return value == expected
