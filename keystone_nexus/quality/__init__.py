"""Which rows are valid, and whether the whole adds up. Imports no Dagster."""
