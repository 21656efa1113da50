"""What is left on a wallet: what was only given, and what its holder must have back (product.md B10, G7)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from terminal.core.commands import BookImport
from terminal.core.errors import LeftChanged, ValueLeft, WorthLeft
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.gifts import cost_of
from terminal.core.ledger.state import Lot, State
from terminal.core.values import EntryId, WalletId

KEEPS_FROM_ERASURE = frozenset({"principal", "deposit", "held"})
"""Value a person must have back before they can be forgotten; what they owe of gifts keeps nobody."""

KEEPS_UNLESS_GIVEN = frozenset({"count", "litres", "cashback", "voucher"})
ENDS = frozenset({"cashback", "voucher"})
"""Written off by an entry once its last day is over, which is waited for."""

_STORED = frozenset({"principal", "bonus"})


def keeps_from_erasure(wallets: Sequence[WalletId], state: State) -> bool:
    """Whether value is left on any of them that its holder must have back first."""
    held = ((wallet, *holding) for wallet in wallets for holding in state.holdings(wallet))
    return any(_keeps(*holding, state) for holding in held)


def _keeps(wallet: WalletId, unit: str, balance: int, state: State) -> bool:
    """What was given and ends by no entry keeps nobody: they would wait for ever, and nobody paid for it."""
    head = unit.partition(":")[0]
    if head not in KEEPS_UNLESS_GIVEN:
        return head in KEEPS_FROM_ERASURE
    lasting = [lot for lot in state.lots(wallet, unit) if not (head in ENDS and lot.until)]
    return sum(lot.rest for lot in lasting if _given(lot, state)) != balance


def _given(lot: Lot, state: State) -> bool:
    """What was taken over from paper was paid for there; of what came from elsewhere nobody knows here."""
    if lot.paid:
        return False
    laid = state.entry(EntryId(lot.lot))
    return laid is not None and not isinstance(laid.payload, BookImport)


def ending_with(wallet: WalletId, state: State) -> Sequence[tuple[str, int]]:
    """(unit, amount) of all that ends with the card of a wallet that is nobody's; what it owes stays owed.

    Raises:
        ValueLeft: stored value is paid back first, or spent.
        WorthLeft: something else that was paid for, or has a last day of its own.
    """
    left = [(unit, held) for unit, held in state.holdings(wallet) if not unit.startswith("debt:")]
    if any(unit in _STORED for unit, _ in left):
        raise ValueLeft("stored value on an unnamed card")
    if any(_keeps(wallet, *one, state) for one in left):
        raise WorthLeft("more than gifts on an unnamed card")
    return left


def end_with_card(draft: Draft, wallet: WalletId, ends: Collection[str]) -> None:
    """What was given and not used is given no more. `ends`: the units that whoever books it was told of.

    Raises what `ending_with` does, and `LeftChanged`: something else lies there by now.
    """
    for unit, amount in ending_with(wallet, draft.state):
        if unit not in ends:
            raise LeftChanged(unit.partition(":")[0])
        draft.move(cost_of(draft.site, unit), draft.give_up(wallet, unit, amount))
