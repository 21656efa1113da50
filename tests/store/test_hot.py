"""What the writer remembers of hot rows is what the file says, or is found out."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.core import accounts as chart
from terminal.core.values import SiteId, TerminalId, WalletId
from terminal.store.file import connected
from terminal.store.hot import HotRows
from terminal.store.queries import queries

SITE, TERMINAL = SiteId("S1"), TerminalId("T1")
DRAWER = chart.of_site(SITE, "drawer:1")
PRINCIPAL = chart.principal(WalletId("w1"))
ONE_READ, WALLET_READ = (queries()[name].partition(" WHERE")[0] for name in ("account", "accounts_of"))
RECHARGE = ((PRINCIPAL, 500), (DRAWER, -500))


class File:
    """The file, and how often each statement ran on it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.ran: Counter[str] = Counter()
        connection.set_trace_callback(lambda statement: self.ran.update([statement.partition(" WHERE")[0]]))

    def balance(self, unit: str) -> int:
        row = self.connection.execute("SELECT balance FROM accounts WHERE unit = ?", (unit,)).fetchone()
        return int(row[0]) if row else 0


@pytest.fixture
def file(tmp_path: Path) -> Iterator[File]:
    connection = connected(tmp_path / "ledger.db")
    yield File(connection)
    connection.close()


@pytest.fixture
def hot(file: File) -> HotRows:
    return HotRows(file.connection)


def test_the_shops_accounts_are_read_once_and_then_known(file: File, hot: HotRows) -> None:
    for seq in (1, 2, 3):
        hot.next_booking()
        hot.post(seq, RECHARGE)
    assert file.ran[ONE_READ] == 1
    assert file.ran[WALLET_READ] == 3
    assert hot.stand(DRAWER) == (-1500, 3 * 4096 + 1)
    assert (file.balance("drawer:1"), file.balance("principal")) == (-1500, 1500)


def test_two_postings_of_an_entry_on_one_account_follow_each_other(file: File, hot: HotRows) -> None:
    hot.post(1, (*RECHARGE, *RECHARGE))
    assert file.balance("principal") == 1000


def test_after_a_rollback_what_was_forgotten_is_read_again(file: File, hot: HotRows) -> None:
    hot.post(1, RECHARGE)
    hot.print_job(TERMINAL, 1, hot.next_receipt(TERMINAL, 1), 1)
    file.connection.execute("BEGIN")
    hot.post(2, RECHARGE)
    hot.print_job(TERMINAL, 1, hot.next_receipt(TERMINAL, 1), 2)
    file.connection.execute("ROLLBACK")
    hot.forget()
    assert hot.stand(DRAWER)[0] == hot.wallet("w1")["principal"][0] * -1 == -500
    assert hot.next_receipt(TERMINAL, 1) == 2


def test_a_posting_on_what_is_no_longer_so_is_refused_and_forgotten(file: File, hot: HotRows) -> None:
    hot.post(1, RECHARGE)
    file.connection.execute("BEGIN")
    hot.post(2, RECHARGE)
    file.connection.execute("ROLLBACK")
    with pytest.raises(sqlite3.IntegrityError):
        hot.post(2, ((DRAWER, -1), (chart.over_short(SITE), 1)))
    hot.post(2, RECHARGE)
    assert file.balance("drawer:1") == -1000


def test_each_terminal_counts_its_own_receipts_and_begins_anew_with_an_epoch(hot: HotRows) -> None:
    for seq, (terminal, epoch) in enumerate((("T1", 1), ("T1", 1), ("T2", 1), ("T1", 2)), 1):
        hot.print_job(TerminalId(terminal), epoch, hot.next_receipt(TerminalId(terminal), epoch), seq)
    assert hot.next_receipt(TERMINAL, 1) == 3
    assert hot.next_receipt(TerminalId("T2"), 1) == 2
    assert hot.next_receipt(TERMINAL, 2) == 2


def test_no_more_is_remembered_than_a_shop_has(file: File, hot: HotRows) -> None:
    for number in range(1500):
        hot.stand(chart.of_site(SITE, f"drawer:{number}"))
        hot.next_booking()
    hot.stand(chart.of_site(SITE, "drawer:0"))
    assert file.ran[ONE_READ] == 1501
    assert len(hot._others) < 1025
