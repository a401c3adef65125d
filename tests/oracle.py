"""What must come out, said again in plain Python from the text of semantics.md: slow, simple, row by row.

Nothing here reads the catalog or the contracts: the tables below are written from the page, so that a mistake in
either is seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

Row = dict[str, str]
"""One record as it stands in the CSV. An empty one is a ragged record."""
Value = str | Decimal | int | float | datetime | None

STATUSES = ["created", "approved", "invoiced", "processing", "shipped", "delivered", "canceled", "unavailable"]
PAYMENT_TYPES = ["credit_card", "boleto", "voucher", "debit_card", "not_defined"]
STATES = [
    "AC",
    "AL",
    "AM",
    "AP",
    "BA",
    "CE",
    "DF",
    "ES",
    "GO",
    "MA",
    "MG",
    "MS",
    "MT",
    "PA",
    "PB",
    "PE",
    "PI",
    "PR",
    "RJ",
    "RN",
    "RO",
    "RR",
    "RS",
    "SC",
    "SE",
    "SP",
    "TO",
]
FIRST_DAY = date(2016, 9, 1)

COLUMNS = {
    "orders": "order_id:id customer_id:id order_status:status order_purchase_timestamp:day order_approved_at:time "
    "order_delivered_carrier_date:time order_delivered_customer_date:time order_estimated_delivery_date:time!",
    "order_items": "order_id:id order_item_id:int! product_id:id seller_id:id shipping_limit_date:time "
    "price:money freight_value:money",
    "order_payments": "order_id:id payment_sequential:int! payment_type:payment_type payment_installments:int "
    "payment_value:money",
    "order_reviews": "review_id:id order_id:id review_score:score review_comment_title:free "
    "review_comment_message:free review_creation_date:day review_answer_timestamp:time",
    "customers": "customer_id:id customer_unique_id:id customer_zip_code_prefix:zip customer_city:free "
    "customer_state:state",
    "sellers": "seller_id:id seller_zip_code_prefix:zip seller_city:free seller_state:state",
    "products": "product_id:id product_category_name:text product_name_lenght:int product_description_lenght:int "
    "product_photos_qty:int product_weight_g:int product_length_cm:int product_height_cm:int product_width_cm:int",
    "geolocation": "geolocation_zip_code_prefix:zip geolocation_lat:lat geolocation_lng:lng geolocation_city:free "
    "geolocation_state:state",
    "product_category_translation": "product_category_name:id product_category_name_english:text",
}
KINDS = {name: dict(c.split(":") for c in text.split()) for name, text in COLUMNS.items()}
"""Table -> column of the CSV -> what it holds."""
OPTIONAL = ("text", "free", "int", "time")
DOMAINS = {"status": STATUSES, "payment_type": PAYMENT_TYPES, "state": STATES, "score": [1, 2, 3, 4, 5]}
RANGES = {"money": (0, 10**10), "lat": (-33.76, 5.28), "lng": (-73.99, -28.83)}
KEYS = {
    "orders": ["order_id"],
    "order_items": ["order_id", "order_item_id"],
    "order_payments": ["order_id", "payment_sequential"],
    "order_reviews": ["review_id", "order_id"],
    "customers": ["customer_id"],
    "sellers": ["seller_id"],
    "products": ["product_id"],
    "geolocation": list(KINDS["geolocation"]),
    "product_category_translation": ["product_category_name"],
}
DATED = ("orders", "order_items", "order_payments", "order_reviews")
OWN_DAY = {"orders": "order_purchase_timestamp", "order_reviews": "review_creation_date"}
PARENTS = {"customer_id": "customers", "product_id": "products", "seller_id": "sellers"}


def silver_name(column: str) -> str:
    """The source's misspelt columns have their right names in silver."""
    return column.replace("lenght", "length")


def cleaned(kind: str, text: str | None) -> str | None:
    """The text without its blanks (free text keeps them); None where there is nothing else."""
    if text is None or not text.strip():
        return None
    return text if kind == "free" else text.strip()


