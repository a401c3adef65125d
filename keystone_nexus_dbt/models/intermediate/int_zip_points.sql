-- One point for each zip code prefix: the mean of its distinct points. Joined as it is, geolocation has some forty
-- points on either side of a route.
with geolocation as (

    select * from {{ ref('stg_geolocation') }}

),

-- A point is there once for each way in which its city was written.
points as (

    select distinct
        geolocation_zip_code_prefix as zip_code_prefix,
        geolocation_lat,
        geolocation_lng
    from geolocation

),

-- Whole billionths of a degree: sums of doubles would depend on the order of the rows.
summed as (

    select
        zip_code_prefix,
        count(*) as points,
        sum(cast(round(geolocation_lat * 1e9) as bigint)) as lat,
        sum(cast(round(geolocation_lng * 1e9) as bigint)) as lng
    from points
    group by zip_code_prefix

),

final as (

    select
        zip_code_prefix,
        cast(points as bigint) as points,
        cast(lat as double) / (1e9 * points) as lat,
        cast(lng as double) / (1e9 * points) as lng
    from summed

)

select * from final
