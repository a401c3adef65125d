from keystone_nexus.contracts.model import Contract, Integer, Money, Text, Timestamp, column, identifier


class OrderItems(Contract):
    """What was in each order, from whom, at what price. One row is one unit."""

    order_id: Text = identifier("The order.")
    order_item_id: Integer = column("The item's number within its order, from 1.", required=True)
    product_id: Text = identifier("What was bought.")
    seller_id: Text = identifier("Who sold it.")
    shipping_limit_date: Timestamp = column("Until when the seller had to hand the parcel to the carrier.")
    price: Money = column("The item's price.", required=True, unit="BRL", ge=0)
    freight_value: Money = column("The item's share of the freight.", required=True, unit="BRL", ge=0)

    class Config(Contract.Config):
        name = "order_items"
        unique = ["order_id", "order_item_id"]
        metadata = {
            "grain": "one row per item of an order",
            "owner": "team:orders",
            "source_file": "olist_order_items_dataset.csv",
            "day": "parent:orders",
            "foreign_keys": {"order_id": "orders", "product_id": "products", "seller_id": "sellers"},
            "warnings": {},
        }
