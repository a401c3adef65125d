"""What is known of the real data set in sums: counts, shares, quantiles. No row, id or text of it.

Counts are those of the real size (scale 1). Times between events are hours, lengths days where it says so.
"""

from __future__ import annotations

from typing import NamedTuple

from keystone_nexus.source.synthetic.draw import Knots

ORDERS = 99_441
PERSONS = 96_096
PRODUCTS = 32_951
SELLERS = 3_095
GEOLOCATIONS = 1_000_163
GEOLOCATION_DUPLICATES = 261_831
GEOLOCATION_OUTSIDE = 31
PREFIXES = 19_015
"""Scale 1 has them all: more orders come from the same country, so they do not grow beyond."""

PERSONS_BY_ORDERS = {2: 2745, 3: 203, 4: 30, 5: 8, 6: 6, 7: 3, 9: 1, 17: 1}
SHARED_REVIEWS = 814
"""Orders placed with another one of the same person and rated together: one review_id for both."""
MOVED_PERSONS = 252
WITHOUT_REVIEW = 768
SECOND_REVIEWS = 551
UNDATED_REVIEWS = 17
UNANSWERED_REVIEWS = 41
EARLY_REVIEWS = 74
ZERO_INSTALMENTS = 2
WITHOUT_PAYMENT = 1
ZERO_VOUCHERS = 6
NOT_DEFINED = 3
LATE_SEQUENCES = 80
PRODUCTS_WITHOUT_SIZE = 2
PRODUCTS_WITHOUT_WEIGHT = 4

CARRIER_BEFORE_PURCHASE = 166 / ORDERS
CARRIER_BEFORE_APPROVAL = 1359 / ORDERS
DELIVERED_BEFORE_CARRIER = 23 / ORDERS
APPROVED_AT_ONCE = 1296 / ORDERS
PAYMENT_MISMATCH = 576 / 98_665
FREE_FREIGHT = 383 / 112_650
UNLISTED_PREFIX = 278 / ORDERS
ACCENTED_CITY = 0.073


class Kind(NamedTuple):
    """Orders that are alike in status and in what they lack."""

    status: str
    without_items: bool
    approved: bool
    carrier: bool
    delivered: bool
    size: int


KINDS = (
    Kind("canceled", True, False, False, False, 121),  # and 20 in the last weeks: `TAIL`
    Kind("canceled", True, True, False, False, 23),
    Kind("unavailable", True, True, False, False, 603),
    Kind("created", True, False, False, False, 5),
    Kind("invoiced", True, True, False, False, 2),
    Kind("shipped", True, True, True, False, 1),
    Kind("approved", False, True, False, False, 2),
    Kind("canceled", False, True, True, True, 6),
    Kind("canceled", False, True, True, False, 69),
    Kind("canceled", False, True, False, False, 386),
    Kind("unavailable", False, True, False, False, 6),
    Kind("invoiced", False, True, False, False, 312),
    Kind("processing", False, True, False, False, 301),
    Kind("shipped", False, True, True, False, 1106),
    Kind("delivered", False, True, False, False, 1),
    Kind("delivered", False, True, False, True, 1),
    Kind("delivered", False, True, True, False, 7),
    Kind("delivered", False, False, True, True, 14),
    Kind("delivered", False, True, True, True, 96_455),
)
WITH_ITEMS_FROM = 6
"""The first of `KINDS` whose orders have items."""

