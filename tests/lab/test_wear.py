"""What is counted is what sales write."""

from __future__ import annotations

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
