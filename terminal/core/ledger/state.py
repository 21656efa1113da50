"""What a posting function may know of the ledger while it decides, and what it decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from terminal.core.accounts import Account
from terminal.core.entry import LotTaken
from terminal.core.values import CardId, SiteId, Value, WalletId


class Unbalanced(Exception):
    """Postings that do not sum to zero: never booked, always a defect."""


class Lot(Value, frozen=True, kw_only=True):
    """What is left of one recharge. `lot` is the id of the entry that laid it down."""

    lot: str
    rest: int


class Card(Value, frozen=True, kw_only=True):
    wallet: WalletId
    active: bool


class State(Protocol):
    """The ledger as it stands inside the transaction: all before it, nothing beside it."""

    @property
    def site(self) -> SiteId: ...

    def opened(self, wallet: WalletId) -> bool:
        """Whether that wallet exists."""
        ...

    def card(self, card: CardId) -> Card | None: ...

    def balance(self, account: Account) -> int:
        """Zero for an account that nothing was posted to."""
        ...

    def lots(self, wallet: WalletId, unit: str) -> Sequence[Lot]:
        """Those with something left, oldest first."""
        ...


class Posted(Value, frozen=True, kw_only=True):
    """What an entry does to accounts and lots."""

    postings: tuple[tuple[Account, int], ...] = ()
    lots: tuple[LotTaken, ...] = ()
    wallet: WalletId | None = None
    """Whose lots those are, and whose balances the answer names."""
    principal_spent: int = 0
    bonus_spent: int = 0
