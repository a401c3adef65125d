"""The baseline: what a skilled person writes for the same gold, in one process and one DuckDB, CSV to star.

`python benchmarks/peer_duckdb.py SOURCE_DIR_OR_ZIP OUT.duckdb`. No bronze, no silver, no checks, no quarantine, no
history, no lineage, no KPI marts: it trusts the source but for reviews without a creation date. Geolocation is not read,
since facts and dimensions do not need it. The tables equal dbt's row by row, which also checks dbt's.
"""

from __future__ import annotations

import sys
import tempfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

FILES = {
    "orders": (
        "olist_orders_dataset.csv",
        "order_id varchar, customer_id varchar, order_status varchar, purchased_at timestamp, approved_at varchar, "
        "carrier_at varchar, delivered_at timestamp, estimated_at timestamp",
    ),
    "items": (
        "olist_order_items_dataset.csv",
        "order_id varchar, order_item_id integer, product_id varchar, seller_id varchar, shipping_limit varchar, "
        "price decimal(12,2), freight_value decimal(12,2)",
    ),
    "payments": (
        "olist_order_payments_dataset.csv",
        "order_id varchar, sequential integer, kind varchar, installments integer, payment_value decimal(12,2)",
    ),
    "reviews": (
        "olist_order_reviews_dataset.csv",
        "review_id varchar, order_id varchar, review_score integer, title varchar, message varchar, "
        "created_at timestamp, answered_at varchar",
    ),
    "customers": (
        "olist_customers_dataset.csv",
        "customer_id varchar, person varchar, zip varchar, city varchar, state varchar",
    ),
    "sellers": (
        "olist_sellers_dataset.csv",
        "seller_id varchar, zip varchar, seller_city varchar, seller_state varchar",
    ),
    "products": (
        "olist_products_dataset.csv",
        "product_id varchar, category varchar, a varchar, b varchar, c varchar, d varchar, e varchar, f varchar, "
        "g varchar",
    ),
    "translation": ("product_category_name_translation.csv", "category varchar, english varchar"),
}

READ = {
    "orders": "order_id, customer_id, order_status, purchased_at, delivered_at::date as delivered, "
    "estimated_at::date as estimated, purchased_at::date as purchased",
    "items": "order_id, order_item_id, product_id, seller_id, price, freight_value",
    "payments": "order_id, payment_value",
    "reviews": "review_id, order_id, review_score, created_at::date as review_date",
}
"""What of a file is read into a table of its own; the others are read where they are used."""

