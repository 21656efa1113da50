"""Rows that nearly every booking needs, remembered by the one writer from one booking to the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from terminal.core.accounts import Account, Owner
from terminal.core.values import TerminalId
from terminal.store.answers import first_posting
from terminal.store.queries import queries

Stand = tuple[int, int | None]
"""An account's balance and the number of its last posting; None where nothing was posted to it."""

_NOTHING: Stand = (0, None)
_KNOWN_MAX = 1024
"""Accounts and terminals that are remembered; a shop posts to a few dozen of its own on a day."""


class HotRows:
    """Balances of the shop's own accounts, of the wallets of one booking, and receipt numbers.

    What is remembered is what the file says inside the transaction: `forget` it after every rollback. A
    posting that was computed from anything else is refused by the file, which knows the account's last one.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._sql = queries()
        self._wallets: dict[str, dict[str, Stand]] = {}
        self._others: dict[Account, Stand] = {}
        self._receipts: dict[tuple[TerminalId, int], int] = {}

    def forget(self) -> None:
        self._wallets.clear()
        self._others.clear()
        self._receipts.clear()

    def next_booking(self) -> None:
        """Wallets are many and seldom come twice: only those of one booking are kept."""
        self._wallets.clear()
        if len(self._others) + len(self._receipts) > _KNOWN_MAX:
            self.forget()

    # Accounts.

    def stand(self, account: Account) -> Stand:
        if account.owner is Owner.WALLET:
            held = self._wallets.get(account.of)
            return (self.wallet(account.of) if held is None else held).get(account.unit, _NOTHING)
        known = self._others.get(account)
        if known is None:
            key = f"{account.owner}:{account.of}", account.unit
            known = self._connection.execute(self._sql["account"], key).fetchone() or _NOTHING
            self._others[account] = known
        return known

    def wallet(self, wallet: str) -> Mapping[str, Stand]:
        """All accounts of a wallet by unit: a sale asks for several, and its answer for all."""
        known = self._wallets.get(wallet)
        if known is None:
            rows = self._connection.execute(self._sql["accounts_of"], (f"{Owner.WALLET}:{wallet}",))
            known = self._wallets[wallet] = {unit: (balance, last) for unit, balance, last in rows}
        return known

    def post(self, seq: int, postings: Sequence[tuple[Account, int]]) -> None:
        """Writes the postings of the entry `seq`; the file moves the balances with them."""
        try:
            rows = [self._moved(*one) for one in enumerate(postings, first_posting(seq))]
            self._connection.executemany(self._sql["add_posting"], rows)
        except BaseException:
            self.forget()  # What is remembered has moved already, the file has not.
            raise

    def _moved(self, number: int, posting: tuple[Account, int]) -> tuple[int, str, str, int, int, int | None]:
        account, amount = posting
        balance, last = self.stand(account)
        balance += amount
        if account.owner is Owner.WALLET:
            self._wallets[account.of][account.unit] = balance, number
        else:
            self._others[account] = balance, number
        return number, f"{account.owner}:{account.of}", account.unit, amount, balance, last

    # Receipts.

    def next_receipt(self, terminal: TerminalId, epoch: int) -> int:
        """The number that the terminal's next receipt gets."""
        known = self._receipts.get((terminal, epoch))
        if known is None:
            row = self._connection.execute(self._sql["last_receipt"], (terminal, epoch)).fetchone()
            known = self._receipts[terminal, epoch] = row[0] or 0
        return known + 1

    def print_job(self, terminal: TerminalId, epoch: int, number: int, seq: int) -> None:
        """The job of printing the receipt of that number."""
        self._connection.execute(self._sql["add_print_job"], (terminal, epoch, number, seq))
        self._receipts[terminal, epoch] = number