MONTHS = {
    "2016-09": 4, "2016-10": 324, "2016-12": 1, "2017-01": 800, "2017-02": 1780, "2017-03": 2682,
    "2017-04": 2404, "2017-05": 3700, "2017-06": 3245, "2017-07": 4026, "2017-08": 4331, "2017-09": 4285,
    "2017-10": 4631, "2017-11": 7544, "2017-12": 5673, "2018-01": 7269, "2018-02": 6728, "2018-03": 7211,
    "2018-04": 6939, "2018-05": 6873, "2018-06": 6167, "2018-07": 6292, "2018-08": 6512, "2018-09": 16,
    "2018-10": 4,
}  # fmt: skip
DAYS = {
    "2016-09": {4: 1, 5: 1, 13: 1, 15: 1},
    "2016-10": {2: 1, 3: 8, 4: 63, 5: 47, 6: 51, 7: 46, 8: 42, 9: 26, 10: 39, 22: 1},
    "2016-12": {23: 1},
    "2017-01": dict.fromkeys(range(1, 5), 0),
    "2017-11": {24: 1176, 25: 499, 26: 391, 27: 403, 28: 380},
    "2018-08": {27: 67, 28: 44, 29: 14, 30: 4, 31: 1},
    "2018-09": {3: 4, 6: 3, 10: 1, 11: 1, 12: 1, 13: 1, 17: 1, 20: 1, 25: 1, 26: 1, 29: 1},
    "2018-10": {1: 1, 3: 1, 16: 1, 17: 1},
}
"""Orders of days that stand out; the rest of a month follows the weekdays. 2017-11-24 was Black Friday."""
ONLY_NAMED_DAYS = {"2016-09", "2016-10", "2016-12", "2018-09", "2018-10"}
END = "2018-10-17"
"""The last day of anything but answers and estimates."""
TAIL = "2018-09-01"
"""Orders from here on are canceled and without items."""
WEEKDAYS = (16196, 15963, 15552, 14761, 14122, 10887, 11960)
HOURS = (
    2394, 1170, 510, 272, 206, 188, 502, 1231, 2967, 4785, 6177, 6578,
    5995, 6518, 6569, 6454, 6675, 6150, 5769, 5982, 6193, 6217, 5816, 4123,
)  # fmt: skip
PEAKS = (("2017-11-20", "2017-12-05", 1.3), ("2018-02-05", "2018-03-31", 1.22))
"""When parcels took longer: from, to, factor."""

REPEAT_DAYS: Knots = (
    (0, 0.02), (0.33, 28), (0.67, 120), (0.87, 242), (0.93, 312), (0.985, 449), (1, 600),
)  # fmt: skip
APPROVAL_HOURS: Knots = (
    (0, 0.05), (0.05, 0.14), (0.25, 0.21), (0.5, 0.34), (0.6, 1.5), (0.75, 14.6), (0.9, 34.7), (0.95, 48.5),
    (0.99, 90), (0.999, 154), (1, 400),
)  # fmt: skip
CARRIER_HOURS: Knots = (
    (0, 0.5), (0.05, 6), (0.25, 21), (0.5, 43.6), (0.75, 86), (0.9, 144), (0.95, 194), (0.99, 412),
    (0.999, 869), (1, 2000),
)  # fmt: skip
DELIVERY_HOURS: Knots = (
    (0, 10), (0.01, 19.5), (0.05, 27), (0.25, 98), (0.5, 170), (0.75, 289), (0.9, 430), (0.95, 525),
    (0.99, 800), (0.999, 1500), (1, 2800),
)  # fmt: skip
ESTIMATE_FACTOR: Knots = ((0, 0.5), (0.05, 0.76), (0.25, 0.9), (0.5, 1), (0.75, 1.12), (0.95, 1.4), (1, 2.4))
SHIPPING_DAYS: Knots = (
    (0, 2), (0.01, 2.01), (0.05, 3), (0.25, 5), (0.5, 6), (0.75, 7.2), (0.9, 10), (0.95, 12), (0.99, 19),
    (0.999, 36), (1, 60),
)  # fmt: skip
ANSWER_DAYS: Knots = (
    (0, 0.1), (0.01, 0.38), (0.05, 0.62), (0.25, 1), (0.5, 1.7), (0.75, 3.1), (0.9, 4.9), (0.95, 7), (0.99, 22),
    (0.999, 150), (1, 500),
)  # fmt: skip

