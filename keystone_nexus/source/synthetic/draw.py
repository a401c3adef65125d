"""Randomness without state: every value is a function of (seed, field, entity number).

Any chunk of any table can so be made on its own, in any order, and a child can make its parent's values
again instead of keeping them: memory does not grow with the scale, and the bytes never depend on chunks or
threads. The mixer is SplitMix64 (https://prng.di.unimi.it/splitmix64.c).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Bits: TypeAlias = NDArray[np.uint64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

Knots: TypeAlias = Sequence[tuple[float, float]]
"""A distribution as (share, value) pairs of its quantile function; straight lines between them."""

ROUNDS = 4
"""Of the Feistel network behind `shuffle`: four are known to be enough for a permutation that looks random."""

_normal = NormalDist()
NORMAL: Knots = [(q, _normal.inv_cdf(q)) for q in (0.00005, *(i / 200 for i in range(1, 200)), 0.99995)]
"""The standard normal by lines: arithmetic alone, where `log` and `cos` may differ between machines."""


class Draw:
    """Draws for one seed. `n` is always an array of entity numbers (int64, any shape of one dimension)."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._key = cache(self._make_key)

    def _make_key(self, field: str) -> np.uint64:
        digest = hashlib.blake2b(f"{self._seed}/{field}".encode(), digest_size=8).digest()
        return np.uint64(int.from_bytes(digest, "big"))

    def bits(self, field: str, n: Ints) -> Bits:
        """64 random bits for each entity; different entities of a field always get different ones."""
        return mix(n.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + self._key(field))

    def unit(self, field: str, n: Ints) -> Floats:
        """Uniform in [0, 1)."""
        return (self.bits(field, n) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(self, field: str, n: Ints, bound: int) -> Ints:
        """Uniform whole numbers in [0, bound)."""
        return (self.unit(field, n) * bound).astype(np.int64)

    def chance(self, field: str, n: Ints, share: float | Floats) -> Bools:
        """True for that share of the entities."""
        return self.unit(field, n) < share

    def pick(self, field: str, n: Ints, weights: Floats) -> Ints:
        """Index into `weights`, drawn in proportion to them."""
        ends = np.cumsum(weights)
        return np.searchsorted(ends / ends[-1], self.unit(field, n), side="right").astype(np.int64)

    def quantile(self, field: str, n: Ints, knots: Knots) -> Floats:
        """A value of the distribution that `knots` describe."""
        return at(knots, self.unit(field, n))

    def shuffle(self, field: str, n: Ints, size: int) -> Ints:
        """The place of each n in a random order of range(size): one to one, without holding the order."""
        half = max(1, ((size - 1).bit_length() + 1) // 2)
        value = self._feistel(field, n.view(np.uint64), half)
        outside = np.flatnonzero(value >= size)
        while outside.size:  # the network's range is a power of four; walk on until the value is in ours
            again = self._feistel(field, value[outside], half)
            value[outside] = again
            outside = outside[again >= size]
        return value.view(np.int64)

    def _feistel(self, field: str, n: Bits, half: int) -> Bits:
        shift, mask = np.uint64(half), np.uint64((1 << half) - 1)
        left, right = n >> shift, n & mask
        for i in range(ROUNDS):
            left, right = right, left ^ (mix(right + self._key(f"{field}#{i}")) & mask)
        return (left << shift) | right


def mix(z: Bits) -> Bits:
    """SplitMix64's finaliser: one to one on 64 bits."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def at(knots: Knots, share: Floats) -> Floats:
    """The quantile function of `knots` at `share`."""
    return np.interp(share, [q for q, _ in knots], [v for _, v in knots])


def apportion(total: int, weights: Floats, least: Ints | int = 0) -> Ints:
    """Whole numbers that add up to `total`, in proportion to `weights` (largest remainder), each >= `least`.

    What a least takes is taken from the largest; `total` must be enough for all of `least`.
    """
    exact = total * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    whole[np.argsort(whole - exact, kind="stable")[: total - int(whole.sum())]] += 1
    for poor in np.flatnonzero(whole < least):
        missing = int(np.broadcast_to(least, whole.shape)[poor] - whole[poor])
        for _ in range(missing):
            whole[np.argmax(whole)] -= 1
        whole[poor] += missing
    return whole
