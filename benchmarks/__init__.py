"""Figures of whole processes: `make bench`, or `python -m benchmarks [NAME ...]`."""
