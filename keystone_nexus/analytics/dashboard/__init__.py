"""The KPI dashboard: one HTML file that opens from disk, filters by itself and asks no network for anything."""
