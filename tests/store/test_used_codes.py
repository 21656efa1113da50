"""A dynamic code counts once, also after a restart and behind a line that the power broke off."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.core.member_codes import Once
from terminal.store import used_codes
from terminal.store.used_codes import KEPT_S, UsedCodes

NOW_S = 1_795_478_400


def once(number: int, issued_s: int = NOW_S) -> Once:
    return Once(nonce=number.to_bytes(8, "big"), issued_s=issued_s)


async def first(used: UsedCodes, code: Once, now_s: int = NOW_S, *, believed: bool = True) -> bool | None:
    return await used.first(code, now_s=now_s, clock_believed=believed)


async def test_a_code_counts_once_and_after_a_restart_it_counted_already(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    assert [await first(UsedCodes(ledger), once(number)) for number in (1, 2, 1, 2, 3)] == [
        True,
        True,
        False,
        False,
        True,
    ]


async def test_a_line_that_was_broken_off_hides_none_behind_it(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    await first(UsedCodes(ledger), once(1))
    path = tmp_path / "ledger.used-codes"
    path.write_bytes(path.read_bytes() + b"00000000000000")
    assert await first(UsedCodes(ledger), once(2)) is True
    assert await first(UsedCodes(ledger), once(2)) is False
    assert await first(UsedCodes(ledger), once(1)) is False


async def test_where_it_cannot_be_remembered_nobody_says_that_it_is_the_first(tmp_path: Path) -> None:
    used = UsedCodes(tmp_path / "nowhere" / "ledger.db")
    assert await first(used, once(1)) is None
    (tmp_path / "nowhere").mkdir()
    assert await first(used, once(1)) is True


async def test_it_is_forgotten_a_day_later_and_never_under_a_clock_that_nobody_vouches_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(used_codes, "_STALE_LINES", -1)
    ledger = tmp_path / "ledger.db"
    used = UsedCodes(ledger)
    await first(used, once(1))
    later = NOW_S + KEPT_S + 1
    assert await first(used, once(2, later), later, believed=False) is True
    assert await first(used, once(1), later, believed=False) is False
    assert await first(used, once(3, later), later) is True
    lines = (tmp_path / "ledger.used-codes").read_text().split("\n")
    assert [line for line in lines if line] == [f"{number:016x} {later}" for number in (2, 3)]
    assert await first(UsedCodes(ledger), once(2), later) is False


async def test_the_file_has_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(used_codes, "USED_MAX", 10)
    ledger = tmp_path / "ledger.db"
    used = UsedCodes(ledger)
    for number in range(100):
        assert await first(used, once(number, NOW_S + number), believed=False) is True
    lines = (tmp_path / "ledger.used-codes").read_text().split()
    assert len(lines) <= 2 * 11
    assert await first(used, once(99), believed=False) is False
