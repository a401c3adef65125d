"""A page that could not be made, in words for people."""

from __future__ import annotations


class PageFailed(Exception):
    """Something that a page needs broke, and neither the data nor a setting was refused. The other pages can be made."""
