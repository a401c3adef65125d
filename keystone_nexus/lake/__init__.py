"""Where the bytes are: layout, ledger, atomic publish, locks. Imports neither Dagster nor the layers above it."""
