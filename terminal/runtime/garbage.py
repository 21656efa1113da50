"""How often Python looks for cycles, once everything stands."""

from __future__ import annotations

import gc

_LOOKED_FOR = 10_000
"""Values that were made and still live, before the youngest are searched: a booking makes hundreds, and no
cycle. At Python's own 700 the searching took a twentieth of each checkout."""


def collect_seldom() -> None:
    """What is here now stays, and later collections need not look at it."""
    gc.freeze()
    gc.set_threshold(_LOOKED_FOR)
    gc.enable()