def value(kind: str, text: str | None) -> Value:
    """What a cleaned text says, None where it is none of its kind."""
    if text is None:
        return None
    kind = kind.removesuffix("!")
    if kind == "money":
        amount = Decimal(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]{1,2})?", text) else None
        return amount if amount is not None and abs(amount) < 10**10 else None
    if kind in ("int", "score"):
        number = int(text) if re.fullmatch(r"-?[0-9]+", text) else None
        return number if number is not None and -(2**63) <= number < 2**63 else None
    if kind in ("lat", "lng"):
        return float(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) and abs(float(text)) < 1e308 else None
    if kind in ("time", "day"):
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", text):
            return None
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None
    return text


def values(table: str, row: Row) -> dict[str, Value]:
    """The row's values by the names of silver."""
    return {silver_name(c): value(k, cleaned(k, row.get(c))) for c, k in KINDS[table].items()}


def broken_rules(table: str, row: Row, arrived: date) -> set[str]:
    """Every rule that the row breaks by itself, foreign keys apart."""
    if not row:
        return {"record:ragged"}
    broken: set[str] = set()
    for source, kind in KINDS[table].items():
        column, text = silver_name(source), cleaned(kind, row[source])
        if text is None:
            broken |= set() if kind in OPTIONAL else {f"required:{column}"}
            continue
        found = value(kind, text)
        if found is None:
            broken.add(f"type:{column}")
        elif not in_range(kind, found, arrived):
            broken.add(f"range:{column}")
        elif kind == "zip" and not re.fullmatch(r"[0-9]{5}", text):
            broken.add(f"format:{column}")
        elif kind in DOMAINS and found not in DOMAINS[kind]:
            broken.add(f"domain:{column}")
    if table == "orders":
        placed, delivered = (
            values(table, row)[f"order_{c}"] for c in ("purchase_timestamp", "delivered_customer_date")
        )
        if isinstance(placed, datetime) and isinstance(delivered, datetime) and delivered < placed:
            broken.add("order:order_purchase_timestamp,order_delivered_customer_date")
    return broken


def in_range(kind: str, found: Value, arrived: date) -> bool:
    if kind == "day":
        return isinstance(found, datetime) and in_time(found.date(), arrived)
    if kind in RANGES:
        return not isinstance(found, str | datetime | None) and RANGES[kind][0] <= found <= RANGES[kind][1]
    return True


def in_time(day: date, arrived: date) -> bool:
    return FIRST_DAY <= day <= arrived + timedelta(days=1)


@dataclass
class Version:
    """One record of a table, or the fold of a key's events: where it stands in the order of arrival, and what became
    of it."""

    row: Row
    values: dict[str, Value]
    rules: set[str]
    key: tuple[Value, ...] | None
    place: int = 0
    day: date | None = None
    outcome: str = ""


@dataclass(frozen=True)
class Event:
    """An order event, as the text of a CSV would say it. `rows` holds what it carries: table -> rows."""

    kind: str
    event_id: str
    at: str
    rows: dict[str, list[Row]]


TYPES = ["placed", "payment", "approved", "shipped", "delivered", "canceled", "status_changed", "review"]
"""Events in the order of their rank."""


@dataclass(frozen=True)
class Carried:
    """One row that an event brought: the event's order, and where it landed."""

    place: int
    event_id: str
    order: tuple[str, int, str]
    row: Row
    key: tuple[Value, ...] | None


