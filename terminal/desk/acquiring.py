"""Charging codes, using vouchers: written down first, asked about until known, taken back where it must."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import TypeVar

from terminal.core.acquirer import CODE_PAYMENT, CODE_REFUND, Order, Outcome, PayCode, Said
from terminal.core.card_terminal import before_of, begun_after
from terminal.core.commands import BookIntent, BookIntentEnd, IntentEnd, Occasion
from terminal.core.errors import (
    Cancelled,
    CardNotPaid,
    CardTerminalAway,
    NotPaidOutside,
    PaymentInDoubt,
    TerminalFault,
)
from terminal.core.group_buy import Bought, GroupCode, Offer, WhyNot, begun_for
from terminal.core.money import Fen, shown
from terminal.core.ports import Books, Committer, Ids
from terminal.core.screens import Message, State, says
from terminal.core.values import EntryId, WalletId
from terminal.desk.alarms import Alarms
from terminal.desk.booking import Booking
from terminal.desk.heard import OutsideSaid
from terminal.desk.outside import Ask, Services, is_payment, refusal
from terminal.desk.paying_back import GivesBack, owed, settled
from terminal.desk.question import CANCEL, Questions
from terminal.runtime.log import told

T = TypeVar("T")

log = logging.getLogger(__name__)

ASK_MS = 1_500
"""Between two questions about a payment that the customer has still to confirm."""
UNDO_MS = (0, 500, 1_000, 2_000)
"""Before each try to take one back while the attendant waits; afterwards it goes on beside the sale."""
AGAIN_MS_MAX = 60_000
"""The longest pause between two tries beside the sale."""


class Acquiring:
    """The counter's side of whoever takes money outside. It belongs to the customer who is served."""

    def __init__(  # noqa: PLR0913  what it needs of the counter, each by its name
        self,
        services: Services,
        *,
        booking: Booking,
        committer: Committer,
        books: Books,
        ids: Ids,
        occasion: Callable[[], Occasion],
        questions: Questions,
        alarms: Alarms,
    ) -> None:
        self._services = services
        self._booking = booking
        self._committer = committer
        self._books = books
        self._ids = ids
        self._occasion = occasion
        self._questions = questions
        self._alarms = alarms
        self.on_doubts: Callable[[int], None] = lambda _left: None
        """Told how many payments of before nobody knows the end of."""
        self._served: dict[EntryId, BookIntent] = {}
        """The intents of the customer who is served: nobody else takes those back."""
        self._asking = asyncio.Lock()
        """What is open is ended one at a time, beside the sale or by a person."""
        self._undecided: set[EntryId] = set()
        self._stir = asyncio.Event()

    async def charge(self, code: PayCode, fen: Fen, consumer: EntryId, wallet: WalletId | None) -> str:
        """Returns once it is paid, a mark of who paid where that is known; then `consumer` must be booked.

        Raises:
            NotPaidOutside, Cancelled: nothing was taken, and no voucher used that was to pay with it.
            PaymentInDoubt: nobody knows; it is taken back beside the sale, and stands on the Z until it is.
        """
        asked = BookIntent(
            id=self._new_id(),
            at=self._occasion(),
            what=CODE_PAYMENT,
            amount=fen,
            consumed_by=consumer,
            wallet=wallet,
        )
        title = says("The customer confirms on the phone. Cancel takes it back.")
        said = await self._done_or_back(asked, self._services.charges(code), title)
        return self._services.marked(f"{code.wallet}:{said.payer}") if said.payer else ""

    async def charge_card(self, fen: Fen, consumer: EntryId, wallet: WalletId | None) -> None:
        """As `charge`, of a card that the customer presents at the bank's terminal.

        Raises CardTerminalAway: it is told nothing, because nobody could ask it afterwards.
        """
        for doubt in await self.cards_in_doubt():  # What this one prints must not be taken for theirs.
            await self._ended(doubt)
        last = await self._services.cards.last() if self._services.cards else None
        if last is None:
            raise CardTerminalAway("no last receipt")
        if any(before_of(doubt.what) == last.number for doubt in await self.cards_in_doubt()):
            raise CardTerminalAway("what was before is not ended")
        asked = BookIntent(
            id=self._new_id(),
            at=self._occasion(),
            what=begun_after(last),
            amount=fen,
            consumed_by=consumer,
            wallet=wallet,
        )
        title = says("The customer pays at the bank's terminal. Cancel stops it.")
        await self._done_or_back(asked, self._services.charges_card(), title)

    async def redeem(self, voucher: Bought, fen: Fen, sale: EntryId, wallet: WalletId | None) -> EntryId:
        """The intent that `sale` must then be booked with. Raises what `charge` does."""
        asked = BookIntent(
            id=self._new_id(),
            at=self._occasion(),
            what=begun_for(voucher.offer.platform, sale),
            amount=fen,
            consumed_by=self._new_id(),  # Nothing: the sale names the intents of its vouchers.
            wallet=wallet,
        )
        title = says("The platform is asked. Cancel takes it back.")
        await self._done_or_back(asked, self._services.redeems(voucher), title)
        return asked.id

    async def verify(self, code: GroupCode) -> Offer:
        """Raises VoucherRefused; Cancelled: the attendant gives up."""
        if self._services.group_buy is None:
            raise RuntimeError("nobody verifies vouchers")
        title = says("Asking the platform about the voucher. Wait.")
        said = await self._heard_of(self._services.group_buy.offer(code), title)
        if isinstance(said, WhyNot):
            raise refusal(said)
        return said

    async def _done_or_back(self, intent: BookIntent, ask: Ask, title: Message) -> Said:
        self._served[intent.id] = intent
        await self._booking.book(intent, None)
        refused: TerminalFault | Cancelled
        try:
            said = await self._heard_of(self._asked(intent, ask), title, amount=shown(intent.amount))
        except (Cancelled, TerminalFault) as ended:
            refused = ended
        else:
            if said.outcome is Outcome.PAID:
                return said
            refused = _refusal(intent, said)
        title = says("Taking the payment back. Wait.")
        self._questions.stage.show(State.READING, title, amount=shown(intent.amount))
        if await self._taken_back():
            raise refused
        raise PaymentInDoubt(f"id {intent.id}")

    async def owes(self, command: GivesBack) -> None:
        """Before it is booked; what goes back does so once it is, and is tried again until it went."""
        begun = await owed(command, self._committer, new_id=self._new_id, at=self._occasion())
        for one in begun:
            self._served[one.id] = one
            await self._booking.book(one, None)

    async def refunds_owed(self) -> Sequence[BookIntent]:
        """Booked, and not given back by the acquirer yet."""
        begun = await self._books.open_intents()
        return [one for one in begun if one.what.startswith(CODE_REFUND) and one.id not in self._undecided]

    async def cards_in_doubt(self) -> Sequence[BookIntent]:
        """Charged at the bank's terminal perhaps, never booked, and not known to have gone back."""
        begun = await self._books.open_intents()
        return [
            one
            for one in begun
            if before_of(one.what) is not None
            and one.id not in self._served
            and one.id not in self._undecided
        ]

    async def refund_again(self, owed: BookIntent) -> Said:
        """What the acquirer says to one more try. Until the customer has gone there is no other."""
        self._served[owed.id] = owed
        async with self._asking:
            if not await self._open(owed):
                return Said(outcome=Outcome.PAID)
            end, said = await settled(
                owed, self._services, self._committer, id_=self._new_id(), at=self._occasion()
            )
            if end is not None and not await self._kept(end):
                return Said(outcome=Outcome.UNKNOWN)
            return said

    async def _open(self, begun: BookIntent) -> bool:
        """Since it was looked up it may have been sold by, or have gone back, or people paid it."""
        return any(one.id == begun.id for one in await self._books.open_intents())

    def _new_id(self) -> EntryId:
        return EntryId(self._ids.new())

    def over(self, *, undecided: bool = False) -> None:
        """The customer has gone: what of theirs is still open is taken back beside the sale.

        `undecided`: nobody knows whether it was booked, so it is left as it is until the next start does.
        """
        if self._served:
            if undecided:
                self._undecided.update(self._served)
            self._served.clear()
            self._stir.set()

    async def run(self) -> None:
        """Takes back what was begun and never booked: by an earlier run, or for a customer who has gone."""
        pause_ms = ASK_MS
        while True:
            self._stir.clear()
            try:
                left = await self._swept()
            except TerminalFault as fault:
                log.warning("payments outside wait for the ledger: why=%s", told(fault))
                left = 1
            pause_ms = min(2 * pause_ms, AGAIN_MS_MAX) if left else ASK_MS
            stop = self._alarms.after(pause_ms, self._stir.set) if left else None
            try:
                await self._stir.wait()
            finally:
                if stop:
                    stop()

    async def _swept(self) -> int:
        """How many of them nobody knows the end of, after one more try with each."""
        left = 0
        for begun in await self._books.open_intents():
            if is_payment(begun) or begun.what.startswith(CODE_REFUND):
                left += not await self._ended(begun)
        self.on_doubts(left)
        return left

    async def _ended(self, begun: BookIntent) -> bool:
        """Or it is not to be ended here: whoever looked it up may have waited for others since."""
        async with self._asking:
            if begun.id in self._undecided:
                return False
            if begun.id in self._served or not await self._open(begun):
                return True
            if is_payment(begun):
                return await self._undone(begun, served=False)
            end, _ = await settled(
                begun, self._services, self._committer, id_=self._new_id(), at=self._occasion()
            )
            return end is not None and await self._kept(end)

    async def _heard_of(self, ask: Coroutine[None, None, T], title: Message, amount: str = "") -> T:
        """What is said outside. Raises Cancelled: the attendant gives up, or nothing is heard for long."""
        asking = asyncio.create_task(ask)
        asking.add_done_callback(lambda _: self._questions.inbox.put(OutsideSaid()))
        try:
            with self._questions.asking(OutsideSaid) as question:
                self._questions.ask(State.READING, title, question, amount=amount, choices=(CANCEL,))
                while not asking.done():
                    await question.heard()
            return asking.result()
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await asking

    async def _asked(self, intent: BookIntent, ask: Ask) -> Said:
        """Until it is paid or refused."""
        said = await ask(Order(id=intent.id, amount=intent.amount))
        while said.outcome not in {Outcome.PAID, Outcome.REFUSED, Outcome.UNDONE}:
            await self._alarms.pause(ASK_MS)
            said = await self._services.query(intent)
        return said

    async def _taken_back(self) -> bool:
        """Whether it is known of all that was begun for this customer that nothing of it is taken."""
        left = [one for one in self._served.values() if is_payment(one)]
        for pause_ms in UNDO_MS:
            if pause_ms:
                await self._alarms.pause(pause_ms)
            left = [one for one in left if not await self._undone(one, served=True)]
            if not left:
                self._served.clear()
                return True
        return False

    async def _undone(self, begun: BookIntent, *, served: bool) -> bool:
        """Whether it is known, and kept, that nothing of it is taken."""
        said = await self._services.undo(begun, served=served)
        if said.outcome is not Outcome.UNDONE:
            log.warning("a payment outside is in doubt: id=%s", begun.id)
            return False
        end = BookIntentEnd(
            id=self._new_id(),
            at=self._occasion(),
            intent=begun.id,
            end=IntentEnd.UNDONE,
            evidence=said.evidence,
        )
        return await self._kept(end)

    async def _kept(self, end: BookIntentEnd) -> bool:
        try:
            await self._committer.submit(end)
        except TerminalFault as fault:
            log.warning("how a payment outside ended is not booked yet: why=%s", told(fault))
            return False
        return True


def _refusal(intent: BookIntent, said: Said) -> NotPaidOutside:
    refused = NotPaidOutside if before_of(intent.what) is None else CardNotPaid
    return refused(f"{said.outcome} {said.evidence}".rstrip())
