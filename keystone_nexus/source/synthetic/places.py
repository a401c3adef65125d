"""Postal prefixes with their town, state and centre, and the points of the geolocation file.

Places are few (at most 19,015 prefixes and some that the geolocation file lacks), so they are kept as arrays.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from keystone_nexus.source.synthetic import facts
from keystone_nexus.source.synthetic.draw import NORMAL, Floats, Ints, apportion
from keystone_nexus.source.synthetic.plan import Plan
from keystone_nexus.source.synthetic.states import STATES

PREFIXES_PER_TOWN = 5
UNLISTED = 6
"""Prefixes of each state that customers live at and the geolocation file lacks."""
CROWDING = 1.35
"""The larger, the more people live at a state's first prefixes, which are its capital's."""
ACCENTED_NAMES = 0.51
"""Share of the points whose town has an accent in its name."""
SPREAD = 0.012
"""Degrees between a prefix's centre and its points."""

GIVEN = (
    "santa rita", "são bento", "nova aurora", "porto belo", "boa esperança", "campo verde", "monte claro", "rio manso",
    "santo amaro", "vila flor", "bom retiro", "lagoa seca", "serra alta", "ribeirão bonito", "são joaquim",
    "água limpa", "três pontes", "morro grande", "pedra branca", "barra nova", "palmeiral", "santa luzia",
    "conceição", "ponte firme", "campos novos", "são rafael", "jardim", "cachoeira", "belo vale", "alto alegre",
    "santo inácio", "lajeado", "mirante", "nova união", "rio das antas", "são simão", "vargem bonita", "itaporã",
    "ibirama", "jacuípe", "guaraçaí", "piraí", "capão alto", "sertãozinho", "salto largo", "boa vista", "são tomé",
    "aldeia", "bela cruz", "pinhal",
)  # fmt: skip
SURNAMES = (
    "", " do norte", " do sul", " da serra", " das flores", " do oeste", " dos campos", " de minas", " da mata",
    " do campo", " das pedras", " paulista", " do vale", " de cima", " do rio", " da praia", " velho", " dos reis",
    " do leste", " das palmeiras", " do sertão", " dos pinhais", " do planalto", " da barra", " das águas",
    " de são joão", " de goiás", " do brejo", " do litoral", " das laranjeiras", " do ipê", " da fronteira",
    " dos palmares", " de baixo", " do cerrado", " das missões", " do agreste", " do araguaia", " dos milagres",
    " da conquista",
)  # fmt: skip


@dataclass(frozen=True)
class Places:
    """All prefixes, those of `STATES[0]` first; the first `listed` are in the geolocation file."""

    listed: int
    state: Ints
    prefix: pl.Series
    """Quoted as in a CSV."""
    city: pl.Series
    accented: pl.Series
    code: pl.Series
    """The state of each prefix."""
    lat: Floats
    lng: Floats
    first: Ints
    """The first prefix of each state."""
    count: Ints

    def choose(self, plan: Plan, field: str, n: Ints, shares: Floats) -> Ints:
        """A place for each n: its state by `shares`, in it rather the first prefixes; a few are unlisted."""
        state = plan.draw.pick(f"{field}/state", n, shares)
        within = self.count[state] * plan.draw.unit(f"{field}/prefix", n) ** CROWDING
        other = self.listed + state * UNLISTED + plan.draw.below(f"{field}/unlisted", n, UNLISTED)
        unlisted = plan.draw.chance(f"{field}/is unlisted", n, facts.UNLISTED_PREFIX)
        return np.where(unlisted, other, self.first[state] + within.astype(np.int64))

    def kilometres(self, a: Ints, b: Ints) -> Floats:
        """Between two places, as if the earth were flat at 20 degrees south: good enough for freight."""
        north, east = (self.lat[a] - self.lat[b]) * 111, (self.lng[a] - self.lng[b]) * 104
        return np.sqrt(north * north + east * east)


