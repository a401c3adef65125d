from keystone_nexus.contracts.model import Contract, Integer, Text, column, identifier


class Products(Contract):
    """What is sold: category and measures, no names."""

    product_id: Text = identifier("The product.")
    product_category_name: Text = column("The category, in Portuguese.")
    product_name_length: Integer = column(
        "Length of the product's name.", unit="characters", source="product_name_lenght"
    )
    product_description_length: Integer = column(
        "Length of the product's description.", unit="characters", source="product_description_lenght"
    )
    product_photos_qty: Integer = column("Number of published photos.")
    product_weight_g: Integer = column("Weight.", unit="g")
    product_length_cm: Integer = column("Length.", unit="cm")
    product_height_cm: Integer = column("Height.", unit="cm")
    product_width_cm: Integer = column("Width.", unit="cm")

    class Config(Contract.Config):
        name = "products"
        unique = ["product_id"]
        metadata = {
            "grain": "one row per product",
            "owner": "team:marketplace",
            "source_file": "olist_products_dataset.csv",
            "day": None,
            "foreign_keys": {},
            "warnings": {},
        }
