from keystone_nexus.contracts.model import STATES, ZIP_PREFIX, Contract, Text, column, identifier


class Sellers(Contract):
    """Shops that sell through Olist."""

    seller_id: Text = identifier("The seller.")
    seller_zip_code_prefix: Text = column(
        "The first five digits of the postal code.", required=True, str_matches=ZIP_PREFIX
    )
    seller_city: Text = column("The city, as the seller wrote it.", trim=False)
    seller_state: Text = column("The federative unit.", required=True, isin=STATES)

    class Config(Contract.Config):
        name = "sellers"
        unique = ["seller_id"]
        metadata = {
            "grain": "one row per seller",
            "owner": "team:marketplace",
            "source_file": "olist_sellers_dataset.csv",
            "day": None,
            "foreign_keys": {},
            "warnings": {},
        }
