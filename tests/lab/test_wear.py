"""What is counted is what sales write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lab import wear


async def test_all_that_sales_write_is_counted_until_the_ledger_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wear, "CARDS", 3)
    monkeypatch.setattr(wear, "PAUSE_S", 0.0)
    handed = []
    for number, (pauses, second) in enumerate(((False, False), (True, False), (True, True))):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = await wear.sold(folder, 16, pauses=pauses, group=1, second=second)
        handed.append(found.handed)
    log, written_back, copied = handed
    assert log > 16 * 5_000
    assert log < written_back < copied


def test_what_the_device_took_is_read_by_its_number(tmp_path: Path) -> None:
    number = tmp_path.stat().st_dev
    assert wear.taken_by(tmp_path, tmp_path) is None
    stat = tmp_path / f"{os.major(number)}:{os.minor(number)}" / "stat"
    stat.parent.mkdir()
    stat.write_text("    1074        0    39996      418      886     1188     6506      737        0\n")
    assert wear.taken_by(tmp_path, tmp_path) == 6_506 * 512


def test_what_came_since_is_unknown_where_nobody_says_what_the_device_took() -> None:
    assert wear.Wrote(5, 3, 9).since(wear.Wrote(1, 1, 4)) == (4, 2, 5)
    assert wear.Wrote(5, 3, None).since(wear.Wrote(1, 1, 4)) == (4, 2, None)
