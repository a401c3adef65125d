from keystone_nexus.contracts.model import STATES, ZIP_PREFIX, Contract, Coordinate, Text, column


class Geolocation(Contract):
    """Points that belong to a zip code prefix: many to each, none of them its centre."""

    geolocation_zip_code_prefix: Text = column(
        "The first five digits of the postal code.", required=True, str_matches=ZIP_PREFIX
    )
    geolocation_lat: Coordinate = column("Latitude (WGS 84).", required=True, unit="degrees", in_range=(-33.76, 5.28))
    geolocation_lng: Coordinate = column(
        "Longitude (WGS 84); Brazil's islands included.",
        required=True,
        unit="degrees",
        in_range=(-73.99, -28.83),
    )
    geolocation_city: Text = column("The city, as it was written.", trim=False)
    geolocation_state: Text = column("The federative unit.", required=True, isin=STATES)

    class Config(Contract.Config):
        name = "geolocation"
        unique = [
            "geolocation_zip_code_prefix",
            "geolocation_lat",
            "geolocation_lng",
            "geolocation_city",
            "geolocation_state",
        ]
        metadata = {
            "grain": "one row per distinct point of a zip code prefix",
            "owner": "team:logistics",
            "source_file": "olist_geolocation_dataset.csv",
            "day": None,
            "foreign_keys": {},
            "warnings": {},
        }