ITEMS = {1: 88863, 2: 7516, 3: 1322, 4: 505, 5: 204, 6: 198, 7: 22, 8: 8, 10: 11, 12: 11, 15: 3, 20: 3}
SAME_PRODUCT = 0.68
"""Of the orders with more than one item those that hold one product several times."""
SAME_SELLER = 0.57
"""Of the other products of an order those that come from the first one's seller."""
SECOND_SELLER = 0.037
"""Products that a second seller offers too."""
ENDINGS = {90: 40106, 0: 32788, 99: 20473, 50: 2647, 80: 1549, 49: 1348, 89: 879, 40: 768, 95: 700, 70: 600}
"""Cents that prices end in."""

PAYMENT_KINDS = {
    "credit_card": 73972, "boleto": 19784, "voucher": 1194, "debit_card": 1526, "card and vouchers": 2245,
    "vouchers": 427, "cards": 287,
}  # fmt: skip
PARTS = {2: 2382, 3: 301, 4: 108, 5: 52, 6: 36, 7: 28, 8: 11, 9: 9, 10: 5, 11: 8, 12: 8, 14: 7, 19: 3, 26: 3}
"""Payments of an order that has several."""
INSTALMENTS = (
    25455, 12413, 10461, 7098, 5239, 3920, 1626, 4268, 644, 5328, 23, 133, 16, 15, 74, 5, 8, 27, 0, 17, 3, 1, 1, 18,
)  # fmt: skip
"""Credit card payments by the number of instalments, from one on."""
MISMATCH_CENTS: Knots = (
    (0, -5000), (0.01, -1040), (0.05, -2), (0.25, -1), (0.4, 1), (0.6, 2), (0.75, 562), (0.9, 1608), (0.95, 2597),
    (1, 9000),
)  # fmt: skip
LOST_ORDER_CENTS: Knots = (
    (0, 435), (0.05, 1614), (0.25, 5828), (0.5, 9865), (0.75, 17890), (0.9, 38635), (0.95, 67158), (0.99, 203944),
    (1, 378219),
)  # fmt: skip
"""What was paid for an order without items."""

SCORES = {
    "lost": (0.703, 0.073, 0.076, 0.054, 0.094),
    "in time": (0.066, 0.027, 0.081, 0.204, 0.622),
    "late": (0.537, 0.087, 0.109, 0.102, 0.165),
}
"""Shares of scores 1 to 5 by what became of the order."""
MESSAGES = (0.765, 0.681, 0.435, 0.312, 0.359)
TITLES = (0.164, 0.152, 0.101, 0.091, 0.116)
"""Share of the reviews of scores 1 to 5 that have one."""

NAME_LENGTH: Knots = ((0, 5), (0.01, 20), (0.05, 29), (0.25, 42), (0.5, 51), (0.75, 57), (0.95, 60), (1, 70))
DESCRIPTION_LENGTH: Knots = (
    (0, 4), (0.01, 84), (0.05, 150), (0.25, 339), (0.5, 595), (0.75, 972), (0.9, 1578), (0.95, 2063), (0.99, 3287),
    (1, 3992),
)  # fmt: skip
PHOTOS = (16489, 6263, 3860, 2428, 1484, 968, 343, 192, 105, 95, 46, 35, 9, 5, 8, 0, 7, 2, 1, 1)
LENGTH_CM: Knots = ((0, 7), (0.01, 16), (0.05, 16), (0.25, 18), (0.5, 25), (0.75, 38), (0.95, 65), (1, 105))
HEIGHT_CM: Knots = ((0, 2), (0.05, 3), (0.25, 8), (0.5, 13), (0.75, 21), (0.9, 33), (0.99, 69), (1, 105))
WIDTH_CM: Knots = ((0, 6), (0.05, 11), (0.25, 15), (0.5, 20), (0.75, 30), (0.9, 40), (0.99, 63), (1, 118))
