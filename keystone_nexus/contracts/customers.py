from keystone_nexus.contracts.model import STATES, ZIP_PREFIX, Contract, Text, column, identifier


class Customers(Contract):
    """Customers as their orders know them: a person has a new `customer_id` with each order."""

    customer_id: Text = identifier("The customer of one order.")
    customer_unique_id: Text = identifier("The person, over all their orders.", pii=True)
    customer_zip_code_prefix: Text = column(
        "The first five digits of the postal code.", required=True, pii=True, str_matches=ZIP_PREFIX
    )
    customer_city: Text = column("The city, as the customer wrote it.", trim=False)
    customer_state: Text = column("The federative unit.", required=True, isin=STATES)

    class Config(Contract.Config):
        name = "customers"
        unique = ["customer_id"]
        metadata = {
            "grain": "one row per customer of an order",
            "owner": "team:customer-care",
            "source_file": "olist_customers_dataset.csv",
            "day": None,
            "foreign_keys": {},
            "warnings": {},
        }
