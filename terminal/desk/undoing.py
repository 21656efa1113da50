"""What the `Desk` port asks before something is undone: which one, how much of it, and what that comes to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from functools import partial

from msgspec.structs import replace

from terminal.core.accounts import debt, held_by
from terminal.core.cart import centilitres, grams, pieces
from terminal.core.codes import ReceiptNumber, receipt_number
from terminal.core.commands import Booked, BookRechargeRefund, BookRefund, BookVoid, Measured
from terminal.core.errors import (
    BadAmount,
    BadQuantity,
    HeadquartersAway,
    HeldElsewhere,
    NoSuchReceipt,
    TerminalFault,
)
from terminal.core.given_back import GivenBack, customers, given_back, less_owed
from terminal.core.ledger import State as LedgerState
from terminal.core.ledger import posted
from terminal.core.ledger.looked_up import original, recharges
from terminal.core.money import Fen, amount
from terminal.core.original import Original, Receipt
from terminal.core.points import points_keyed
from terminal.core.ports import Books, Committer
from terminal.core.recharged import Recharged
from terminal.core.screens import Choice, Intent, Keying, Line, State, quantity_shown, says
from terminal.core.trust import Credential
from terminal.core.values import WalletId
from terminal.desk.asking import Asking
from terminal.desk.elsewhere import Elsewhere
from terminal.desk.heard import Card, Touched
from terminal.desk.outside import Services
from terminal.desk.paying_back import check_way_back
from terminal.desk.question import CANCEL
from terminal.desk.session import Session
from terminal.runtime.log import told as told_of

log = logging.getLogger(__name__)

_KEYED: dict[Measured, tuple[Keying, Callable[[str], int]]] = {
    Measured.PIECE: (Keying.PIECES, pieces),
    Measured.GRAM: (Keying.WEIGHT, grams),
    Measured.CENTILITRE: (Keying.LITRES, centilitres),
    Measured.DECAGRAM: (Keying.KILOGRAMS, centilitres),
    Measured.CENTICUBIC: (Keying.CUBIC_METRES, centilitres),
}
_PIECES_MAX = 999
"""On their pad; cards of a batch and uses may be more."""


class Undoing(Asking):
    """Reads the ledger as it stands, and decides nothing of it."""

    _services: Services
    _elsewhere: Elsewhere
    _books: Books
    _committer: Committer
    _session: Session

    async def ask_original(self, prompt: str, *, or_else: str) -> ReceiptNumber | Credential | Fen | None:
        choices = (Choice(do="skip", label=says(or_else)), CANCEL)
        with self._questions.asking(Card, ReceiptNumber) as question:
            while True:
                self._questions.ask(
                    State.KEYING, says(prompt), question, choices=choices, keying=Keying.RECEIPT
                )
                match await question.heard():
                    case Card(credential=credential):
                        return credential
                    case ReceiptNumber() as scanned:
                        return scanned
                    case Touched(intent=Intent(do="key", value=keyed)):
                        if (by := _keyed(keyed)) is not None:
                            return by
                        question.refuse(NoSuchReceipt(f"{len(keyed)} characters"))
                    case Touched():
                        return None
                    case _:
                        continue

    async def originals(
        self, of: ReceiptNumber | WalletId | None, kinds: Collection[str]
    ) -> Sequence[Original]:
        return await self._committer.ask(partial(_told, found=await self._receipts(of, kinds)))

    async def _receipts(
        self, of: ReceiptNumber | WalletId | None, kinds: Collection[str]
    ) -> Sequence[Receipt]:
        if isinstance(of, ReceiptNumber):
            one = await self._books.receipt(of)
            return (one,) if one else ()
        if of is not None:
            return await self._books.receipts_of(of, kinds)
        now = self._session.occasion()
        return await self._books.receipts_at(now.terminal, now.business_day, kinds)

    async def bring_original(self, original: Original) -> Original:
        entry = original.command.id
        reached = await self._elsewhere.bring_sale(entry)
        found = Receipt(entry=entry, number=original.receipt_no)
        for now in await self._committer.ask(partial(_told, found=(found,))):
            if not now.elsewhere:
                return now
        raise (HeldElsewhere if reached else HeadquartersAway)(original.receipt_no)

    async def recharges(self, wallet: WalletId) -> Sequence[Recharged]:
        return await self._committer.ask(partial(recharges, wallet=wallet))

    async def ask_quantity(self, prompt: str, measured: Measured, *, at_most: int, **values: str) -> int:
        many = measured is Measured.PIECE and at_most > _PIECES_MAX
        keying, understood = (Keying.COUNT, points_keyed) if many else _KEYED[measured]

        def keyed(text: str) -> int:
            quantity = understood(text)
            if not 0 < quantity <= at_most:
                raise BadQuantity(f"{quantity} of {at_most}")
            return quantity

        rest = Line(label=says("At most"), value=quantity_shown(at_most, measured))
        return await self._questions.keyed(says(prompt, **values), keyed, keying=keying, lines=(rest,))

    async def _with_original(self, booked: Booked) -> Booked:
        """It is booked: where what it undid cannot be read now, its receipt goes without."""
        if booked.back is None:
            return booked
        try:
            told = await self._books.booked(booked.command.id)
        except TerminalFault as fault:
            log.warning("what it undid is not known: id=%s why=%s", booked.command.id, told_of(fault))
            return booked
        return replace(booked, undid=told.undid) if told else booked

    async def foresee(self, command: BookVoid | BookRefund | BookRechargeRefund) -> GivenBack:
        back = await self._committer.ask(partial(_foreseen, command=command))
        await check_way_back(command, back, self._committer, self._services)
        return back


def _foreseen(state: LedgerState, *, command: BookVoid | BookRefund | BookRechargeRefund) -> GivenBack:
    done = posted(command, state)
    back = given_back(customers(done.postings, done.wallet))
    if done.wallet is None:
        return back
    owed: dict[str, tuple[int, int]] = {}
    for unit, comes in back.value:
        held = held_by(done.wallet, unit)
        owed[unit] = -state.balance(debt(held)), state.balance(held) + comes
    return less_owed(back, owed)


def _keyed(text: str) -> ReceiptNumber | Fen | None:
    """A receipt's number, or the sum of a sale; None: neither."""
    if (number := receipt_number(text)) is not None:
        return number
    try:
        return amount(text)
    except BadAmount:
        return None


def _told(state: LedgerState, found: Sequence[Receipt]) -> tuple[Original, ...]:
    """What is told of an entry that cannot be undone at a counter: nothing."""
    told = (original(state, one.entry, one.number) for one in found)
    return tuple(one for one in told if one is not None)
