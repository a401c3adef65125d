from keystone_nexus.contracts.model import Contract, Text, column, identifier


class ProductCategoryTranslation(Contract):
    """English names of the product categories."""

    product_category_name: Text = identifier("The category, in Portuguese.")
    product_category_name_english: Text = column("The category, in English.")

    class Config(Contract.Config):
        name = "product_category_translation"
        unique = ["product_category_name"]
        metadata = {
            "grain": "one row per category",
            "owner": "team:marketplace",
            "source_file": "product_category_name_translation.csv",
            "day": None,
            "foreign_keys": {},
            "warnings": {},
        }
