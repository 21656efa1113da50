"""From commands to postings: one function for each kind of transaction.

`posted(command, state)` is all that a store needs: it says what a command does to accounts and lots, or
refuses. Adding a kind touches its own file and one line of the table here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from terminal.core import commands as c
from terminal.core.accounts import measure_of, named
from terminal.core.entry import POSTINGS_MAX, Entry
from terminal.core.errors import IntentUndone, NotBookable, Refused, TooMuchAtOnce
from terminal.core.ledger.debts import SETTLING, as_given, settled
from terminal.core.ledger.effects import Effect, IntentEnded
from terminal.core.ledger.gifts import grant
from terminal.core.ledger.holds import hold, released
from terminal.core.ledger.invoices import as_booked, invoice
from terminal.core.ledger.membership import (
    card,
    card_state,
    consent,
    erasure,
    issue,
    legal_hold,
    note,
    pin,
    profile,
    service,
    tier,
    transfer,
)
from terminal.core.ledger.merging import merge, merge_part, merged_again
from terminal.core.ledger.recharge import recharge, recharge_refund
from terminal.core.ledger.redo import NOT_AGAIN, AsItWas, on_wallets_of_today, redone
from terminal.core.ledger.refund import refund
from terminal.core.ledger.rights import directive, guest, rights_back
from terminal.core.ledger.sale import sale
from terminal.core.ledger.state import Card, Intent, Lot, Posted, State, Unbalanced, Wallet
from terminal.core.ledger.till import (
    cash_move,
    check_consumer,
    fleet_funds,
    intent,
    intent_end,
    shift_close,
    shift_open,
)
from terminal.core.ledger.undo import reversal, void
from terminal.core.ledger.value import (
    deposit,
    expiry,
    imported,
    redeem,
)
from terminal.core.ledger.withdrawals import withdrawal

__all__ = [
    "NOT_AGAIN",
    "Card",
    "Intent",
    "Lot",
    "Posted",
    "State",
    "Unbalanced",
    "Wallet",
    "kind_of",
    "kinds",
    "numbered",
    "posted",
    "posted_again",
    "prints",
    "replayed",
]

_KINDS: Final[dict[type[Any], tuple[str, Callable[[Any, State], Posted]]]] = {
    c.BookSale: ("sale", sale),
    c.BookRecharge: ("recharge", recharge),
    c.BookIssue: ("issue", issue),
    c.BookJoin: ("join", issue),
    c.BookVoid: ("void", void),
    c.BookReversal: ("reversal", reversal),
    c.BookRefund: ("refund", refund),
    c.BookRechargeRefund: ("recharge_refund", recharge_refund),
    c.BookGrant: ("grant", grant),
    c.BookRedeem: ("redeem", redeem),
    c.BookExpiry: ("expiry", expiry),
    c.BookWithdrawal: ("withdrawal", withdrawal),
    c.BookHold: ("hold", hold),
    c.BookRelease: ("release", released),
    c.BookDeposit: ("deposit", deposit),
    c.BookImport: ("import", imported),
    c.BookMerge: ("merge", merge),
    c.BookMergePart: ("merge_part", merge_part),
    c.BookInvoice: ("invoice", invoice),
    c.BookCard: ("card", card),
    c.BookCardState: ("card_state", card_state),
    c.BookTransfer: ("transfer", transfer),
    c.BookTier: ("tier", tier),
    c.BookPin: ("pin", pin),
    c.BookConsent: ("consent", consent),
    c.BookProfile: ("profile", profile),
    c.BookService: ("service", service),
    c.BookErasure: ("erasure", erasure),
    c.BookLegalHold: ("legal_hold", legal_hold),
    c.BookNote: ("note", note),
    c.BookShiftOpen: ("shift_open", shift_open),
    c.BookCashMove: ("cash_move", cash_move),
    c.BookShiftClose: ("shift_close", shift_close),
    c.BookFleetFunds: ("fleet_funds", fleet_funds),
    c.BookIntent: ("intent", intent),
    c.BookIntentEnd: ("intent_end", intent_end),
    c.BookDirective: ("directive", directive),
    c.BookRightsBack: ("rights_back", rights_back),
    c.BookGuest: ("guest", guest),
}

_PRINTED: Final = frozenset(
    {
        "sale",
        "recharge",
        "void",
        "refund",
        "recharge_refund",
        "redeem",
        "deposit",
        "cash_move",
        "shift_close",
        "fleet_funds",
    }
)
"""Kinds whose entry has a receipt number and a print job, always."""


def kinds() -> dict[type[Any], str]:
    return {command: kind for command, (kind, _) in _KINDS.items()}


def kind_of(command: c.Command) -> str:
    return _KINDS[type(command)][0]


def prints(kind: str) -> bool:
    """Whether every entry of that kind has a receipt number and a print job."""
    return kind in _PRINTED


def numbered(command: c.Command) -> bool:
    """Whether its entry has a receipt number and a print job; of notes that of work on many cards alone."""
    return prints(kind_of(command)) or (isinstance(command, c.BookNote) and command.what == c.BATCH)


def posted(command: c.Command, state: State) -> Posted:
    """What the command does, decided inside the transaction.

    Raises:
        Refused: the rules of the ledger say no.
        Unbalanced: a defect of ours: the postings do not sum to zero.
    """
    if command.at.second == command.at.operator:
        raise NotBookable("the second signature is the first one's")
    kind, decide = _KINDS[type(command)]
    found = decide(command, state)
    if kind in SETTLING:
        found = settled(found, kind, state)
    _check_sums(command, found)
    if (rows := max(len(found.postings), len(found.lots))) > POSTINGS_MAX:
        raise TooMuchAtOnce(f"{rows} postings or lots at once")
    waits = state.intent_for(command.id)
    if waits is None:
        return found
    if waits.end:
        raise IntentUndone("what it was to consume was ended before")
    asked = state.entry(waits.intent)
    if asked is not None and isinstance(asked.payload, c.BookIntent):
        check_consumer(asked.payload, command)
    ended = IntentEnded(intent=waits.intent, end=c.IntentEnd.DONE)
    return replace(found, effects=(*found.effects, ended))


def posted_again(entry: Entry, state: State) -> Posted:
    """The same fact on another branch of the journal; never refused. See `core.ledger.redo`."""
    if entry.kind in NOT_AGAIN:
        raise Unbalanced(f"{entry.kind} is not booked again")
    try:
        by_rules: Posted | Refused = posted(entry.payload, state)
    except Refused as refusal:
        by_rules = refusal
    found = redone(as_given(entry), by_rules, state, _as_it_was(entry, state))
    _check_sums(entry.payload, found)
    return found


def replayed(entry: Entry, state: State) -> Posted:
    """What an entry did, written into another file: accounts and lots as its body says, never judged anew.

    What it changed beside them follows from its command.
    """
    try:
        effects = posted(entry.payload, state).effects
    except Refused:  # It was booked again, or under rules of another version.
        effects = _as_it_was(entry, state)
    found = Posted(
        postings=tuple((named(account), amount) for account, amount in entry.postings),
        lots=entry.lots,
        wallet=entry.wallet or c.wallet_of(entry.payload),
        effects=effects,
        uncovered=tuple((named(account), amount) for account, amount in entry.uncovered),
    )
    _check_sums(entry.payload, found)
    return found


def _as_it_was(entry: Entry, state: State) -> tuple[Effect, ...]:
    if isinstance(entry.payload, c.BookMerge):
        return merged_again(entry, entry.payload, state).effects
    try:
        found = posted(entry.payload, AsItWas(state, entry)).effects
    except Refused:
        return as_booked(entry.payload, state) if isinstance(entry.payload, c.BookInvoice) else ()
    return tuple(on_wallets_of_today(found, entry, state))


def _check_sums(command: c.Command, found: Posted) -> None:
    sums: defaultdict[str, int] = defaultdict(int)
    for account, amount in found.postings:
        sums[measure_of(account.unit)] += amount
    if wrong := {measure: total for measure, total in sums.items() if total}:
        raise Unbalanced(f"{kind_of(command)}: {wrong}")
