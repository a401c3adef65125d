"""The nine files: names, headers, line ends, and how they are written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from keystone_nexus.source.synthetic import catalogue, orders, places, reviews, sales
from keystone_nexus.source.synthetic.draw import Ints
from keystone_nexus.source.synthetic.orders import World
from keystone_nexus.source.synthetic.plan import Plan, make_plan

CHUNK = 50_000
"""Rows (orders, for what belongs to orders) made at once: some 50 MB, whatever the scale."""

Rows = Callable[[Ints], pl.DataFrame]


@dataclass(frozen=True)
class File:
    """One file: `rows` makes the lines of consecutive numbers below `size`."""

    name: str
    header: str
    size: int
    rows: Rows
    newline: str = "\n"


def generate(
    out: Path, scale: float = 1.0, seed: int = 42, on_table: Callable[[str, int], None] | None = None
) -> dict[str, int]:
    """Writes the nine files into `out`, which is created, and returns the rows of each table.

    Scale 1 is the real size, 0.0001 the smallest. The bytes depend on scale and seed alone. `on_table` is
    told each table with its rows when its file stands. A file has its name only once it is whole.
    """
    world = make_world(make_plan(scale, seed))
    out.mkdir(parents=True, exist_ok=True)
    rows: dict[str, int] = {}
    for table, file in _files(world).items():
        rows[table] = _write(out / file.name, file)
        if on_table:
            on_table(table, rows[table])
    return rows


def make_world(plan: Plan) -> World:
    """All that rows are made from."""
    return World(plan, places.make_places(plan), catalogue.make_catalogue(plan))


def _files(world: World) -> dict[str, File]:
    plan = world.plan

    def olist(table: str, columns: str, size: int, rows: Rows, newline: str = "\n") -> File:
        header = ",".join(f'"{c}"' for c in columns.split())
        return File(f"olist_{table}_dataset.csv", header, size, rows, newline)

    return {
        "orders": olist(
            "orders",
            "order_id customer_id order_status order_purchase_timestamp order_approved_at"
            " order_delivered_carrier_date order_delivered_customer_date order_estimated_delivery_date",
            plan.orders,
            partial(orders.orders, world),
        ),
        "order_items": olist(
            "order_items",
            "order_id order_item_id product_id seller_id shipping_limit_date price freight_value",
            plan.orders,
            partial(sales.items, world),
        ),
        "order_payments": olist(
            "order_payments",
            "order_id payment_sequential payment_type payment_installments payment_value",
            plan.orders,
            partial(sales.payments, world),
        ),
        "order_reviews": olist(
            "order_reviews",
            "review_id order_id review_score review_comment_title review_comment_message"
            " review_creation_date review_answer_timestamp",
            plan.orders,
            partial(reviews.reviews, world),
            "\r\n",
        ),
        "customers": olist(
            "customers",
            "customer_id customer_unique_id customer_zip_code_prefix customer_city customer_state",
            plan.orders,
            partial(orders.customers, world),
        ),
        "products": olist(
            "products",
            "product_id product_category_name product_name_lenght product_description_lenght product_photos_qty"
            " product_weight_g product_length_cm product_height_cm product_width_cm",
            plan.products,
            partial(catalogue.products, world.catalogue),
        ),
        "sellers": olist(
            "sellers",
            "seller_id seller_zip_code_prefix seller_city seller_state",
            plan.sellers,
            partial(catalogue.sellers, plan, world.places),
        ),
        "geolocation": olist(
            "geolocation",
            "geolocation_zip_code_prefix geolocation_lat geolocation_lng geolocation_city geolocation_state",
            plan.points,
            partial(places.geolocation, plan, world.places),
        ),
        "product_category_translation": File(
            "product_category_name_translation.csv",
            "\ufeffproduct_category_name,product_category_name_english",
            1,
            lambda _: catalogue.translation(),
            "\r\n",
        ),
    }


def _write(path: Path, file: File) -> int:
    """Writes aside and renames; returns the number of rows."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    written = 0
    try:
        with aside.open("wb") as stream:
            stream.write((file.header + file.newline).encode())
            for frame in _frames(file):
                # Nothing is left to quote: identifiers, prefixes and texts come as they must stand.
                frame.write_csv(
                    stream,
                    include_header=False,
                    quote_style="never",
                    line_terminator=file.newline,
                    datetime_format="%Y-%m-%d %H:%M:%S",
                    float_scientific=False,
                )
                written += frame.height
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return written


def _frames(file: File) -> Iterator[pl.DataFrame]:
    for start in range(0, file.size, CHUNK):
        yield file.rows(np.arange(start, min(start + CHUNK, file.size), dtype=np.int64))
