"""The baseline in ordinary pandas: CSV to the same gold, one Parquet file per table.

`python benchmarks/peer_pandas.py SOURCE_DIR_OR_ZIP OUT_DIR`. As little is checked or kept as in `peer_duckdb.py`, and
geolocation is not read either. Money is whole cents in between. The tables equal dbt's row by row.
"""

from __future__ import annotations

import hashlib
import sys
import time
import zipfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

FILES = {
    "orders": "olist_orders_dataset.csv",
    "items": "olist_order_items_dataset.csv",
    "payments": "olist_order_payments_dataset.csv",
    "reviews": "olist_order_reviews_dataset.csv",
    "customers": "olist_customers_dataset.csv",
    "sellers": "olist_sellers_dataset.csv",
    "products": "olist_products_dataset.csv",
    "translation": "product_category_name_translation.csv",
}
COLUMNS = {
    "orders": [
        "order_id",
        "customer_id",
        "order_status",
        "order_purchase_timestamp",
        "order_delivered_customer_date",
        "order_estimated_delivery_date",
    ],
    "items": ["order_id", "order_item_id", "product_id", "seller_id", "price", "freight_value"],
    "payments": ["order_id", "payment_value"],
    "reviews": ["review_id", "order_id", "review_score", "review_creation_date"],
    "products": ["product_id", "product_category_name"],
    "sellers": ["seller_id", "seller_city", "seller_state"],
}
DATES = {"orders": COLUMNS["orders"][3:], "reviews": ["review_creation_date"]}
MONEY = ("price", "freight_value", "payment_value", "customer_lifetime_value")
INTEGERS = [
    "order_item_id",
    "date_id",
    "delivery_days",
    "items",
    "review_score",
    "year",
    "month",
    "quarter",
    "day",
    "day_of_week",
]
UNKNOWN = "unknown"


def read(source: Path, name: str) -> pd.DataFrame:
    def frame(file: object) -> pd.DataFrame:
        return pd.read_csv(
            file,
            usecols=COLUMNS.get(name),
            parse_dates=DATES.get(name, False),
            dtype={"customer_zip_code_prefix": "str"},
            keep_default_na=False,
            na_values=[""],
        )

    if source.is_dir():
        return frame(source / FILES[name])
    with zipfile.ZipFile(source) as archive, archive.open(FILES[name]) as file:
        return frame(file)


def cents(money: pd.Series) -> pd.Series:
    return (money * 100).round().astype("int64")


def md5(text: pd.Series) -> list[str]:
    return [hashlib.md5(value.encode()).hexdigest() for value in text]


def date_id(day: pd.Series) -> pd.Series:
    return day.dt.year * 10000 + day.dt.month * 100 + day.dt.day


def keyed_orders(orders: pd.DataFrame, customers: pd.DataFrame, payments: pd.DataFrame) -> pd.DataFrame:
    """Orders with person, address, sum of payments and the stay that they belong to, in order of person and time."""
    paid = payments.groupby("order_id")["payment_value"].sum()
    placed = orders.merge(customers, on="customer_id").rename(columns=lambda name: name.removeprefix("customer_"))
    placed = placed.rename(columns={"id": "customer_id", "unique_id": "customer_unique_id"})
    placed["payment_value"] = placed["order_id"].map(paid).fillna(0).astype("int64")
    placed = placed.sort_values(["customer_unique_id", "order_purchase_timestamp", "order_id"], ignore_index=True)
    address = placed[["customer_unique_id", "zip_code_prefix", "city", "state"]].fillna("")
    placed["stay"] = (address != address.shift()).any(axis=1).cumsum()
    first = placed.drop_duplicates("stay")
    keys = pd.Series(md5(first["customer_unique_id"] + "|" + first["order_id"]), index=first["stay"])
    placed["customer_key"] = placed["stay"].map(keys)
    return placed


