"""How a lake is laid out: its layers, and the place of what has no day."""

LAYERS = ("bronze", "silver", "quarantine", "gold", "analytics")
UNDATED = "year=0000/month=00/day=00"
"""The quarantine partition of rows whose day cannot be known, and of tables that have no day."""
IDENTITY = "lake.json"
"""Says for which environment a lake was made, in which format, and which lake it is."""
SCHEMAS = ("bronze", "silver", "quarantine", "gold")
"""What can be asked by SQL."""