def make_places(plan: Plan) -> Places:
    """Deals the prefixes out to the states and lays them out."""
    count = apportion(plan.prefixes, np.array([s.prefixes for s in STATES], dtype=np.float64), least=1)
    numbers = np.concatenate([np.arange(c) for c in count])
    state = np.repeat(np.arange(len(STATES)), count)
    lost = np.arange(len(STATES) * UNLISTED)  # between two listed prefixes, so never one of them
    numbers = np.concatenate([numbers, lost % UNLISTED * count[lost // UNLISTED] // UNLISTED])
    state = np.concatenate([state, lost // UNLISTED])
    shift = np.repeat([0, 1], [plan.prefixes, lost.size])
    low = np.array([s.first_prefix for s in STATES])[state]
    width = np.array([s.last_prefix + 1 for s in STATES])[state] - low
    # Unlisted ones of a state stand close together where it has few prefixes; doubles do no harm.
    prefix = low + numbers * width // count[state] + shift
    metropolis = np.array([s.metropolis for s in STATES])[state] * count[state]
    accented = _towns(state, np.where(numbers <= metropolis, 0, 1 + numbers // PREFIXES_PER_TOWN))
    lat, lng = _centres(plan, state, prefix, numbers <= metropolis)
    return Places(
        listed=plan.prefixes,
        state=state,
        prefix=pl.Series([f'"{p:05}"' for p in prefix]),
        city=pl.Series([plain(name) for name in accented]),
        accented=pl.Series(accented),
        code=pl.Series([STATES[s].code for s in state]),
        lat=lat,
        lng=lng,
        first=np.cumsum(count) - count,
        count=count,
    )


def plain(text: str) -> str:
    """Without accents."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _towns(state: Ints, town: Ints) -> list[str]:
    """Names of towns: number 0 is the capital, the others are made up and differ within a state."""
    made = [given + surname for surname in SURNAMES for given in GIVEN]
    return [
        STATES[s].capital if t == 0 else made[(t * 7 + s * 137) % len(made)] for s, t in zip(state, town, strict=True)
    ]


def _centres(plan: Plan, state: Ints, prefix: Ints, capital: np.ndarray) -> tuple[Floats, Floats]:
    def axis(name: str, centre: Sequence[float], low: Sequence[float], high: Sequence[float]) -> Floats:
        near = np.array(centre)[state] + 0.04 * plan.draw.quantile(f"place/{name} near", prefix, NORMAL)
        u = plan.draw.unit(f"place/{name}", prefix)
        # Towns crowd towards the capital: the mean of a place in the box and the way there.
        far = np.array(low)[state] + u * (np.array(high) - np.array(low))[state]
        pull = plan.draw.unit("place/pull", prefix) ** 2
        return np.where(capital, near, far + (np.array(centre)[state] - far) * pull)

    lat = axis("lat", [s.lat for s in STATES], [s.south for s in STATES], [s.north for s in STATES])
    lng = axis("lng", [s.lng for s in STATES], [s.west for s in STATES], [s.east for s in STATES])
    return lat, lng


def geolocation(plan: Plan, places: Places, rows: Ints) -> pl.DataFrame:
    """Rows of the geolocation file. Those beyond the distinct points repeat one of them exactly."""
    outside = plan.rare(facts.GEOLOCATION_OUTSIDE)
    order = plan.draw.shuffle("point/order", rows, plan.points)
    again = outside + plan.draw.below("point/again", order, plan.points_distinct - outside)
    point = np.where(order < plan.points_distinct, order, again)
    place = np.where(point < outside + places.listed, point - outside, _busy_place(plan, places, point))
    place = np.where(point < outside, point, place) % places.listed
    lat = places.lat[place] + SPREAD * plan.draw.quantile("point/lat", point, NORMAL)
    lng = places.lng[place] + SPREAD * plan.draw.quantile("point/lng", point, NORMAL)
    abroad = point < outside
    lat[abroad] = 37 + 5 * plan.draw.unit("point/abroad lat", point[abroad])
    lng[abroad] = -9 + 6 * plan.draw.unit("point/abroad lng", point[abroad])
    accented = plan.draw.chance("point/accent", point, facts.ACCENTED_CITY / ACCENTED_NAMES)
    city = pl.concat([places.city, places.accented]).gather(place + accented * places.state.size)
    return pl.DataFrame([places.prefix.gather(place), pl.Series(lat), pl.Series(lng), city, places.code.gather(place)])


def _busy_place(plan: Plan, places: Places, point: Ints) -> Ints:
    shares = np.array([s.points for s in STATES], dtype=np.float64)
    state = plan.draw.pick("point/state", point, shares)
    within = places.count[state] * plan.draw.unit("point/prefix", point) ** 1.6
    return places.first[state] + within.astype(np.int64)
