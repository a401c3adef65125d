"""All tables, in the order in which people read them. A new table is one contract and one line here."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keystone_nexus.contracts.model import Contract

MODELS = {
    "orders": "Orders",
    "order_items": "OrderItems",
    "order_payments": "OrderPayments",
    "order_reviews": "OrderReviews",
    "customers": "Customers",
    "sellers": "Sellers",
    "products": "Products",
    "geolocation": "Geolocation",
    "product_category_translation": "ProductCategoryTranslation",
}
"""Table name (and module) -> class name of its contract."""


def model(table: str) -> type[Contract]:
    """The Pandera model of a table. Imports Pandera, which takes half a second: the catalog does not."""
    module = importlib.import_module(f"keystone_nexus.contracts.{table}")
    return getattr(module, MODELS[table])
