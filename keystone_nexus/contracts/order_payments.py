from keystone_nexus.contracts.model import Contract, Integer, Money, Text, column, identifier

TYPES = ["credit_card", "boleto", "voucher", "debit_card", "not_defined"]


class OrderPayments(Contract):
    """How each order was paid: a customer may split it over several means."""

    order_id: Text = identifier("The order.")
    payment_sequential: Integer = column("The payment's number within its order.", required=True)
    payment_type: Text = column("The means of payment.", required=True, isin=TYPES)
    payment_installments: Integer = column("In how many instalments the customer pays.")
    payment_value: Money = column("What was paid by this means.", required=True, unit="BRL", ge=0)

    class Config(Contract.Config):
        name = "order_payments"
        unique = ["order_id", "payment_sequential"]
        metadata = {
            "grain": "one row per payment of an order",
            "owner": "team:finance",
            "source_file": "olist_order_payments_dataset.csv",
            "day": "parent:orders",
            "foreign_keys": {"order_id": "orders"},
            "warnings": {"zero_installments": "payment_installments = 0"},
        }
