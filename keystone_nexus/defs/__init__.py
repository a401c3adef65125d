"""Declarations only, by layer: what exists, on what it depends, how it is checked."""