DERIVE = """
create temp table paid as
select order_id, sum(payment_value)::decimal(12,2) as payment_value from payments group by order_id;

create temp table placed as
select o.order_id, o.purchased_at, c.person, c.zip, c.city, c.state,
  coalesce(p.payment_value, 0) as payment_value
from orders as o join customers as c using (customer_id) left join paid as p using (order_id);

-- Only 3 % of the persons have more than one order: the others need no windows.
create temp table stays as
with again as (select person from placed group by person having count(*) > 1),
steps as (
  select p.*, row_number() over w as n,
    coalesce((zip, city, state) is distinct from lag((zip, city, state)) over w, true) as moved
  from placed as p semi join again using (person)
  window w as (partition by person order by purchased_at, order_id)
),
numbered as (select *, sum(moved::int) over (partition by person order by n) as stay from steps)
select * exclude (n, moved), first_value(order_id) over (partition by person, stay order by n) as first_order
from numbered
union all
select *, 1, order_id from placed anti join again using (person);

create temp table keyed as select *, md5(person || '|' || first_order) as customer_key from stays;

create table gold.dim_customer as
with versions as (
  select customer_key, person, any_value(city) as city, any_value(state) as state, any_value(zip) as zip, stay,
    min(purchased_at) as valid_from, sum(payment_value) as paid
  from keyed group by customer_key, person, stay
),
again as (select person from versions group by person having count(*) > 1)
select customer_key, person as customer_unique_id, city, state, zip as zip_code_prefix,
  (sum(paid) over (partition by person))::decimal(12,2) as customer_lifetime_value, valid_from,
  lead(valid_from) over w as valid_to, lead(stay) over w is null as is_current
from versions semi join again using (person)
window w as (partition by person order by stay)
union all
select customer_key, person, city, state, zip, paid::decimal(12,2), valid_from, null, true
from versions anti join again using (person)
union all
select md5('unknown'), 'unknown', null, null, null, 0, null, null, true;

create table gold.dim_product as
with scores as (
  select i.product_id, sum(r.review_score)::hugeint as score, count(*) as n
  from (select distinct order_id, product_id from items) as i join reviews as r using (order_id)
  group by i.product_id
)
select md5(p.product_id) as product_key, p.product_id, coalesce(t.english, p.category, 'unknown') as category_name,
  p.category as category_name_pt,
  (((2000000 * s.score + s.n) // (2 * s.n))::decimal(18,0) * 0.000001::decimal(7,6))::decimal(18,6)
    as product_review_avg
from products as p left join translation as t using (category) left join scores as s using (product_id)
union all
select md5('unknown'), 'unknown', 'unknown', null, null;

create table gold.dim_seller as
select md5(seller_id) as seller_key, seller_id, seller_city, seller_state from sellers
union all
select md5('unknown'), 'unknown', null, null;

create table gold.dim_date as
with used as (
  select min(d) as first_day, max(d) as last_day
  from (select purchased as d from orders union all select review_date from reviews)
),
days as (select unnest(generate_series(first_day, last_day, interval 1 day))::date as date from used)
select strftime(date, '%Y%m%d')::integer as date_id, date, year(date)::integer as year,
  quarter(date)::integer as quarter, month(date)::integer as month, day(date)::integer as day,
  isodow(date)::integer as day_of_week, isodow(date) >= 6 as is_weekend
from days;

-- What fact_sales and fact_orders say alike of an order.
create temp table derived as
select o.order_id, o.customer_id, k.customer_key,
  (year(purchased) * 10000 + month(purchased) * 100 + day(purchased))::integer as date_id, o.order_status,
  k.payment_value, (delivered - purchased)::integer as delivery_days, delivered > estimated as is_late,
  year(purchased)::integer as year, month(purchased)::integer as month
from orders as o join keyed as k using (order_id);

create temp table totals as
select order_id, count(*) as n, sum(((price + freight_value) * 100)::bigint)::bigint as cents, sum(price) as price,
  sum(freight_value) as freight_value
from items group by order_id;

create table gold.fact_sales as
with weighed as (
  select i.order_id, i.order_item_id, (d.payment_value * 100)::bigint as total,
    case when t.cents = 0 then 1 else ((i.price + i.freight_value) * 100)::bigint end as weight,
    case when t.cents = 0 then t.n else t.cents end as weights
  from items as i join totals as t using (order_id) join derived as d using (order_id)
  where t.n > 1
),
shared as (
  select order_id, order_item_id, total, total::hugeint * weight // weights as share,
    row_number() over (partition by order_id order by total::hugeint * weight % weights desc, order_item_id) as turn
  from weighed
),
allocated as (
  select order_id, order_item_id,
    share + (turn <= total - sum(share) over (partition by order_id))::integer as cents
  from shared
)
select i.order_id, i.order_item_id, d.customer_id, d.customer_key, i.product_id, md5(i.product_id) as product_key,
  i.seller_id, md5(i.seller_id) as seller_key, d.date_id, d.order_status, i.price, i.freight_value,
  coalesce((a.cents::decimal(14,0) * 0.01::decimal(3,2))::decimal(12,2), d.payment_value) as payment_value,
  d.delivery_days, d.is_late, d.year, d.month
from items as i join derived as d using (order_id) left join allocated as a using (order_id, order_item_id);

create table gold.fact_orders as
select d.order_id, d.customer_key, d.date_id, d.order_status, coalesce(t.n, 0)::integer as items,
  coalesce(t.price, 0)::decimal(12,2) as price, coalesce(t.freight_value, 0)::decimal(12,2) as freight_value,
  d.payment_value, d.delivery_days, d.is_late, d.year, d.month
from derived as d left join totals as t using (order_id);

create table gold.fact_reviews as
select r.review_id, r.order_id, k.customer_key,
  (year(review_date) * 10000 + month(review_date) * 100 + day(review_date))::integer as date_id, r.review_date,
  r.review_score, year(review_date)::integer as year, month(review_date)::integer as month
from reviews as r join keyed as k using (order_id);
"""


def build(source: Path, out: Path) -> None:
    """Builds gold in a new file."""
    out.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        if source.is_file():
            with zipfile.ZipFile(source) as archive, ThreadPoolExecutor() as threads:
                list(threads.map(lambda file: archive.extract(file[0], folder), FILES.values()))
            source = Path(folder)
        with duckdb.connect(str(out)) as connection:
            connection.execute("set preserve_insertion_order = false")
            connection.execute("create schema gold")
            for name, (file, columns) in FILES.items():
                types = ", ".join(f"'{c.split()[0]}': '{c.split()[1]}'" for c in columns.split(", "))
                kept = READ.get(name, "*")
                where = " where created_at is not null" if name == "reviews" else ""
                connection.execute(
                    f"create temp table {name} as select {kept} from read_csv('{source / file}', header = true, "
                    f"auto_detect = false, delim = ',', quote = '\"', escape = '\"', columns = {{{types}}}){where}"
                )
            connection.execute(DERIVE)


if __name__ == "__main__":
    started = time.perf_counter()
    build(Path(sys.argv[1]), Path(sys.argv[2]))
    print(f"{time.perf_counter() - started:.2f} s")
