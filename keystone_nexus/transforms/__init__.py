"""Bronze to silver: pure functions of bronze and the contracts. Imports no Dagster."""
