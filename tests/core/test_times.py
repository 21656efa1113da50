"""Moments, as ids say them."""

from __future__ import annotations

import pytest

from terminal.core.times import made_ms
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