@dataclass
class Expected:
    """What a lake must hold after some arrivals."""

    arrived: date
    versions: dict[str, list[Version]] = field(default_factory=lambda: {name: [] for name in KINDS})
    _files: dict[str, list[list[Row]]] = field(default_factory=lambda: {name: [] for name in KINDS})
    _records: dict[str, list[Version]] = field(default_factory=lambda: {name: [] for name in KINDS})
    _carried: dict[str, list[Carried]] = field(default_factory=lambda: {name: [] for name in KINDS})
    _places: int = 0

    def arrive(self, drop: dict[str, list[Row]]) -> None:
        """A drop: one file per table. A file whose rows the lake holds already is no news."""
        for table, rows in drop.items():
            if rows not in self._files[table]:
                self._files[table].append(rows)
                self._records[table] += [self._version(table, row) for row in rows]
        self._settle()

    def land(self, events: list[Event]) -> None:
        """Events, in the order of their landing."""
        for event in events:
            for table, rows in event.rows.items():
                self._carried[table] += [self._brought(table, event, row) for row in rows]
        self._settle()

    def _next(self) -> int:
        self._places += 1
        return self._places

    def _key(self, table: str, found: dict[str, Value]) -> tuple[Value, ...] | None:
        key = tuple(found[silver_name(c)] for c in KEYS[table])
        # A point's city may be unknown; any other key is whole or none.
        return key if table == "geolocation" or None not in key else None

    def _version(self, table: str, row: Row) -> Version:
        found = values(table, row)
        key = self._key(table, found) if row else None
        return Version(row, found, broken_rules(table, row, self.arrived), key, self._next())

    def _brought(self, table: str, event: Event, row: Row) -> Carried:
        found = self._key(table, values(table, row))
        return Carried(self._next(), event.event_id, (event.at, TYPES.index(event.kind), event.event_id), row, found)

    def _settle(self) -> None:
        for table in (t for t in KINDS if t not in DATED):
            self._decide(table, lambda one: None)
        self._decide("orders", lambda one: self._complete("orders", one, None))
        orders = {v.key: v for v in self.versions["orders"] if v.outcome == "silver"}
        for table in DATED[1:]:
            self._decide(table, lambda one, table=table: self._complete(table, one, orders))

    def _decide(self, table: str, complete: Callable[[Version], None]) -> None:
        """Decides over the records of files and the folds of events; every other event row is superseded."""
        records = self._records[table]
        for one in records:
            complete(one)
        folds = self._folds(table)
        for one in folds:
            complete(one)
        found = sorted([*records, *folds], key=lambda one: one.place)
        decide(found)
        rest = len(self._carried[table]) - len(folds)
        self.versions[table] = [*found, *(Version({}, {}, set(), None, outcome="superseded") for _ in range(rest))]

    def _folds(self, table: str) -> list[Version]:
        """One version per key that has live events: those that landed after the newest valid record of a file."""
        bases = {one.key: one for one in self._records[table] if one.key and not one.rules}
        live: dict[tuple[Value, ...], list[Carried]] = {}
        seen: set[tuple[object, ...]] = set()
        for one in self._carried[table]:
            assert one.key is not None, "the tests name the key of every event"
            base = bases.get(one.key)
            if (one.key, one.event_id) not in seen and (base is None or one.place > base.place):
                live.setdefault(one.key, []).append(one)
            seen.add((one.key, one.event_id))
        return [self._folded(table, bases.get(key), several) for key, several in live.items()]

    def _folded(self, table: str, base: Version | None, several: list[Carried]) -> Version:
        row: Row = dict(base.row) if base else {}
        for one in sorted(several, key=lambda one: one.order):
            row |= {column: text for column, text in one.row.items() if text.strip()}
        whole = {column: row.get(column, "") for column in KINDS[table]}
        found = values(table, whole)
        rules = broken_rules(table, whole, self.arrived)
        return Version(row, found, rules, several[0].key, max(one.place for one in several))

    def _complete(self, table: str, one: Version, orders: dict[tuple[Value, ...] | None, Version] | None) -> None:
        """Adds what depends on the parents: broken foreign keys, and the day."""
        one.rules = {r for r in one.rules if not r.startswith("foreign_key")}
        for column, parent in PARENTS.items():
            if one.values.get(column) is not None and one.values[column] not in self.valid(parent):
                one.rules.add(f"foreign_key:{column}")
        order = None if orders is None else orders.get((one.values["order_id"],))
        if orders is not None and order is None and one.values["order_id"] is not None:
            one.rules.add("foreign_key:order_id")
        one.day = order.day if order else None
        if table in OWN_DAY:
            own = one.values[OWN_DAY[table]]
            one.day = own.date() if isinstance(own, datetime) and in_time(own.date(), self.arrived) else None

    def valid(self, parent: str) -> set[Value]:
        return {v.key[0] for v in self.versions[parent] if v.key and not v.rules}

    def count(self, table: str, outcome: str) -> int:
        return sum(v.outcome == outcome for v in self.versions[table])


def decide(versions: list[Version]) -> None:
    """The newest valid version of a key wins; a rejected row waits for a newer valid one of its key."""
    winners = {one.key: one for one in versions if one.key and not one.rules}
    for one in versions:
        winner = winners.get(one.key) if one.key else None
        later = winner is not None and one.place < winner.place
        one.outcome = "silver" if one is winner else "superseded" if later else "quarantined"
