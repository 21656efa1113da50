"""Moments, as ids say them."""

from __future__ import annotations

import pytest

from terminal.core.times import made_ms, utc_day
from terminal.core.values import EntryId


@pytest.mark.parametrize(
    ("entry", "ms"),
    [
        ("00000000-0000-7000-8000-000000000001", 0),
        ("00000000-0001-7fff-8000-000000000001", 1),
        ("01a0c466-3c00-7000-8000-ffffffffffff", 1_790_001_429_504),
        ("ffffffff-ffff-7000-8000-000000000000", 2**48 - 1),
    ],
)
def test_an_id_says_when_it_was_made(entry: str, ms: int) -> None:
    assert made_ms(EntryId(entry)) == ms


@pytest.mark.parametrize(
    ("wall_ms", "day"),
    [
        (0, "1970-01-01"),
        (86_399_999, "1970-01-01"),
        (86_400_000, "1970-01-02"),
        (1_798_675_200_000, "2026-12-31"),
    ],
)
def test_a_time_alone_says_a_day(wall_ms: int, day: str) -> None:
    assert utc_day(wall_ms) == day
