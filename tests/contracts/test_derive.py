"""What the catalog says of a table is what its model says: a tiny model, and all of ours."""

from __future__ import annotations

from typing import Any

import pandera.polars as pa
import pytest

from keystone_nexus.contracts.catalog import table_of, tables
from keystone_nexus.contracts.derive import DEFAULT_BUDGET, catalog, derived
from keystone_nexus.contracts.model import (
    Contract,
    Coordinate,
    Integer,
    Money,
    Text,
    Timestamp,
    column,
    identifier,
    in_order,
)
from keystone_nexus.contracts.registry import MODELS, model
from keystone_nexus.quality.rules import DTYPES
from tests.oracle import COLUMNS, DATED, DOMAINS, KEYS, KINDS, OPTIONAL, OWN_DAY, PARENTS, silver_name

KEY = ["parcel_id", "order_id"]
METADATA: dict[str, Any] = {
    "grain": "one row per parcel",
    "owner": "team:logistics",
    "source_file": "parcels.csv",
    "day": "sent_at",
    "foreign_keys": {"order_id": "orders"},
    "warnings": {"light": "weight = 0"},
}


class Parcels(Contract):
    """Parcels on their way."""

    parcel_id: Text = identifier("The parcel.")
    order_id: Text = identifier("The order in it.", pii=True)
    kind: Text = column("What it is.", source="knid", isin=["box", "bag"])
    note: Text = column("What was written on it.", trim=False)
    zip_code: Text = column("Where to.", str_matches=r"^[0-9]{5}$")
    weight: Integer = column("Weight.", unit="g", in_range=(0, 30_000))
    value: Money = column("What it is worth.", unit="BRL", required=True, ge=0)
    latitude: Coordinate = column("Where it is.")
    sent_at: Timestamp = column("When it left.", required=True, not_before="2016-09-01", not_after_arrival=True)
    arrived_at: Timestamp = column("When it came.")

    not_before_sent = in_order("sent_at", "arrived_at")

    class Config(Contract.Config):
        name = "parcels"
        unique = KEY
        metadata = METADATA


class Notes(Contract):
    """What was written on parcels."""

    note: Text = column("What was written on it.")
    written_at: Timestamp = column("When.")

    class Config(Contract.Config):
        name = "notes"
        metadata = METADATA


def test_the_rules_of_a_tiny_model() -> None:
    assert table_of(derived("parcels", Parcels)).rules() == {
        "required:parcel_id": "a value is there",
        "required:order_id": "a value is there",
        "domain:kind": "one of box, bag",
        "format:zip_code": "matches ^[0-9]{5}$",
        "type:weight": "the text is a integer",
        "range:weight": ">= 0 and <= 30000",
        "required:value": "a value is there",
        "type:value": "the text is a money",
        "range:value": ">= 0",
        "type:latitude": "the text is a coordinate",
        "required:sent_at": "a value is there",
        "type:sent_at": "the text is a timestamp",
        "range:sent_at": "from 2016-09-01 and to the day after its arrival (UTC)",
        "type:arrived_at": "the text is a timestamp",
        "order:sent_at,arrived_at": "arrived_at is not before sent_at",
        "foreign_key:order_id": "a valid row of orders has this order_id",
        "record:ragged": "the record has as many fields as the header",
        "record:encoding": "the record is UTF-8 without NUL",
        "record:quote": "a closing quote ends its field",
        "record:header": "the record is not the file's header once more",
    }


def test_the_table_of_a_tiny_model() -> None:
    parcels = table_of(derived("parcels", Parcels))
    assert parcels.name == "parcels"
    assert parcels.description == "Parcels on their way."
    assert (parcels.grain, parcels.owner, parcels.source_file) == (
        "one row per parcel",
        "team:logistics",
        "parcels.csv",
    )
    assert parcels.key == ("parcel_id", "order_id")
    assert parcels.foreign_keys == {"order_id": "orders"}
    assert parcels.warnings == {"light": "weight = 0"}
    assert parcels.reject_budget == DEFAULT_BUDGET == 0.01
    assert (parcels.day, parcels.own_day, parcels.dated) == ("sent_at", "sent_at", True)
    assert parcels.money_columns == ("value",)
    assert parcels.source_columns[2] == "knid"
    assert [c.name for c in parcels.columns if c.pii] == ["order_id"]
    assert [c.name for c in parcels.columns if not c.trim] == ["note"]
    assert {c.name: c.unit for c in parcels.columns if c.unit} == {"weight": "g", "value": "BRL"}


