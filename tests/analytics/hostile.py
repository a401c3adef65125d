"""Text that means harm, or that whoever made it did not look at: what a CSV file can hold and a page cannot."""

from __future__ import annotations

UGLY = (
    "vertical\x0btab",
    "escape\x1b[2Jsequence",
    "not\ufffea\uffffcharacter",
    "delete\x7fand\x85next",
    "turned\u202eround\u2066",
    "</script><script>alert(1)</script><!-- ]]>",
    "{{ 7*7 }}{% raw %}{# #}${x}",
    "$x$ R$ `tick` **bold** _em_ # | [a](javascript:1)",
    "two\nlines\tand\rmore",
    "=1+1",
    "https://example.invalid/x",
    "__proto__",
    "NaN",
    "  ",
    "'\"&<>\\",
    "\u05e9\u05dc\u05d5\u05dd \U0001f600\u0301",
    "x" * 70_000 + "1",
    "x" * 70_000 + "2",
    "\u2028\u2029\ufeff\ue000",
)
SEPARATE = "".join(chr(c) for c in (0x0B, 0x1B, 0x7F, 0x85, 0x202E, 0x2066, 0xFFFE, 0xFFFF))
"""None of these may be in a page."""
