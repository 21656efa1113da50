"""What a posting function may know of the ledger while it decides, and what it decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from terminal.core.accounts import Account
from terminal.core.commands import CardState, CouponGrant
from terminal.core.entry import Entry, LotTaken
from terminal.core.ledger.effects import Effect
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, SiteId, Value, WalletId


class Unbalanced(Exception):
    """Postings that do not sum to zero: never booked, always a defect."""


class Lot(Value, frozen=True, kw_only=True):
    """What is left of one recharge, purchase or grant. `lot` is the id of the entry that laid it down."""

    lot: str
    rest: int
    laid: int = 0
    paid: int = 0
    since: str = ""
    until: str = ""
    invoice: str = ""
    """Number of the invoice that was asked for it."""
    listed: int = 0
    """Of a count card: fen that its uses stood for on their bills, at list price, less what came back.

    Of principal: all of it, where points were given for the recharge; else 0.
    """
    sold: str = ""
    """Of a count card: what it was sold as (`core.sold`); empty: nobody says."""

    def usable(self, business_day: str) -> bool:
        """ISO dates sort as days do."""
        return self.since <= business_day and (not self.until or business_day <= self.until)


class Card(Value, frozen=True, kw_only=True):
    wallet: WalletId
    state: CardState = CardState.ACTIVE
    until: str = ""
    """Last business day on which it pays while nobody's name is on its wallet; empty: it does not end."""
    kind: str = ""
    """What it is for, by the shop's name (`core.card_kinds`); empty: none was given."""

    @property
    def active(self) -> bool:
        return self.state is CardState.ACTIVE


class Wallet(Value, frozen=True, kw_only=True):
    member: MemberId | None = None
    tier: str = "regular"
    into: WalletId | None = None
    """The wallet it was merged into: nothing is booked on it any more."""
    given: int = 0
    """When it was given to whoever holds it, in ms since 1970; 0: nobody gave it."""
    given_seq: int = 0
    """By which entry of this site; 0: at another site, or by nobody."""


class Intent(Value, frozen=True, kw_only=True):
    """Something that was to be done outside, and how it ended; `end` is empty while it is open."""

    intent: EntryId
    consumed_by: EntryId
    amount: int
    end: str = ""


class State(Protocol):
    """The ledger as it stands inside the transaction: all before it, nothing beside it."""

    @property
    def site(self) -> SiteId: ...

    def alone(self) -> bool:
        """No headquarters is known: rights, and what is owed, are this site's own."""
        ...

    def settles(self, owed: Account) -> bool:
        """Whether what is given here settles that debt (`ledger.debts.settles`)."""
        ...

    def wallet(self, wallet: WalletId) -> Wallet | None: ...

    def began_here(self, wallet: WalletId) -> bool:
        """By an entry of this site, not as a visitor's."""
        ...

    def card(self, card: CardId) -> Card | None: ...

    def balance(self, account: Account) -> int:
        """Zero for an account that nothing was posted to."""
        ...

    def lots(self, wallet: WalletId, unit: str) -> Sequence[Lot]:
        """Those with something left, oldest first."""
        ...

    def lot(self, wallet: WalletId, unit: str, lot: str) -> Lot | None:
        """That one, though nothing may be left of it."""
        ...

    def holdings(self, wallet: WalletId) -> Sequence[tuple[str, int]]:
        """(unit, balance) of all that is not zero, by the name of the unit."""
        ...

    def coupon(self, coupon: str) -> tuple[WalletId, CouponGrant] | None: ...

    def entry(self, entry: EntryId) -> Entry | None:
        """Of this journal, or a sale of another site's that came here to be undone."""
        ...

    def referring(self, entry: EntryId) -> Sequence[Entry]:
        """Later entries that undo it, wholly or in part, or came with it, oldest first."""
        ...

    def sale_left(self, sale: EntryId) -> bool:
        """Whether the right to undo it was given away."""
        ...

    def open_overdraft(self) -> int:
        """Fen spent beyond the rights held here and not covered yet, of all wallets and companies."""
        ...

    def overdrawn(self, wallet: WalletId) -> Sequence[tuple[str, int]]:
        """(unit, balance) of what was spent of it beyond the rights held here, in every unit, if not zero."""
        ...

    def intent(self, intent: EntryId) -> Intent | None: ...

    def intent_for(self, consumer: EntryId) -> Intent | None:
        """The intent that waits for that booking."""
        ...

    def shift_is_open(self, shift: ShiftId) -> bool | None:
        """None when it was never opened by an entry."""
        ...

    def wallets_of(self, member: MemberId) -> Sequence[WalletId]:
        """All of theirs that something can still be booked on, in order.

        Also an unnamed one that one of theirs was merged into: what was theirs lies there.
        """
        ...

    def came_last(self, wallet: WalletId) -> str:
        """Business day of the last entry that moved it, began it or sold to its holder; empty: unknown here.

        But for what was written off, and what headquarters moved: for that nobody came. Not before the day on
        which it was given to its holder, here or at another site: then they came.
        """
        ...

    def is_known(self, member: MemberId) -> bool:
        """Whether personal data of theirs are kept here."""
        ...

    def kept_until(self, member: MemberId) -> str:
        """Business day until which the law, or a dispute, keeps the records; empty: nothing does."""
        ...


class Posted(Value, frozen=True, kw_only=True):
    """What an entry does to accounts and lots, and to what is known beside them."""

    postings: tuple[tuple[Account, int], ...] = ()
    lots: tuple[LotTaken, ...] = ()
    wallet: WalletId | None = None
    """Whose lots those are, and whose balances the answer names."""
    effects: tuple[Effect, ...] = ()
    uncovered: tuple[tuple[Account, int], ...] = ()
    """What was spent of a wallet's account beyond the rights held here."""