def test_a_contract_may_have_a_budget_of_its_own() -> None:
    class Lenient(Notes):
        class Config(Notes.Config):
            metadata = METADATA | {"reject_budget": 0.05}

    assert table_of(derived("notes", Lenient)).reject_budget == 0.05


def test_a_check_that_cannot_split_rows_is_refused_by_its_column() -> None:
    class Long(Notes):
        note: Text = column("Too long.", str_length={"min_value": 1, "max_value": 9})

    with pytest.raises(ValueError, match=r"Long\.note: the check 'str_length' has no row rule"):
        derived("notes", Long)


def test_a_check_beside_a_first_day_is_not_lost() -> None:
    class Closed(Notes):
        written_at: Timestamp = column("When.", not_before="2016-09-01", isin=["2018-01-01"])

    with pytest.raises(ValueError, match=r"Closed\.written_at: the check 'isin'"):
        derived("notes", Closed)


def test_a_check_of_whole_rows_that_is_no_order_is_refused() -> None:
    class Odd(Notes):
        @pa.dataframe_check(name="weight_fits_value")
        def fits(cls, data: pa.PolarsData) -> bool:
            return True

    with pytest.raises(ValueError, match="Odd: the check 'weight_fits_value' has no row rule"):
        derived("notes", Odd)


def test_the_catalog_has_every_model_once_and_in_order() -> None:
    assert [t["name"] for t in catalog()["tables"]] == list(MODELS) == list(tables())
    assert len({model(name).__name__ for name in MODELS}) == len(MODELS)


@pytest.mark.parametrize("name", list(COLUMNS))
def test_keys_columns_and_parents_are_those_of_the_page(name: str) -> None:
    spec = tables()[name]
    assert spec.source_columns == tuple(KINDS[name])
    assert [c.name for c in spec.columns] == [silver_name(c) for c in KINDS[name]]
    assert list(spec.key) == KEYS[name]
    parents = {c: p for c, p in PARENTS.items() if c in KINDS[name] and c not in KEYS[name]}
    orders = {"order_id": "orders"} if name in DATED and name != "orders" else {}
    assert spec.foreign_keys == parents | orders
    assert spec.dated is (name in DATED)
    assert spec.own_day == OWN_DAY.get(name)
    required = {silver_name(c) for c, kind in KINDS[name].items() if kind not in OPTIONAL}
    assert {c.name for c in spec.columns if c.required} == required
    assert {c.name for c in spec.columns if not c.trim} == {c for c, kind in KINDS[name].items() if kind == "free"}


@pytest.mark.parametrize("name", list(COLUMNS))
def test_domains_are_those_of_the_page(name: str) -> None:
    spec = tables()[name]
    domains = {c: set(DOMAINS[kind]) for c, kind in KINDS[name].items() if kind in DOMAINS}
    assert {c.name: set(c.domain) for c in spec.columns if c.domain} == domains


def test_the_domains_are_as_many_as_the_page_counts() -> None:
    orders, payments, customers = tables()["orders"], tables()["order_payments"], tables()["customers"]
    assert len(orders.column("order_status").domain or ()) == 8
    assert len(customers.column("customer_state").domain or ()) == 27
    assert len(payments.column("payment_type").domain or ()) == 5


@pytest.mark.parametrize("name", list(COLUMNS))
def test_every_table_has_an_owner_and_every_column_a_description(name: str) -> None:
    spec = tables()[name]
    assert spec.owner.startswith("team:")
    assert spec.description.endswith(".")
    assert spec.grain.startswith("one row per")
    assert spec.source_file.endswith(".csv")
    for one in spec.columns:
        assert one.description.endswith("."), one.name
        assert len(one.description) > 5, one.name


def test_what_concerns_a_person_is_marked() -> None:
    assert {f"{t}.{c.name}" for t, spec in tables().items() for c in spec.columns if c.pii} == {
        "customers.customer_unique_id",
        "customers.customer_zip_code_prefix",
        "order_reviews.review_comment_title",
        "order_reviews.review_comment_message",
    }


@pytest.mark.parametrize("name", list(COLUMNS))
def test_the_split_casts_to_the_types_of_the_model(name: str) -> None:
    types = {n: c.dtype.type for n, c in model(name).to_schema().columns.items()}
    assert types == {c.name: DTYPES[c.kind] for c in tables()[name].columns}
