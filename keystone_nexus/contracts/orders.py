from keystone_nexus.contracts.model import FIRST_DAY, Contract, Text, Timestamp, column, identifier, in_order

STATUSES = ["created", "approved", "invoiced", "processing", "shipped", "delivered", "canceled", "unavailable"]


class Orders(Contract):
    """Orders as customers placed them, with the times at which they moved on."""

    order_id: Text = identifier("The order.")
    customer_id: Text = identifier("The customer as this order knows them: one per order, not per person.")
    order_status: Text = column("How far the order came.", required=True, isin=STATUSES)
    order_purchase_timestamp: Timestamp = column(
        "When the order was placed. Its date is the row's partition.",
        required=True,
        not_before=FIRST_DAY,
        not_after_arrival=True,
    )
    order_approved_at: Timestamp = column("When the payment was approved.")
    order_delivered_carrier_date: Timestamp = column("When the carrier received the parcel.")
    order_delivered_customer_date: Timestamp = column("When the customer received the parcel.")
    order_estimated_delivery_date: Timestamp = column(
        "The delivery date promised at purchase (a midnight).", required=True
    )

    delivered_after_purchase = in_order("order_purchase_timestamp", "order_delivered_customer_date")

    class Config(Contract.Config):
        name = "orders"
        unique = ["order_id"]
        metadata = {
            "grain": "one row per order",
            "owner": "team:orders",
            "source_file": "olist_orders_dataset.csv",
            "day": "order_purchase_timestamp",
            "foreign_keys": {"customer_id": "customers"},
            "warnings": {
                "carrier_before_purchase": "order_delivered_carrier_date < order_purchase_timestamp",
                "carrier_before_approval": "order_delivered_carrier_date < order_approved_at",
                "delivered_before_carrier": "order_delivered_customer_date < order_delivered_carrier_date",
            },
        }
