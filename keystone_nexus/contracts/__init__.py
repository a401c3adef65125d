"""What each silver table must be: one Pandera model per table, the single source of truth.

The models are read by people and by `generate`, which derives from them the catalog that all other
code uses (`catalog.json`), the dbt sources and the data dictionary. Imports no Dagster.
"""