def dim_customer(placed: pd.DataFrame) -> pd.DataFrame:
    dim = placed.drop_duplicates("stay").rename(columns={"order_purchase_timestamp": "valid_from"})
    dim = dim.assign(
        customer_lifetime_value=dim["customer_unique_id"].map(
            placed.groupby("customer_unique_id")["payment_value"].sum()
        ),
        valid_to=dim.groupby("customer_unique_id")["valid_from"].shift(-1),
        is_current=~dim.duplicated("customer_unique_id", keep="last"),
    )
    columns = "customer_key customer_unique_id city state zip_code_prefix customer_lifetime_value valid_from valid_to"
    unknown = {"customer_unique_id": UNKNOWN, "customer_lifetime_value": 0, "is_current": True}
    return with_unknown(dim[[*columns.split(), "is_current"]], "customer_key", unknown)


def dim_product(
    products: pd.DataFrame, translation: pd.DataFrame, items: pd.DataFrame, reviews: pd.DataFrame
) -> pd.DataFrame:
    scored = items[["order_id", "product_id"]].drop_duplicates().merge(reviews[["order_id", "review_score"]])
    scores = scored.groupby("product_id")["review_score"].agg(["sum", "count"])
    scores["micros"] = (2_000_000 * scores["sum"] + scores["count"]) // (2 * scores["count"])
    category = products["product_category_name"]
    english = category.map(translation.set_index("product_category_name")["product_category_name_english"])
    dim = pd.DataFrame(
        {
            "product_key": md5(products["product_id"]),
            "product_id": products["product_id"],
            "category_name": english.fillna(category).fillna(UNKNOWN),
            "category_name_pt": category,
            "product_review_avg": products["product_id"].map(scores["micros"]).astype("Int64"),
        }
    )
    return with_unknown(dim, "product_key", {"product_id": UNKNOWN, "category_name": UNKNOWN})


def dim_seller(sellers: pd.DataFrame) -> pd.DataFrame:
    dim = sellers.copy()
    dim.insert(0, "seller_key", md5(sellers["seller_id"]))
    return with_unknown(dim, "seller_key", {"seller_id": UNKNOWN})


def dim_date(*days: pd.Series) -> pd.DataFrame:
    date = pd.Series(pd.date_range(min(d.min() for d in days), max(d.max() for d in days)))
    return pd.DataFrame(
        {
            "date_id": date_id(date),
            "date": date,
            "year": date.dt.year,
            "quarter": date.dt.quarter,
            "month": date.dt.month,
            "day": date.dt.day,
            "day_of_week": date.dt.day_of_week + 1,
            "is_weekend": date.dt.day_of_week >= 5,
        }
    )


def with_unknown(dim: pd.DataFrame, key: str, values: dict[str, object]) -> pd.DataFrame:
    unknown = {**values, key: hashlib.md5(UNKNOWN.encode()).hexdigest()}
    for column in dim.columns:
        dim = dim if column not in MONEY else dim.astype({column: "int64"})
    return pd.concat([dim, pd.DataFrame([unknown])], ignore_index=True)


def derived(placed: pd.DataFrame) -> pd.DataFrame:
    """What fact_sales and fact_orders say alike of an order."""
    purchased = placed["order_purchase_timestamp"].dt.normalize()
    delivered = placed["order_delivered_customer_date"].dt.normalize()
    late = (delivered > placed["order_estimated_delivery_date"].dt.normalize()).astype("boolean")
    return placed[["order_id", "customer_id", "customer_key", "order_status", "payment_value"]].assign(
        date_id=date_id(purchased),
        delivery_days=(delivered - purchased).dt.days.astype("Int64"),
        is_late=late.mask(delivered.isna()),
        year=purchased.dt.year,
        month=purchased.dt.month,
    )


def allocate(sales: pd.DataFrame) -> np.ndarray:
    """The orders' cents on their items: shares rounded down, the rest to the largest remainders, ties by item."""
    weight = sales["price"] + sales["freight_value"]
    by_order = weight.groupby(sales["order_id"])
    weights, items = by_order.transform("sum"), by_order.transform("size")
    weight = weight.where(weights != 0, 1)
    weights = weights.where(weights != 0, items)
    product = sales["payment_value"] * weight
    share, remainder = product // weights, product % weights
    left = sales["payment_value"] - share.groupby(sales["order_id"]).transform("sum")
    ranked = pd.DataFrame(
        {"order_id": sales["order_id"], "remainder": -remainder, "order_item_id": sales["order_item_id"]}
    ).sort_values(["order_id", "remainder", "order_item_id"])
    turn = ranked.groupby("order_id").cumcount().reindex(sales.index)
    return (share + (turn < left)).to_numpy()


