"""What people look at: notebooks, charts, dashboards, insights and the deck, all read from gold. Knows no Dagster."""
