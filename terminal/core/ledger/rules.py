"""Checks and steps that several kinds of transaction share."""

from __future__ import annotations

from terminal.core.accounts import Account, coupon, issued
from terminal.core.commands import Opens
from terminal.core.entry import LotTaken
from terminal.core.errors import BadAmount, CardNotUsable, InsufficientFunds, NotBookable, UnknownCard
from terminal.core.ledger.state import State
from terminal.core.money import AMOUNT_MAX
from terminal.core.values import CardId, WalletId

LINES_MAX = 500
COUPONS_MAX = 100

Postings = list[tuple[Account, int]]


def check_amount(fen: int, what: str, *, least: int = 0) -> None:
    """Raises `BadAmount` for what no honest counter sends."""
    if not least <= fen <= AMOUNT_MAX:
        raise BadAmount(f"{what} is {fen}")


def check_holder(wallet: WalletId, card: CardId | None, opens: Opens | None, state: State) -> None:
    """The wallet is there, or begins here and now; the card belongs to it and may be used."""
    if opens is not None:
        if opens.wallet != wallet or opens.card != card:
            raise NotBookable("opens another wallet than it books on")
        return
    if not state.opened(wallet):
        raise UnknownCard("no such wallet")
    if card is None:
        return
    known = state.card(card)
    if known is None or known.wallet != wallet:
        raise UnknownCard("no such card of this wallet")
    if not known.active:
        raise CardNotUsable("card is not active")


def opening(opens: Opens, state: State) -> Postings:
    """What a new wallet begins with: its coupons, each in an account of its own."""
    if state.opened(opens.wallet) or (opens.card is not None and state.card(opens.card) is not None):
        raise NotBookable("the wallet or card exists")
    if len(opens.coupons) > COUPONS_MAX or len({one.coupon for one in opens.coupons}) < len(opens.coupons):
        raise NotBookable("too many coupons, or one twice")
    given: Postings = [(coupon(opens.wallet, one.coupon), 1) for one in opens.coupons]
    if given:
        given.append((issued(state.site, "coupon"), -len(given)))
    return given


def taken(wallet: WalletId, unit: str, amount: int, state: State) -> tuple[LotTaken, ...]:
    """`amount` out of the wallet's lots, oldest first (product.md B2)."""
    found: list[LotTaken] = []
    left = amount
    for lot in state.lots(wallet, unit):
        if not left:
            break
        part = min(left, lot.rest)
        found.append(LotTaken(unit=unit, lot=lot.lot, amount=-part))
        left -= part
    if left:
        raise InsufficientFunds(f"{left} of {amount} lie in no lot")
    return tuple(found)
