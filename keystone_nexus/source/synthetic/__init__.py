"""A synthetic Olist: the nine CSV files in the real ones' shape, size, skew and dirt, from a seed.

Nothing in it is a row, an identifier or a text of the real data: `facts`, `states` and `categories` hold the
counts, shares and quantiles that it follows, `draw` the randomness. What is in the files is in `places`,
`catalogue`, `orders`, `sales` and `reviews`; `files` names and writes them. Not here: what is done to files
of this shape.
"""

from keystone_nexus.source.synthetic.files import generate

__all__ = ["generate"]
