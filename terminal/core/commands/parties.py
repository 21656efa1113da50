"""Whose wallet and card a command names, and what it undoes, whatever its kind."""

from __future__ import annotations

from terminal.core.commands.opens import Opens
from terminal.core.commands.sale import BookRechargeRefund, BookRefund, BookReversal, BookVoid
from terminal.core.commands.union import Command
from terminal.core.values import CardId, EntryId, WalletId


def opens_of(command: Command) -> Opens | None:
    """The wallet that begins with it."""
    opens: Opens | None = getattr(command, "opens", None)
    return opens


def wallet_of(command: Command) -> WalletId | None:
    """None also where the wallet is that of another entry, as in a refund."""
    opens = opens_of(command)
    wallet: WalletId | None = opens.wallet if opens else getattr(command, "wallet", None)
    return wallet


def card_of(command: Command) -> CardId | None:
    opens = opens_of(command)
    card: CardId | None = opens.card if opens else getattr(command, "card", None)
    return card


def undone_by(command: Command) -> EntryId | None:
    """The entry that it undoes, wholly or in part."""
    match command:
        case BookVoid(of=of) | BookReversal(of=of) | BookRefund(of=of) | BookRechargeRefund(lot=of):
            return of
        case _:
            return None
