"""What flows ask of the counter: the members' value, their PINs, and to book once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import NoReturn, TypeVar, Unpack

from msgspec.structs import replace

from terminal.core.buyer import AskedFor
from terminal.core.cards_held import CardsHeld
from terminal.core.cart import Presented, called
from terminal.core.codes import ArticleCode
from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookCashMove,
    BookDeposit,
    Booked,
    BookFleetFunds,
    BookGrant,
    BookImport,
    BookJoin,
    BookMerge,
    BookNote,
    BookPin,
    BookProfile,
    BookRecharge,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookSale,
    BookService,
    BookShiftClose,
    BookShiftOpen,
    BookTier,
    BookTransfer,
    BookVoid,
    Command,
    Listed,
    Occasion,
    OwnSlip,
    Private,
)
from terminal.core.commission import Rates
from terminal.core.errors import OutcomeUndecided, OutcomeUnknown, ShiftIsClosed, TerminalFault
from terminal.core.fill_words import fill_of_anybody
from terminal.core.fleet import DayLimits
from terminal.core.going_ahead import go_ahead
from terminal.core.held_coupons import where
from terminal.core.ledger import State as LedgerState
from terminal.core.ledger.earned import earned_before
from terminal.core.ledger.holds import Hold
from terminal.core.ledger.membership import following
from terminal.core.money import Fen
from terminal.core.pin import PinCause
from terminal.core.policy import Policy
from terminal.core.receipts import has_paper
from terminal.core.rights import Want
from terminal.core.screens import Choice, HolderShown, Message, State, holder_shown, says
from terminal.core.services import KEPT_MAX, Service
from terminal.core.trust import Credential, Holder
from terminal.core.values import EntryId, MemberId, StaffId, WalletId
from terminal.core.visit import Usable
from terminal.desk.acquiring import Acquiring
from terminal.desk.approving import Approving
from terminal.desk.batching import Batching
from terminal.desk.booking import Booking
from terminal.desk.by_hand import ByHand
from terminal.desk.charging import Charging
from terminal.desk.doing import Doing
from terminal.desk.elsewhere import Elsewhere
from terminal.desk.filling import Filling
from terminal.desk.finding import Finding
from terminal.desk.heard import Badge, Touched
from terminal.desk.held_fills import HeldFills
from terminal.desk.inbox import Inbox
from terminal.desk.invoices import AskingInvoices
from terminal.desk.means import Means, Shop
from terminal.desk.offers import REPRINT
from terminal.desk.outside import Services
from terminal.desk.overriding import Overriding
from terminal.desk.own import OwnCards
from terminal.desk.own_data import OwnData
from terminal.desk.paying_back import GivesBack
from terminal.desk.pictures import Pictures
from terminal.desk.pins import PinDesk
from terminal.desk.points import PointsDesk
from terminal.desk.prices import Offer, Prices
from terminal.desk.pumping import Pumping
from terminal.desk.question import Questions
from terminal.desk.shift import AtTheDrawer, Shifts
from terminal.desk.shown import amount_shown, approved_lines, paid_shown
from terminal.desk.stage import ScreenParts, Stage
from terminal.desk.tiers import TierDesk
from terminal.desk.undoing import Undoing
from terminal.desk.upkeep import Upkeep
from terminal.desk.wording import Wording
from terminal.flows.introducing import to_introducer

log = logging.getLogger(__name__)

T = TypeVar("T")
OK = Choice(do="done", label=says("OK"), key="Enter")
NEXT_CUSTOMER = Choice(do="done", label=says("Next customer"), key="Enter")


class Serving(
    Pumping,
    Batching,
    Undoing,
    AtTheDrawer,
    Approving,
    Charging,
    AskingInvoices,
    ByHand,
    OwnData,
    Upkeep,
    Wording,
):
    """The `Desk` of one customer after the other."""

    def __init__(self, shop: Shop, means: Means, stage: Stage, inbox: Inbox) -> None:
        settings, session = shop.settings, means.session
        rates = Rates(shop.policy.commissions)
        first = shop.policy.shift_first
        shifts = Shifts(means.books, session, stage, settings.staff, counted_first=first)
        pictures = Pictures(
            means.books,
            lambda: session.occasion().business_day,
            means.lasting,
            means.committer.ask,
            shifts.called,
            services=shop.policy.keeps_services,
            kinds=shop.policy.card_kinds,
        )
        super().__init__(
            Questions(stage, inbox, means.alarms, settings.question_s * 1000),
            shop.policy,
            Prices(
                shop.offer,
                session,
                means.ids,
                pictures,
                stock=means.stock,
                rates=rates,
                kinds=shop.policy.card_kinds,
            ),
            means.parked,
            means.codes,
        )
        self._pictures = pictures
        self._stage = stage
        self._means = means
        self._training = shop.training
        self._settings = settings
        self._shifts = shifts
        self._booking = Booking(means.committer, means.alarms, self._show_doubt, self._rules)
        self._carting.where = self._where
        if shop.policy.override_reasons:
            overriding = Overriding(self._questions, shop.policy, self._prices, self)
            self._carting.override = overriding.overridden
        if shop.policy.grades:
            self._carting.fill = partial(self._fill, fill_of_anybody(shop.policy))
        self._carting.doing = Doing(rates, self._shifts, self.choose_attendant)
        self._charges = means.acquirer is not None
        self._by_name = Finding(self._questions, means.books).found
        self._copies = means.copies
        self._books, self._committer, self._session = means.books, means.committer, session
        self._points = PointsDesk(means.committer, means.ids, session.occasion, shop.policy)
        self._tiers = TierDesk(means.committer, means.ids, session.occasion, shop.policy)
        self._elsewhere = Elsewhere(means.books, means.committer, means.ids, session.occasion, shop.policy)
        self._own = OwnCards(
            means.books,
            self._shifts,
            committer=means.committer,
            kept=means.own_wallets,
            known=self._elsewhere.knows,
        )
        self._pins = PinDesk(
            means.pins, self._questions, shop.policy.without_pin, session.occasion, self._shifts.verifier
        )
        self._services = Services(
            acquirer=means.acquirer, group_buy=means.group_buy, cards=means.cards, marked=means.marked
        )
        self._acquiring = (
            Acquiring(
                self._services,
                booking=self._booking,
                committer=means.committer,
                books=means.books,
                ids=means.ids,
                occasion=session.occasion,
                questions=self._questions,
                alarms=means.alarms,
            )
            if means.acquirer or means.group_buy or means.cards
            else None
        )
        self._filling = self._made_filling(shop, means)
        self._promised: dict[EntryId, Offer] = {}
        self._invoicing = means.invoicing
        self._booked: Booked | None = None
        self._roams = False
        """Whether members' value may lie elsewhere."""
        self._as_of = ""
        """When headquarters was there last, since it is not."""
        self._show_face: Callable[[Booked], None] = lambda _booked: None

    def _shown(self, holder: Holder) -> HolderShown:
        as_of = "" if self._stage.status.online or not self._roams else self._as_of
        notes, tier = self._pictures.notes(holder), self._tier(holder)
        return holder_shown(holder, roams=self._roams, as_of=as_of, notes=notes, tier=tier)

    @property
    def roams(self) -> bool:
        return self._roams

    async def _where(self, coupon: str) -> Presented:
        return await self._means.committer.ask(partial(where, coupon=coupon))

    @property
    def reserved(self) -> tuple[Presented, ...]:
        return self._carting.reserved

    def waited_for(self) -> tuple[Want, ...]:
        """Rights that parked carts wait with for their customers."""
        return tuple(Want(account=one.account, amount=1) for one in self.reserved if one.account)

    @property
    def training(self) -> bool:
        return self._training

    def gives_back(self) -> None:
        self._stage.back = True

    async def change_over(self) -> NoReturn:
        self._stage.show(State.SAYING, says("One moment: the counter is changed over."))
        self._means.change_over()
        await asyncio.Event().wait()  # Ended from outside.
        raise RuntimeError("the counter went on")

    @property
    def acquiring(self) -> Acquiring | None:
        """For its service; None: the shop has no acquirer, and verifies no vouchers."""
        return self._acquiring

    @property
    def filling(self) -> Filling | None:
        """For its service; None: no nozzle is released from here."""
        return self._filling

    def _made_filling(self, shop: Shop, means: Means) -> Filling | None:
        if means.forecourt is None:
            return None
        booking = Booking(means.committer, means.alarms, lambda: None, self._rules)
        occasion = means.session.occasion
        return Filling(
            means.forecourt,
            policy=shop.policy,
            booking=booking,
            committer=means.committer,
            books=means.books,
            occasion=occasion,
            alarms=means.alarms,
            sells=HeldFills(
                shop.policy,
                prices=partial(self._as_released, shop.policy),
                committer=means.committer,
                is_own=self.is_own,
                new_id=means.ids.new,
                brings=partial(to_introducer, self),
            ),
            sold=partial(self._sold_beside, booking),
        )

    def _as_released(self, policy: Policy, hold: Hold) -> Prices:
        """What stood at that release stands for its fill, also across 24:00 (product.md C2)."""
        means, at = self._means, hold.entry.at
        buyers = Pictures(means.books, lambda: at.business_day, ask=means.committer.ask)
        offer = self._promised.get(hold.command.id, self._prices.offer)
        return Prices(
            offer,
            means.session,
            means.ids,
            buyers,
            rates=Rates(policy.commissions),
            kinds=policy.card_kinds,
            released=at,
        )

    async def _begin_shift(self) -> None:
        await self._shifts.begin(self._booking, self.new_id())

    async def _sold_beside(self, booking: Booking, sale: BookSale) -> Booked:
        """Nobody waits for it at the counter; its receipt comes out when it is booked.

        Raises ShiftIsClosed: a shift is being opened or closed, and it would be on no Z. Not now, then.
        """
        if self._stage.flow != "shift":  # There somebody counts it in or out just now.
            await self._shifts.look()
            await self._shifts.begin(booking, self.new_id())
        now = self._shifts.now
        if now is None or now.shift != sale.at.shift:
            raise ShiftIsClosed("which shift it is sold in is not known now")
        self._means.printing.expect(sale.id)
        booked = await self._told(await booking.book(sale, None))
        if not booked.again:
            self._means.printing.original(booked)
            self._means.beside.booked(booked)
        return booked

    def new_id(self) -> EntryId:
        return EntryId(self._means.ids.new())

    def secret(self, size: int) -> bytes:
        return self._means.secret(size)

    def occasion(self, operator: StaffId | None = None, second: StaffId | None = None) -> Occasion:
        return self._means.session.occasion(operator, second)

    async def holder(self, credential: Credential) -> Holder | None:
        found = await self._elsewhere.holder(credential)
        if found is None:
            return None
        # This one first: what is written off then is no visit, nor is a tier. Mostly neither has to wait.
        await self._pictures.look(found)
        with_points = await self._points.of(found)
        self._pictures.allows(found, await self._prices.allowed(found))
        return await self._tiers.of(with_points)

    async def cards_held(self, credential: Credential) -> CardsHeld | None:
        held = await self._elsewhere.cards_held(credential)
        return held.on(self._session.occasion().business_day) if held else None

    async def was_members(self, phone: Credential) -> bool:
        return await self._books.was_members(phone)

    async def bring(self, card: Credential, holder: Holder, wants: Sequence[Want]) -> Usable:
        usable = await self._elsewhere.bring(card, holder, wants)
        return replace(usable, holder=await self._points.of(usable.holder))

    async def pin_cause(self, card: Credential, holder: Holder, fen: Fen) -> PinCause | None:
        return await self._pins.cause(card, holder, fen, roams=self._roams)

    async def is_own(self, holder: Holder, operator: StaffId | None = None) -> bool:
        day = self._session.occasion().business_day
        return await self._own.holds(operator or self._shifts.operator, holder, day)

    async def earned_before(self, holder: Holder, principal: int) -> int:
        if not principal:
            return 0
        return await self._committer.ask(lambda state: earned_before(state, holder.wallet, principal))

    @property
    def gives_bringers(self) -> bool:
        return self._prices.offer.tariff.gives_bringers

    async def is_staffs(self, holder: Holder) -> bool:
        return await self._own.anybodys(holder)

    async def was_given(self, card: Credential, holder: Holder) -> bool:
        return await self._means.pins.given_away(holder, card)

    async def has_pin(self, card: Credential, holder: Holder) -> bool:
        return await self._means.pins.has(holder, card)

    async def ask_pin(  # noqa: PLR0913  what stands on the screen, each by its name
        self,
        prompt: str,
        *,
        amount: Fen,
        points: int = 0,
        why: Message | None = None,
        left: int | None = None,
        skip: str = "",
    ) -> str | None:
        return await self._pins.asked(prompt, amount=amount, points=points, why=why, left=left, skip=skip)

    async def check_pin(self, card: Credential, holder: Holder, pin: str) -> None:
        await self._means.pins.check(holder, card, pin)

    async def book_care(
        self, command: BookCard | BookCardState | BookTransfer | BookMerge, private: Private | None = None
    ) -> Booked:
        if isinstance(command, BookTransfer):
            command = await self._means.committer.ask(partial(following, command))
        booked = await self._book(command, private)
        if isinstance(command, BookTransfer) and command.onto is not None:
            await self._onto(command, command.onto)
        return booked

    async def _onto(self, given: BookTransfer, onto: WalletId) -> None:
        """What does not go now is gone on with as any merge that was cut off."""
        joined = BookMerge(id=self.new_id(), at=given.at, wallet=given.wallet, into=onto, tier=given.tier)
        self._means.printing.expect(joined.id)
        try:
            self._means.printing.original(await self._booked_whole(joined, None))
        except TerminalFault as fault:
            log.warning("what was given to a member is not on their membership yet: %s", fault)

    async def services(self, member: MemberId) -> Sequence[Service]:
        return await self._books.services_of(member, KEPT_MAX)

    def called(self, staff: StaffId) -> str:
        return self._shifts.called(staff)

    async def book_kept(self, command: BookService | BookProfile, private: Private) -> None:
        self._stage.show(State.PROCESSING, says("Booking. Do not remove the card."))
        await self._booking.book(command, private)

    async def book_pin(self, chosen: BookPin, pin: str) -> None:
        self._stage.show(State.PROCESSING, says("Booking. Do not remove the card."))
        await self._booking.book(chosen, Private(pin=await self._means.pins.verifier(pin)))

    async def book_staff_pin(self, note: BookNote, pin: str) -> None:
        self._stage.show(State.PROCESSING, says("Booking. Do not remove the card."))
        await self._booking.book(note, Private(pin=await self._means.pins.verifier(pin)))

    async def book_tier(self, command: BookGrant | BookTier) -> None:
        self._stage.show(State.PROCESSING, says("Booking. Do not remove the card."))
        await self._own.check(command)
        await self._booking.book(command, None)
        await self._tiers.look(command.wallet)

    def mark(self, text: str) -> str:
        return self._means.marked(text)

    async def day_limits(self, company: str, card: str) -> DayLimits:
        return await self._means.day_limits(company, card)

    async def ask_ledger(self, question: Callable[[LedgerState], T]) -> T:
        return await self._means.committer.ask(question)

    async def book_import(self, imported: BookImport) -> Booked:
        return await self._book(imported, None)

    async def book_redeem(self, redeemed: BookRedeem) -> Booked:
        return await self._book(redeemed, None)

    async def book_grant(self, grant: BookGrant) -> Booked:
        return await self._book(grant, None)

    async def book_claimed(self, note: BookNote) -> Booked:
        return await self._book(note, None)

    async def book_deposit(self, deposit: BookDeposit) -> Booked:
        return await self._book(deposit, None)

    async def book_funds(self, funds: BookFleetFunds) -> Booked:
        return await self._book(funds, None)

    async def book_join(self, join: BookJoin, private: Private, pin: str | None) -> Booked:
        verifier = await self._means.pins.verifier(pin) if pin else ""
        return await self._book(join, replace(private, pin=verifier))

    async def book_sale(self, sale: BookSale, private: Private | None = None) -> Booked:
        return await self._book(sale, private)

    async def book_recharge(self, recharge: BookRecharge, private: Private | None = None) -> Booked:
        return await self._book(recharge, private)

    async def book_shift(self, command: BookShiftOpen | BookCashMove | BookShiftClose | BookNote) -> Booked:
        booked = await self._book(command, None)
        await self._shifts.look()
        return booked

    async def book_back(self, command: BookVoid | BookRefund | BookRechargeRefund) -> Booked:
        booked = await self._book(command, None)
        if self._filling is not None and isinstance(command, BookVoid):
            self._filling.undone()
        return booked

    async def _book(
        self,
        command: Command,
        private: Private | None,
        listed: Listed | None = None,
        asked: AskedFor | None = None,
        own: OwnSlip | None = None,
    ) -> Booked:
        """`listed`, `asked`, `own`: what is printed of it, and stands in no entry."""
        if self._booked is not None:
            raise RuntimeError("a flow books once")
        await self._own.check(command)
        self._stage.show(
            State.PROCESSING, says("Booking. Do not remove the card."), amount=paid_shown(command)
        )
        if not isinstance(command, BookShiftOpen):
            await self._shifts.begin(self._booking, self.new_id())
        if isinstance(command, BookShiftOpen | BookShiftClose):
            self._shifts.now = None  # Also where nobody learns whether it was booked.
        if self._acquiring is not None and isinstance(command, GivesBack):
            await self._acquiring.owes(command)
        self._means.printing.expect(command.id)
        try:
            booked = await self._booked_whole(command, private)
        except OutcomeUndecided:
            self._served(undecided=True)
            raise
        finally:
            self._served()
        booked = await self._shifts.with_figures(booked)
        self._booked = replace(await self._with_original(booked), listed=listed, asked=asked, own=own)
        self._booked = await self._told(self._booked)
        self._means.printing.original(self._booked)
        self._show_face(self._booked)
        self._means.beside.booked(self._booked)
        return self._booked

    async def _told(self, booked: Booked) -> Booked:
        """With what its receipt says of points, uses and tier."""
        return await self._tiers.told(await self._points.told(booked))

    async def _booked_whole(self, command: Command, private: Private | None) -> Booked:
        """Of a merge first what has no room in its entry."""
        if isinstance(command, BookMerge):
            await go_ahead(
                command.wallet,
                command.into,
                ask=self._means.committer.ask,
                book=lambda part: self._booking.book(part, None),
                new_id=self.new_id,
                at=lambda: command.at,
                begins=True,
                tier=command.tier,
            )
        return await self._booking.book(command, private)

    def _served(self, *, undecided: bool = False) -> None:
        """What was paid outside is booked by now, or it goes back."""
        if self._acquiring is not None:
            self._acquiring.over(undecided=undecided)

    def _show_doubt(self) -> None:
        advice = says(OutcomeUnknown.for_attendant)
        self._stage.show(State.PROCESSING, says("Looking it up"), code=OutcomeUnknown.code, advice=advice)

    async def hand_over(self, booked: Booked, message: str, **values: str) -> None:
        title, printing = says(message, **values), self._means.printing
        receipt = await printing.preview(booked)
        done = NEXT_CUSTOMER if isinstance(booked.command, BookSale | BookRecharge) else OK
        while True:
            heard = await self._questions.notice(
                State.APPROVED,
                title,
                ArticleCode,
                Badge,
                wait_ms=self._settings.approved_s * 1000,
                choices=(done, REPRINT) if has_paper(booked.command) else (done,),
                amount=amount_shown(booked),
                lines=approved_lines(booked, partial(called, self.article), self._policy.measured),
                receipt=receipt,
            )
            if not (isinstance(heard, Touched) and heard.intent.do == "reprint"):
                break
            printing.again(booked)  # A fill may have been settled meanwhile, whose receipt is the last.
            title = says("Printing the last receipt again, marked as a duplicate.")

    async def say(self, message: str, **values: str) -> None:
        await self._notice(State.SAYING, says(message, **values))

    async def decline(self, fault: TerminalFault) -> None:
        await self._declined(fault.code, fault.for_attendant, **fault.values)

    async def _declined(self, code: str, advice: str, **values: str) -> None:
        await self._notice(State.DECLINED, says("Declined"), code=code, advice=says(advice, **values))

    async def _notice(self, state: State, title: Message, **parts: Unpack[ScreenParts]) -> None:
        parts["choices"] = (OK,)
        await self._questions.notice(state, title, wait_ms=self._settings.notice_s * 1000, **parts)
