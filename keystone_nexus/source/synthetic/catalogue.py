"""Products and sellers, as functions of their numbers.

Products of a category have consecutive numbers, the popular ones first. Four consecutive products, a block,
have one seller, so that an order can hold several products of a seller.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from keystone_nexus.source.synthetic import facts
from keystone_nexus.source.synthetic.categories import CATEGORIES
from keystone_nexus.source.synthetic.columns import hexes, nullable
from keystone_nexus.source.synthetic.draw import NORMAL, Floats, Ints, Knots, apportion, at
from keystone_nexus.source.synthetic.places import Places
from keystone_nexus.source.synthetic.plan import Plan
from keystone_nexus.source.synthetic.states import STATES

BLOCK = 4
POPULARITY = 3.0
"""Of products in a category: the first of n gets n ** (-1 / POPULARITY) of its sales."""
SELLER_SIZE = 2.2
CHEAPEST, DEAREST = 85, 673_500
"""Cents."""
WEIGHT_SPREAD = 1.2

_PRICES = np.array([float(c.price) for c in CATEGORIES])
_SPREADS = np.array([c.spread for c in CATEGORIES])
_WEIGHTS = np.array([float(c.weight) for c in CATEGORIES])
_NAMES = pl.Series([c.name or None for c in CATEGORIES])
_ENDINGS = np.array(list(facts.ENDINGS))
_ENDING_WEIGHTS = np.array(list(facts.ENDINGS.values()), dtype=np.float64)


@dataclass(frozen=True)
class Catalogue:
    """Where the categories' products begin, and how much each category sells beyond one of each product."""

    plan: Plan
    first: Ints
    count: Ints
    demand: Floats

    def category(self, product: Ints) -> Ints:
        """Index into `CATEGORIES` of each product."""
        return np.searchsorted(self.first, product, side="right") - 1

    def draw_product(self, line: Ints) -> Ints:
        """The product of each line number, by the popularity of categories and of products in them."""
        category = self.plan.draw.pick("product/category", line, self.demand)
        within = self.count[category] * self.plan.draw.unit("product/within", line) ** POPULARITY
        return self.first[category] + within.astype(np.int64)

    def mate(self, product: Ints) -> Ints:
        """Another product of the same seller (the same one where it has no other)."""
        start = product // BLOCK * BLOCK
        return start + (product - start + 1) % np.minimum(BLOCK, self.plan.products - start)

    def seller(self, product: Ints, line: Ints) -> Ints:
        """The block's seller, of some products now and then another one."""
        draw, sellers = self.plan.draw, self.plan.sellers
        block = product // BLOCK
        place = draw.shuffle("seller/block", block, -(-self.plan.products // BLOCK))
        usual = np.where(place < sellers, place, _popular(draw.unit("seller/usual", block), sellers))
        second = draw.chance("seller/has second", product, facts.SECOND_SELLER)
        second &= draw.chance("seller/second", line, 0.4)
        return np.where(second, _popular(draw.unit("seller/other", product), sellers), usual)

    def price(self, product: Ints) -> Ints:
        """In cents, with the endings that prices have."""
        draw, category = self.plan.draw, self.category(product)
        z = draw.quantile("product/price", product, NORMAL)
        reais = np.exp(_SPREADS[category] * z) * _PRICES[category]
        ending = _ENDINGS[draw.pick("product/ending", product, _ENDING_WEIGHTS)]
        return np.clip(np.floor(reais).astype(np.int64) * 100 + ending, CHEAPEST, DEAREST)

    def grams(self, product: Ints) -> Ints:
        """What each product weighs."""
        z = self.plan.draw.quantile("product/weight", product, NORMAL)
        grams = np.exp(WEIGHT_SPREAD * z) * _WEIGHTS[self.category(product)]
        return np.clip(grams, 50, 30_000).astype(np.int64)


def _popular(u: Floats, count: int) -> Ints:
    return (count * u**SELLER_SIZE).astype(np.int64)


def make_catalogue(plan: Plan) -> Catalogue:
    """Deals the products out to the categories."""
    products = np.array([c.products for c in CATEGORIES])
    items = np.array([c.items for c in CATEGORIES])
    dirty = np.array([not c.name or not c.english for c in CATEGORIES]).astype(np.int64)
    count = apportion(plan.products, products.astype(np.float64), least=dirty if plan.products >= 10 else 0)
    demand = np.where(count > 0, np.maximum(items - products, 1), 0).astype(np.float64)
    return Catalogue(plan, np.cumsum(count) - count, count, demand)


def products(catalogue: Catalogue, rows: Ints) -> pl.DataFrame:
    """Rows of the products file."""
    plan = catalogue.plan
    n = plan.draw.shuffle("product/order", rows, plan.products)
    category = catalogue.category(n)
    nameless = np.array([not c.name for c in CATEGORIES])[category]
    without_size = _some(plan, n, plan.products // 2, facts.PRODUCTS_WITHOUT_SIZE)
    weightless = _some(plan, n, plan.products // 3, facts.PRODUCTS_WITHOUT_WEIGHT)
    grams = np.where(weightless, 0, catalogue.grams(n))

    def whole(field: str, knots: Knots) -> Ints:
        return plan.draw.quantile(f"product/{field}", n, knots).astype(np.int64)

    photos = 1 + plan.draw.pick("product/photos", n, np.array(facts.PHOTOS, dtype=np.float64))
    # Heavy things are long: every third length has the weight's place among all weights.
    like_weight = plan.draw.chance("product/length like weight", n, 1 / 3)
    share = np.where(like_weight, plan.draw.unit("product/weight", n), plan.draw.unit("product/length", n))
    return pl.DataFrame(
        [
            hexes(plan.draw, "product", n),
            _NAMES.gather(category),
            nullable(whole("name", facts.NAME_LENGTH), nameless),
            nullable(whole("description", facts.DESCRIPTION_LENGTH), nameless),
            nullable(photos, nameless),
            nullable(grams, without_size),
            nullable(at(facts.LENGTH_CM, share).astype(np.int64), without_size),
            nullable(whole("height", facts.HEIGHT_CM), without_size),
            nullable(whole("width", facts.WIDTH_CM), without_size),
        ]
    )


def _some(plan: Plan, n: Ints, start: int, count: int) -> np.ndarray:
    return (n >= start) & (n < start + plan.rare(count))


def seller_place(plan: Plan, places: Places, seller: Ints) -> Ints:
    """Where each seller is."""
    shares = np.array([s.sellers for s in STATES], dtype=np.float64)
    return places.choose(plan, "seller", seller, shares)


def sellers(plan: Plan, places: Places, rows: Ints) -> pl.DataFrame:
    """Rows of the sellers file."""
    n = plan.draw.shuffle("seller/order", rows, plan.sellers)
    place = seller_place(plan, places, n)
    return pl.DataFrame(
        [
            hexes(plan.draw, "seller", n),
            places.prefix.gather(place),
            places.city.gather(place),
            places.code.gather(place),
        ]
    )


def translation() -> pl.DataFrame:
    """The whole translation file, without the header."""
    known = [c for c in CATEGORIES if c.name and c.english]
    return pl.DataFrame([pl.Series([c.name for c in known]), pl.Series([c.english for c in known])])