def write(frame: pd.DataFrame, out: Path, name: str) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for i, column in enumerate(table.column_names):
        values = table[column]
        if column in MONEY:
            values = exact(values, "0.01", 12, 2)
        elif column == "product_review_avg":
            values = exact(values, "0.000001", 18, 6)
        elif column in INTEGERS:
            values = values.cast(pa.int32())
        elif column in ("date", "review_date"):
            values = values.cast(pa.timestamp("s")).cast(pa.date32())
        elif pa.types.is_timestamp(values.type):
            values = values.cast(pa.timestamp("us"))
        elif pa.types.is_large_string(values.type) or pa.types.is_null(values.type):
            values = values.cast(pa.string())
        table = table.set_column(i, column, values)
    pq.write_table(table, out / f"{name}.parquet")


def exact(values: pa.ChunkedArray, unit: str, precision: int, scale: int) -> pa.ChunkedArray:
    return pc.multiply(values.cast(pa.decimal128(19, 0)), Decimal(unit)).cast(pa.decimal128(precision, scale))


def build(source: Path, out: Path) -> None:
    """Builds gold in a folder."""
    out.mkdir(parents=True, exist_ok=True)
    data = {name: read(source, name) for name in FILES}
    items, reviews, orders = data["items"], data["reviews"].dropna(subset="review_creation_date"), data["orders"]
    for frame, column in ((items, "price"), (items, "freight_value"), (data["payments"], "payment_value")):
        frame[column] = cents(frame[column])
    placed = keyed_orders(orders, data["customers"], data["payments"])
    facts = derived(placed)

    write(dim_customer(placed), out, "dim_customer")
    products = dim_product(data["products"], data["translation"], items, reviews)
    write(products, out, "dim_product")
    sellers = dim_seller(data["sellers"])
    write(sellers, out, "dim_seller")
    review_date = reviews["review_creation_date"].dt.normalize()
    write(dim_date(orders["order_purchase_timestamp"].dt.normalize(), review_date), out, "dim_date")

    sales = items.merge(facts, on="order_id")
    sales["payment_value"] = allocate(sales)
    sales["product_key"] = sales["product_id"].map(products.set_index("product_id")["product_key"])
    sales["seller_key"] = sales["seller_id"].map(sellers.set_index("seller_id")["seller_key"])
    columns = (
        "order_id order_item_id customer_id customer_key product_id product_key seller_id seller_key date_id "
        "order_status price freight_value payment_value delivery_days is_late year month"
    )
    write(sales[columns.split()], out, "fact_sales")

    totals = items.groupby("order_id").agg(
        items=("price", "size"), price=("price", "sum"), freight_value=("freight_value", "sum")
    )
    order_facts = facts.join(totals, on="order_id").fillna({"items": 0, "price": 0, "freight_value": 0})
    order_facts = order_facts.astype({"items": "int64", "price": "int64", "freight_value": "int64"})
    columns = (
        "order_id customer_key date_id order_status items price freight_value payment_value delivery_days is_late "
        "year month"
    )
    write(order_facts[columns.split()], out, "fact_orders")

    review_facts = reviews.assign(
        customer_key=reviews["order_id"].map(placed.set_index("order_id")["customer_key"]),
        date_id=date_id(review_date),
        review_date=review_date,
        year=review_date.dt.year,
        month=review_date.dt.month,
    )
    columns = "review_id order_id customer_key date_id review_date review_score year month"
    write(review_facts[columns.split()], out, "fact_reviews")


if __name__ == "__main__":
    started = time.perf_counter()
    build(Path(sys.argv[1]), Path(sys.argv[2]))
    print(f"{time.perf_counter() - started:.2f} s")
