"""The rows of test_bad_input: what differs from a sound row, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """`rules` that the row breaks, or what `silver` holds of it (found by `key`, by default the table's)."""

    table: str
    id: str
    given: dict[str, str]
    rules: list[str]
    silver: dict[str, object]
    key: tuple[str, ...] = ()


def bad(table: str, column: str, value: str, *rules: str) -> Case:
    named = [rule if ":" in rule else f"{rule}:{column}" for rule in rules]
    return Case(table, f"{column}={value}", {column: value}, named, {})


def good(table: str, column: str, value: str, silver: object, key: tuple[str, ...] = ()) -> Case:
    return Case(table, f"{column}={value}", {column: value}, [], {column: silver}, key)


PURCHASE, DELIVERED = "order_purchase_timestamp", "order_delivered_customer_date"
NO_TIMES = (
    "2018-02-30 10:00:00", "2018-13-01 10:00:00", "0000-01-01 10:00:00", "2018-01-03", "10:00:00", "2018-01-03 10:00",
    "2018-01-03T10:00:00", "2018-01-03 10:00:00+00:00", "2018-01-03 10:00:00.5", "2018-01-03 24:00:00",
    "2018-01-03 10:00:60", "03/01/2018 10:00:00", "1514973600", "today", "20180-01-03 10:00:00",
)  # fmt: skip
NO_MONEY = (
    "1e3", "NaN", "nan", "inf", "-inf", "1,50", "1.234", "1.", ".5", "+5.00", "10000000000.00", "9" * 40, "R$ 10.00",
    "１０", "0x10", "1_000", "1 000.00", "--1", "10.00-", "(10.00)", "NULL", "true",
)  # fmt: skip
MESSAGE = '  first line,\r\n "second" line;\n\n  çã 😀 \\n ,,  '

CASES = [
    *(bad("orders", PURCHASE, value, "type") for value in NO_TIMES),
    *(bad("orders", PURCHASE, value, "required") for value in ("", "   ", "\t\n")),
    bad("orders", PURCHASE, "0001-01-01 00:00:00", "range"),
    bad("orders", PURCHASE, "2016-08-31 23:59:59", "range"),
    bad("orders", PURCHASE, "9999-12-31 23:59:59", "range", f"order:{PURCHASE},{DELIVERED}"),
    good("orders", PURCHASE, " 2018-01-03 10:00:00\t", "2018-01-03 10:00:00"),
    good("orders", PURCHASE, "2016-09-01 00:00:00", "2016-09-01 00:00:00"),
    good("orders", "order_approved_at", "0001-01-01 00:00:00", "0001-01-01 00:00:00"),
    good("orders", "order_approved_at", "", None),
    good("orders", "order_estimated_delivery_date", "9999-12-31 23:59:59", "9999-12-31 23:59:59"),
    good("orders", DELIVERED, "9999-12-31 23:59:59", "9999-12-31 23:59:59"),
    bad("orders", "order_estimated_delivery_date", "2018-02-30 00:00:00", "type"),
    bad("orders", DELIVERED, "2018-01-03 09:59:59", f"order:{PURCHASE},{DELIVERED}"),
    bad("orders", "order_status", "Delivered", "domain"),
    bad("orders", "order_status", "", "required"),
    good("orders", "order_status", " delivered ", "delivered"),
    bad("orders", "customer_id", "nobody", "foreign_key"),
    bad("orders", "customer_id", " ", "required"),
    bad("orders", "order_id", "", "required"),
    bad("orders", "order_id", "\u00a0\u3000", "required"),
    good("orders", "order_id", "  padded  ", "padded"),
    good("orders", "order_id", 'odd, "quoted"\nid', 'odd, "quoted"\nid'),
    *(bad("order_items", "price", value, "type") for value in NO_MONEY),
    bad("order_items", "price", "", "required"),
    bad("order_items", "price", "-0.01", "range"),
    bad("order_items", "freight_value", "-9999999999.99", "range"),
    good("order_items", "price", "-0.00", "0.00"),
    Case(
        "order_items",
        "all digits",
        {"price": "9999999999.99", "order_id": "order_approved_at="},
        [],
        {"price": "9999999999.99"},
    ),
    good("order_items", "price", "0010.5", "10.50"),
    good("order_items", "price", " 7 ", "7.00"),
    *(bad("order_items", "order_item_id", value, "type") for value in ("1.0", "x", "9223372036854775808", "1e2", "٣")),
    bad("order_items", "order_item_id", "", "required"),
    good("order_items", "order_item_id", "9223372036854775807", 9223372036854775807),
    bad("order_items", "product_id", "nobody", "foreign_key"),
    bad("order_items", "seller_id", "nobody", "foreign_key"),
    bad("order_items", "order_id", "nobody", "foreign_key"),
    bad("order_items", "order_id", PURCHASE + "=today", "foreign_key"),
    bad("order_items", "product_id", "", "required"),
    bad("order_items", "shipping_limit_date", "2018-02-30 00:00:00", "type"),
    Case(
        "order_items",
        "two rules",
        {"price": "-1", "product_id": "nobody"},
        ["range:price", "foreign_key:product_id"],
        {},
    ),
    *(bad("order_payments", "payment_type", value, "domain") for value in ("Credit_Card", "pix")),
    bad("order_payments", "payment_installments", "1.5", "type"),
    good("order_payments", "payment_installments", "", None),
    bad("order_payments", "payment_value", "-5.00", "range"),
    bad("order_payments", "payment_value", "NaN", "type"),
    bad("order_payments", "order_id", "nobody", "foreign_key"),
    *(bad("order_reviews", "review_score", value, "domain") for value in ("0", "6", "-1")),
    *(bad("order_reviews", "review_score", value, "type") for value in ("5.0", "five", "９")),
    bad("order_reviews", "review_score", "", "required"),
    bad("order_reviews", "review_creation_date", "2018-02-31 00:00:00", "type"),
    bad("order_reviews", "review_creation_date", "", "required"),
    bad("order_reviews", "review_id", " ", "required"),
    bad("order_reviews", "order_id", "nobody", "foreign_key"),
    Case("order_reviews", "many lines", {"review_comment_message": MESSAGE}, [], {"review_comment_message": MESSAGE}),
    Case("order_reviews", "blank", {"review_comment_message": " \n "}, [], {"review_comment_message": None}),
    Case("order_reviews", "NULL", {"review_comment_title": "NULL"}, [], {"review_comment_title": "NULL"}),
    *(
        bad("customers", "customer_zip_code_prefix", value, "format")
        for value in ("1001", "010011", "abcde", "０１００１", "01001-000")
    ),
    *(bad("customers", "customer_state", value, "domain") for value in ("sp", "XX")),
    bad("customers", "customer_unique_id", "", "required"),
    good("customers", "customer_zip_code_prefix", " 01001 ", "01001"),
    good("customers", "customer_city", " são Paulo ", " são Paulo "),
    bad("products", "product_weight_g", "1.5", "type"),
    good("products", "product_weight_g", "", None),
    good("products", "product_category_name", "no_such_category", "no_such_category"),
    Case("products", "twin 1", {"product_id": "twin"}, [], {"product_weight_g": 1}),
    Case("products", "twin 2", {"product_id": "twin"}, [], {"product_weight_g": 1}),
    Case("products", "older", {"product_id": "changed", "product_weight_g": "5"}, [], {"product_weight_g": 7}),
    Case("products", "newer", {"product_id": " changed", "product_weight_g": "7"}, [], {"product_weight_g": 7}),
    Case(
        "products", "newest is bad", {"product_id": "changed", "product_weight_g": "x"}, ["type:product_weight_g"], {}
    ),
    *(bad("geolocation", "geolocation_lat", value, "range") for value in ("-33.77", "5.29", "-90")),
    *(bad("geolocation", "geolocation_lat", value, "type") for value in ("1e1", "-23,5", "NaN", "9" * 400)),
    bad("geolocation", "geolocation_lng", "", "required"),
    good("geolocation", "geolocation_lat", "-23.54562128115268", -23.54562128115268, ("geolocation_city",)),
]
TEXT_CASES: dict[str, list[tuple[bytes, str, str]]] = {
    "customers": [
        (b"ragged,1", "ragged,1", "record:ragged"),
        (b"a,b,01001,x,SP,more", "a,b,01001,x,SP,more", "record:ragged"),
        (b"a,b,01001,s\xe3o paulo,SP", r"a,b,01001,s\xe3o paulo,SP", "record:encoding"),
        (b"a,b,01001,x\0,SP", r"a,b,01001,x\x00,SP", "record:encoding"),
        (b'a,b,01001,"x" y,SP', 'a,b,01001,"x" y,SP', "record:quote"),
        (b"a;b;01001;x;SP", "a;b;01001;x;SP", "record:ragged"),
    ],
    "orders": [(b"a,b", "a,b", "record:ragged")],
}
