from keystone_nexus.contracts.model import FIRST_DAY, Contract, Integer, Text, Timestamp, column, identifier


class OrderReviews(Contract):
    """What customers said of their orders. One review may concern several orders, and one order have several."""

    review_id: Text = identifier("The review; not unique by itself.")
    order_id: Text = identifier("The order that it is about.")
    review_score: Integer = column("Satisfaction from 1 (worst) to 5 (best).", required=True, isin=[1, 2, 3, 4, 5])
    review_comment_title: Text = column("The comment's title.", trim=False, pii=True)
    review_comment_message: Text = column("The comment, in the customer's words.", trim=False, pii=True)
    review_creation_date: Timestamp = column(
        "When the customer was asked for the review. Its date is the row's partition.",
        required=True,
        not_before=FIRST_DAY,
        not_after_arrival=True,
    )
    review_answer_timestamp: Timestamp = column("When the customer answered.")

    class Config(Contract.Config):
        name = "order_reviews"
        unique = ["review_id", "order_id"]
        metadata = {
            "grain": "one row per review and order",
            "owner": "team:customer-care",
            "source_file": "olist_order_reviews_dataset.csv",
            "day": "review_creation_date",
            "foreign_keys": {"order_id": "orders"},
            "warnings": {"review_before_purchase": "review_creation_date < order_day"},
        }
