"""What is said of points that are no goods points: each ends, and is owed, apart (product.md B4, C3)."""

from __future__ import annotations

from terminal.core.values import Value


class PointsNotice(Value, frozen=True, kw_only=True):
    """Of petrol or diesel points."""

    family: str
    ending: int = 0
    """So many of them end next, soon."""
    end: str = ""
    """The last business day of those."""
    owed: int = 0
    """Taken back after they were spent; the next ones settle them."""
