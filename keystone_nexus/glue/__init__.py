"""The lake as Glue and Athena know it: tables from the contracts, names, cost, and what went wrong in a sentence.

`catalog.plan` says what differs, `catalog.apply` mends it; `tables` and `views` say what must be there. Clients of
AWS are passed in: this package makes none, reads no configuration, and does not know Dagster.
"""
