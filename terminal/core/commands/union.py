"""Everything that can be booked."""

from __future__ import annotations

from terminal.core.commands.care import (
    BookCard,
    BookCardState,
    BookConsent,
    BookErasure,
    BookJoin,
    BookLegalHold,
    BookNote,
    BookPin,
    BookProfile,
    BookService,
    BookTier,
    BookTransfer,
)
from terminal.core.commands.directed import BookDirective, BookGuest, BookRightsBack
from terminal.core.commands.sale import BookRechargeRefund, BookRefund, BookReversal, BookSale, BookVoid
from terminal.core.commands.till import (
    BookCashMove,
    BookFleetFunds,
    BookIntent,
    BookIntentEnd,
    BookShiftClose,
    BookShiftOpen,
)
from terminal.core.commands.value import (
    BookDeposit,
    BookExpiry,
    BookGrant,
    BookHold,
    BookImport,
    BookInvoice,
    BookIssue,
    BookMerge,
    BookMergePart,
    BookRecharge,
    BookRedeem,
    BookRelease,
    BookWithdrawal,
)

Command = (
    BookSale
    | BookRecharge
    | BookIssue
    | BookVoid
    | BookReversal
    | BookRefund
    | BookRechargeRefund
    | BookGrant
    | BookRedeem
    | BookExpiry
    | BookWithdrawal
    | BookHold
    | BookRelease
    | BookDeposit
    | BookImport
    | BookMerge
    | BookMergePart
    | BookInvoice
    | BookJoin
    | BookCard
    | BookCardState
    | BookTransfer
    | BookTier
    | BookPin
    | BookConsent
    | BookProfile
    | BookService
    | BookErasure
    | BookLegalHold
    | BookNote
    | BookShiftOpen
    | BookCashMove
    | BookShiftClose
    | BookFleetFunds
    | BookIntent
    | BookIntentEnd
    | BookDirective
    | BookRightsBack
    | BookGuest
)
