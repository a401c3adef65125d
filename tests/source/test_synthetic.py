"""The synthetic data set: the same bytes for a seed, the real one's shape, and every kind of its dirt."""

import hashlib
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from keystone_nexus.source.synthetic import facts, files, generate
from keystone_nexus.source.synthetic.draw import Draw, apportion
from keystone_nexus.source.synthetic.plan import make_plan

SCALE = 0.05
REAL_ROWS = {
    "orders": 99_441,
    "order_items": 112_650,
    "order_payments": 103_886,
    "order_reviews": 99_224,
    "customers": 99_441,
    "products": 32_951,
    "sellers": 3_095,
    "geolocation": 1_000_163,
}
HEADERS = {
    "olist_orders_dataset.csv": '"order_id","customer_id","order_status","order_purchase_timestamp",'
    '"order_approved_at","order_delivered_carrier_date","order_delivered_customer_date",'
    '"order_estimated_delivery_date"\n',
    "olist_order_items_dataset.csv": '"order_id","order_item_id","product_id","seller_id","shipping_limit_date",'
    '"price","freight_value"\n',
    "olist_order_payments_dataset.csv": '"order_id","payment_sequential","payment_type","payment_installments",'
    '"payment_value"\n',
    "olist_order_reviews_dataset.csv": '"review_id","order_id","review_score","review_comment_title",'
    '"review_comment_message","review_creation_date","review_answer_timestamp"\r\n',
    "olist_customers_dataset.csv": '"customer_id","customer_unique_id","customer_zip_code_prefix","customer_city",'
    '"customer_state"\n',
    "olist_products_dataset.csv": '"product_id","product_category_name","product_name_lenght",'
    '"product_description_lenght","product_photos_qty","product_weight_g","product_length_cm",'
    '"product_height_cm","product_width_cm"\n',
    "olist_sellers_dataset.csv": '"seller_id","seller_zip_code_prefix","seller_city","seller_state"\n',
    "olist_geolocation_dataset.csv": '"geolocation_zip_code_prefix","geolocation_lat","geolocation_lng",'
    '"geolocation_city","geolocation_state"\n',
    "product_category_name_translation.csv": "\ufeffproduct_category_name,product_category_name_english\r\n",
}
TEXT = {
    "price": pl.String,
    "freight_value": pl.String,
    "payment_value": pl.String,
    "customer_zip_code_prefix": pl.String,
    "seller_zip_code_prefix": pl.String,
    "geolocation_zip_code_prefix": pl.String,
}


def read(folder: Path) -> dict[str, pl.DataFrame]:
    frames = {}
    for name, header in HEADERS.items():
        table = "translation" if "translation" in name else name.removeprefix("olist_").removesuffix("_dataset.csv")
        overrides = {c: t for c, t in TEXT.items() if c in header}
        frames[table] = pl.read_csv(folder / name, try_parse_dates=True, schema_overrides=overrides)
    return frames


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def cents(column: str) -> pl.Expr:
    """Exact: the digits without the point."""
    return pl.col(column).str.replace(".", "", literal=True).cast(pl.Int64)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("synthetic") / "made" / "here"
    generate(out, SCALE)
    return out


@pytest.fixture(scope="module")
def data(folder: Path) -> dict[str, pl.DataFrame]:
    return read(folder)


def test_same_seed_same_bytes_other_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        generate(tmp_path / name, 0.02, seed)
    a, b, c = (digests(tmp_path / name) for name in "abc")
    assert a == b
    assert {name for name in a if a[name] == c[name]} == {"product_category_name_translation.csv"}


def test_chunks_change_only_the_order_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(tmp_path / "whole", 0.01)
    monkeypatch.setattr(files, "CHUNK", 97)
    generate(tmp_path / "parts", 0.01)
    for path in (tmp_path / "whole").iterdir():
        other = tmp_path / "parts" / path.name
        assert sorted(path.read_bytes().splitlines()) == sorted(other.read_bytes().splitlines()), path.name


