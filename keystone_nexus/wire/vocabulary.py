"""The words of the events (semantics.md, "Events"): plain data, which costs nothing to import."""

from __future__ import annotations

TYPES = ("placed", "payment", "approved", "shipped", "delivered", "canceled", "status_changed", "review")
"""Event types in the order of their rank."""
EMPTY = frozenset({"approved", "shipped", "delivered", "canceled", "status_changed"})
"""Types whose message has no fields: it is there or not."""
STATUSES = ("created", "approved", "invoiced", "processing", "shipped", "delivered", "canceled", "unavailable")
"""By number of the proto's OrderStatus, from 1."""
PAYMENT_TYPES = ("credit_card", "boleto", "voucher", "debit_card", "not_defined")
"""By number of the proto's PaymentType, from 1."""
SOURCES: dict[str, tuple[str, ...]] = {
    "orders": ("placed", "approved", "shipped", "delivered", "canceled", "status_changed"),
    "order_items": ("placed",),
    "order_payments": ("payment",),
    "order_reviews": ("review",),
    "customers": ("placed",),
}
"""Table -> the event types that make rows of it."""

EVENTS = "order_events"
"""The table of the event log, in bronze and in quarantine."""
