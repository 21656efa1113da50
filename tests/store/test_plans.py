"""What is asked while somebody stands there finds its rows by their keys, however many members there are."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from terminal.store.migrations import OURS
from terminal.store.queries import queries

BIG = (
    "accounts",
    "cards",
    "coupons",
    "entries",
    "lots",
    "postings",
    "profiles",
    "tokens",
    "traces",
    "wallets",
)
AT_THE_COUNTER = (
    *("tapped", "wallet", "card", "token", "holdings", "cards_led_to", "lots", "uses_of", "profile"),
    *("move_cards", "move_tokens", "move_traces", "move_coupons", "move_used_lots", "keep_invoices"),
    *("drop_tokens", "drop_all_tokens", "last_paid_lot", "statement", "entry_by_id", "wallets_of"),
    *("batches_after", "batch_done"),
)
"""At the tap, in a sale, in card care, in a merge, and with many cards."""
FROM_CARD_TO_WALLET = re.compile(r"\bFROM cards (\w+) WHERE \1\.wallet\b")


@pytest.fixture(scope="module")
def ledger() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        OURS.bring(made)
        made.execute("ATTACH ':memory:' AS keys")
        made.execute("CREATE TABLE keys.keys (member TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT")
        yield made


def read_whole(ledger: sqlite3.Connection, sql: str) -> list[str]:
    """Large tables of which that reads every row."""
    numbered = [int(one) for one in re.findall(r"\?(\d+)", sql)]
    values = (None,) * (max(numbered) if numbered else sql.count("?"))
    called = {
        alias or name: name for name, alias in re.findall(r"\b(?:FROM|JOIN|UPDATE) (\w+)(?: (\w+))?", sql)
    }
    plan = [row[3].split() for row in ledger.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    scanned = [step[1] for step in plan if step[0] == "SCAN"]
    return [name for name in (called.get(one, one) for one in scanned) if name in BIG]


@pytest.mark.parametrize("name", AT_THE_COUNTER)
def test_no_large_table_is_read_whole_at_the_counter(ledger: sqlite3.Connection, name: str) -> None:
    assert read_whole(ledger, queries()[name]) == []


def test_a_table_that_is_read_whole_is_seen(ledger: sqlite3.Connection) -> None:
    assert read_whole(ledger, "SELECT (SELECT o.kind FROM cards o WHERE o.state = ?1)") == ["cards"]
    assert read_whole(ledger, "UPDATE cards SET wallet = ?2 WHERE state = ?1") == ["cards"]


def test_the_cards_of_a_wallet_are_found_by_it_wherever_they_are_looked_for(
    ledger: sqlite3.Connection,
) -> None:
    asks = {name: sql for name, sql in queries().items() if FROM_CARD_TO_WALLET.search(sql)}
    assert asks.keys() >= {"tapped", "coupons_until"}
    for sql in asks.values():
        assert "cards" not in read_whole(ledger, sql)