def test_files_headers_and_returned_rows(tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    rows = generate(tmp_path, 0.002, on_table=lambda table, n: told.append((table, n)))
    assert dict(told) == rows
    assert {p.name for p in tmp_path.iterdir()} == set(HEADERS)
    for name, header in HEADERS.items():
        with (tmp_path / name).open(encoding="utf-8", newline="") as stream:
            assert stream.readline() == header
    heights = {t.replace("translation", "product_category_translation"): f.height for t, f in read(tmp_path).items()}
    assert heights == rows
    assert rows["product_category_translation"] == 71


def test_a_failure_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = files.orders.orders, []

    def breaks(world: object, rows: object) -> pl.DataFrame:
        calls.append(rows)
        if len(calls) > 1:
            raise OSError("disk full")
        return real(world, rows)

    monkeypatch.setattr(files, "CHUNK", 50)
    monkeypatch.setattr(files.orders, "orders", breaks)
    with pytest.raises(OSError, match="disk full"):
        generate(tmp_path, 0.001)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scale", [0.0001, 0.001, 0.003])
def test_small_scales_are_whole(tmp_path: Path, scale: float) -> None:
    rows = generate(tmp_path, scale)
    assert rows["orders"] == round(99_441 * scale)
    check_references(read(tmp_path))


def test_no_scale_below_ten_orders(tmp_path: Path) -> None:
    for scale in (0, -1, 0.00001):
        with pytest.raises(ValueError, match="smallest scale"):
            generate(tmp_path, scale)
    assert list(tmp_path.iterdir()) == []


def test_row_counts(data: dict[str, pl.DataFrame]) -> None:
    assert data["orders"].height == round(99_441 * SCALE)
    for table, real in REAL_ROWS.items():
        assert data[table].height == pytest.approx(real * SCALE, rel=0.015), table


def check_references(data: dict[str, pl.DataFrame]) -> None:
    for child, parent, key in (
        ("order_items", "orders", "order_id"),
        ("order_items", "products", "product_id"),
        ("order_items", "sellers", "seller_id"),
        ("order_payments", "orders", "order_id"),
        ("order_reviews", "orders", "order_id"),
        ("orders", "customers", "customer_id"),
        ("customers", "orders", "customer_id"),
    ):
        assert data[child].join(data[parent], on=key, how="anti").height == 0, (child, parent)


def test_references(data: dict[str, pl.DataFrame]) -> None:
    check_references(data)
    untranslated = data["products"].join(data["translation"], on="product_category_name", how="anti")
    names = untranslated["product_category_name"].unique().drop_nulls().sort().to_list()
    assert names == ["pc_gamer", "portateis_cozinha_e_preparadores_de_alimentos"]


def test_keys_and_identifiers(data: dict[str, pl.DataFrame]) -> None:
    keys = {
        "orders": ["order_id"],
        "order_items": ["order_id", "order_item_id"],
        "order_payments": ["order_id", "payment_sequential"],
        "order_reviews": ["review_id", "order_id"],
        "customers": ["customer_id"],
        "products": ["product_id"],
        "sellers": ["seller_id"],
    }
    for table, key in keys.items():
        assert not data[table].select(key).is_duplicated().any(), table
        for column in (c for c in data[table].columns if c.endswith("_id") and c != "order_item_id"):
            assert data[table][column].str.contains(r"^[0-9a-f]{32}$").all(), (table, column)
    assert not data["orders"]["customer_id"].is_duplicated().any()


def test_order_of_rows(data: dict[str, pl.DataFrame]) -> None:
    assert data["order_items"]["order_id"].is_sorted()
    for table, column in (("orders", "order_id"), ("orders", "order_purchase_timestamp"), ("customers", "customer_id")):
        rises = (data[table][column].diff() if "time" in column else data[table][column].rank().diff()).drop_nulls()
        falling = (rises.cast(pl.Int64) < 0).mean()
        assert 0.45 < float(falling) < 0.55, (table, column)


def test_money_is_exact(data: dict[str, pl.DataFrame]) -> None:
    for table, column in (
        ("order_items", "price"),
        ("order_items", "freight_value"),
        ("order_payments", "payment_value"),
    ):
        assert data[table][column].str.contains(r"^\d+\.\d{2}$").all(), column
    sold = data["order_items"].group_by("order_id").agg(sold=(cents("price") + cents("freight_value")).sum())
    paid = data["order_payments"].group_by("order_id").agg(paid=cents("payment_value").sum())
    both = sold.join(paid, on="order_id")
    assert both.height >= sold.height - 1
    wrong = float((both["sold"] != both["paid"]).mean())
    assert 0.003 < wrong < 0.009
    assert data["order_items"].select(cents("price").mean()).item() == pytest.approx(12_065, rel=0.12)
    assert data["order_items"].select(cents("freight_value").mean()).item() == pytest.approx(1_999, rel=0.1)


def share(frame: pl.DataFrame, column: str) -> dict[object, float]:
    return {value: n / frame.height for value, n in frame[column].value_counts().iter_rows()}


def test_shares(data: dict[str, pl.DataFrame]) -> None:
    status = share(data["orders"], "order_status")
    assert set(status) == {k.status for k in facts.KINDS}
    assert status["delivered"] == pytest.approx(0.9702, abs=0.002)
    assert status["shipped"] == pytest.approx(0.0111, abs=0.001)
    state = share(data["customers"], "customer_state")
    assert len(state) == 27
    assert state["SP"] == pytest.approx(0.42, abs=0.025)
    assert state["RJ"] == pytest.approx(0.129, abs=0.02)
    kind = share(data["order_payments"], "payment_type")
    assert kind["credit_card"] == pytest.approx(0.739, abs=0.02)
    assert kind["boleto"] == pytest.approx(0.19, abs=0.02)
    assert kind["voucher"] == pytest.approx(0.0556, abs=0.012)
    score = share(data["order_reviews"], "review_score")
    assert score[5] == pytest.approx(0.578, abs=0.025)
    assert score[1] == pytest.approx(0.115, abs=0.02)
    pieces = data["order_items"].group_by("order_id").agg(n=pl.len(), sellers=pl.col("seller_id").n_unique())
    assert float((pieces["n"] == 1).mean()) == pytest.approx(0.90, abs=0.015)
    assert 0.007 < float((pieces["sellers"] > 1).mean()) < 0.022


def test_some_products_and_hours_sell_more(data: dict[str, pl.DataFrame]) -> None:
    sold = data["order_items"]["product_id"].value_counts()["count"].sort(descending=True)
    assert sold.head(len(sold) // 10).sum() > 0.3 * sold.sum()
    assert len(sold) > 0.98 * data["products"].height
    hours = (
        data["orders"]["order_purchase_timestamp"].dt.hour().value_counts().sort("order_purchase_timestamp")["count"]
    )
    assert hours[3:6].sum() * 10 < hours[10:13].sum()
    weekdays = data["orders"]["order_purchase_timestamp"].dt.weekday()
    assert (weekdays == 6).sum() < 0.8 * (weekdays == 1).sum()


def test_days(data: dict[str, pl.DataFrame]) -> None:
    day = data["orders"]["order_purchase_timestamp"].dt.date()
    assert (str(day.min()), str(day.max())) == ("2016-09-04", "2018-10-17")
    counts = day.value_counts().sort("count", descending=True)
    assert str(counts.row(0)[0]) == "2017-11-24"
    months = data["orders"].group_by(pl.col("order_purchase_timestamp").dt.strftime("%Y-%m")).len()
    by_month = dict(months.iter_rows())
    for month in ("2017-03", "2017-11", "2018-05"):
        assert by_month[month] == pytest.approx(facts.MONTHS[month] * SCALE, rel=0.12), month


def test_every_day_of_the_real_size_has_orders() -> None:
    plan = make_plan(1, 42)
    world = files.make_world(plan)
    day, ends = world.days
    assert ends[-1] == plan.persons
    assert np.diff(ends, prepend=0).min() >= 1
    main = day[(day >= np.datetime64("2017-01-05").astype(int)) & (day <= np.datetime64("2018-08-31").astype(int))]
    assert (np.diff(main) == 1).all()
    assert len(day) == 634
    assert (str(np.datetime64(int(day[0]), "D")), str(np.datetime64(int(day[-1]), "D"))) == ("2016-09-04", "2018-10-17")


def test_lateness_lowers_scores(data: dict[str, pl.DataFrame]) -> None:
    rated = data["order_reviews"].join(data["orders"], on="order_id").filter(pl.col("order_status") == "delivered")
    late = pl.col("order_delivered_customer_date").dt.date() > pl.col("order_estimated_delivery_date").dt.date()
    score = dict(rated.group_by(late.alias("late")).agg(pl.col("review_score").mean()).drop_nulls().iter_rows())
    assert score[True] < 2.7 < 4.1 < score[False]
    assert 0.045 < rated.select(late.mean()).item() < 0.09


def test_freight_grows_with_distance(data: dict[str, pl.DataFrame]) -> None:
    where = data["orders"].join(data["customers"], on="customer_id").select("order_id", "customer_state")
    freight = (
        data["order_items"].join(where, on="order_id").group_by("customer_state").agg(cents("freight_value").mean())
    )
    by_state = dict(freight.iter_rows())
    assert by_state["SP"] < by_state["RJ"] < by_state["BA"] < by_state["PA"]


def test_times_are_odd_as_often_as_in_the_real_data(data: dict[str, pl.DataFrame]) -> None:
    o = data["orders"].rename(lambda c: c.removeprefix("order_"))
    assert o.filter(pl.col("delivered_customer_date") < pl.col("purchase_timestamp")).height == 0
    early = o.filter(pl.col("delivered_carrier_date") < pl.col("approved_at")).height
    assert early / o.height == pytest.approx(facts.CARRIER_BEFORE_APPROVAL, rel=0.4)
    assert 0 < o.filter(pl.col("delivered_carrier_date") < pl.col("purchase_timestamp")).height < early
    nulls = o.null_count().row(0, named=True)
    assert nulls["approved_at"] == pytest.approx(160 * SCALE, abs=4)
    assert nulls["delivered_carrier_date"] == pytest.approx(1783 * SCALE, abs=8)
    assert nulls["delivered_customer_date"] == pytest.approx(2965 * SCALE, abs=8)
    assert o.filter((pl.col("status") == "delivered") & pl.col("delivered_customer_date").is_null()).height >= 1


def test_persons(data: dict[str, pl.DataFrame]) -> None:
    home = pl.struct("customer_zip_code_prefix", "customer_city", "customer_state")
    persons = data["customers"].group_by("customer_unique_id").agg(n=pl.len(), homes=home.n_unique())
    assert persons.height == round(96_096 * SCALE)
    assert (persons["n"] > 1).sum() == pytest.approx(2997 * SCALE, abs=5)
    assert (persons["homes"] > 1).sum() == pytest.approx(252 * SCALE, abs=2)
    assert (persons["homes"] > persons["n"]).sum() == 0


def test_payment_dirt(data: dict[str, pl.DataFrame]) -> None:
    p = data["order_payments"]
    assert p.filter(pl.col("payment_type") == "not_defined").height == 1
    zero = p.filter(cents("payment_value") == 0)
    assert zero.height == 2
    assert p.filter(pl.col("payment_installments") == 0)["payment_type"].to_list() == ["credit_card"]
    assert data["orders"].join(p, on="order_id", how="anti").height == 1
    first = p.group_by("order_id").agg(pl.col("payment_sequential").min())["payment_sequential"]
    assert (first != 1).sum() == round(80 * SCALE)
    lost = data["orders"].join(data["order_items"], on="order_id", how="anti")
    assert lost.height == pytest.approx(775 * SCALE, abs=8)
    assert lost.filter(pl.col("order_status") == "delivered").height == 0


def test_review_dirt(data: dict[str, pl.DataFrame], folder: Path) -> None:
    r = data["order_reviews"]
    assert data["orders"].join(r, on="order_id", how="anti").height == round(768 * SCALE)
    assert r.height - r["review_id"].n_unique() == pytest.approx(814 * SCALE, abs=1)
    assert r["order_id"].is_duplicated().sum() == pytest.approx(2 * 551 * SCALE, abs=2)
    assert r["review_creation_date"].null_count() == 1
    assert r["review_answer_timestamp"].null_count() == 3
    shared = r.filter(pl.col("review_id").is_duplicated()).group_by("review_id").n_unique()
    same = [c for c in r.columns if c not in ("review_id", "order_id")]
    assert shared.select(pl.max_horizontal(*same).max()).item() == 1
    message = r["review_comment_message"].drop_nulls()
    for sign in ("\r\n", ",", '"'):
        assert message.str.contains(sign, literal=True).any()
    raw = (folder / "olist_order_reviews_dataset.csv").read_bytes()
    assert not re.search(rb"[^\r]\n", raw)
    assert 0.5 < message.len() / r.height / 0.41 < 1.5


def test_product_dirt(data: dict[str, pl.DataFrame], folder: Path) -> None:
    p = data["products"]
    assert p["product_category_name"].null_count() == pytest.approx(610 * SCALE, abs=1)
    assert (p["product_category_name"].is_null() == p["product_photos_qty"].is_null()).all()
    assert p["product_weight_g"].null_count() == 1
    raw = (folder / "product_category_name_translation.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == raw.count(b"\n") == 72


def test_geolocation(data: dict[str, pl.DataFrame]) -> None:
    g = data["geolocation"]
    assert g.height - g.unique().height == round(261_831 * SCALE)
    assert g["geolocation_zip_code_prefix"].n_unique() == round(19_015 * SCALE)
    assert g["geolocation_zip_code_prefix"].str.contains(r"^\d{5}$").all()
    inside = pl.col("geolocation_lat").is_between(-33.76, 5.28) & pl.col("geolocation_lng").is_between(-73.99, -28.83)
    assert g.filter(~inside).height == round(31 * SCALE)
    assert g["geolocation_state"].n_unique() == 27
    assert g["geolocation_city"].str.contains("[ãçéí]").any()
    prefix = g["geolocation_zip_code_prefix"].unique()
    homes = data["customers"]["customer_zip_code_prefix"].is_in(prefix.implode())
    assert 0 < (~homes).sum() < 0.01 * len(homes)


def test_rejects_stay_within_the_budget(data: dict[str, pl.DataFrame]) -> None:
    r, o = data["order_reviews"], data["orders"]
    assert (r["review_creation_date"].is_null()).mean() < 0.01
    assert o["order_purchase_timestamp"].null_count() == o["order_estimated_delivery_date"].null_count() == 0
    assert str(r["review_creation_date"].min()) >= "2016-09-01"


def test_nothing_happens_after_the_end(data: dict[str, pl.DataFrame]) -> None:
    orders, reviews = data["orders"], data["order_reviews"]
    for column in ("order_purchase_timestamp", "order_delivered_carrier_date", "order_delivered_customer_date"):
        assert str(orders[column].max()) < "2018-10-18", column
    assert str(reviews["review_creation_date"].max()) < "2018-10-18"


@pytest.mark.parametrize("size", [1, 2, 97, 4096, 5000])
def test_shuffle_is_one_to_one(size: int) -> None:
    n = np.arange(size, dtype=np.int64)
    shuffled = Draw(1).shuffle("x", n, size)
    assert sorted(shuffled) == list(n)
    assert size < 97 or (shuffled == n).mean() < 0.05


def test_apportion_adds_up() -> None:
    assert apportion(10, np.array([1.0, 1.0, 1.0])).tolist() == [4, 3, 3]
    assert apportion(10, np.array([100.0, 0.1, 0.1]), least=1).tolist() == [8, 1, 1]


def test_oddities_stay_within_bounds_where_they_are_frequent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "DELIVERED_BEFORE_CARRIER", 0.5)
    monkeypatch.setattr(facts, "GEOLOCATION_OUTSIDE", 31_000)
    generate(tmp_path, 0.02)
    data = read(tmp_path)
    o = data["orders"]
    swapped = o.filter(pl.col("order_delivered_customer_date") < pl.col("order_delivered_carrier_date"))
    assert 0.4 < swapped.height / o.height < 0.6
    assert o.filter(pl.col("order_delivered_customer_date") < pl.col("order_purchase_timestamp")).height == 0
    outside = pl.col("geolocation_lat").is_between(-33.76, 5.28).not_()
    assert data["geolocation"].filter(outside).height == 620
