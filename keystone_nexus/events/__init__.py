"""From Kafka to bronze: which offsets to land, their records as one immutable object, the ledger entry that makes them
count. And back: the client that sends events to the server. Imports no Dagster."""
