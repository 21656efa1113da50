"""What flows ask of the counter, and what it says back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import NoReturn, TypeVar, Unpack

from terminal.core.cart import Presented, called
from terminal.core.codes import ArticleCode
from terminal.core.commands import (
    Booked,
    BookRecharge,
    BookSale,
    Occasion,
)
from terminal.core.commission import Rates
from terminal.core.errors import OutcomeUnknown, ShiftIsClosed, TerminalFault
from terminal.core.fill_words import fill_of_anybody
from terminal.core.fleet import DayLimits
from terminal.core.held_coupons import where
from terminal.core.ledger import State as LedgerState
from terminal.core.ledger.holds import Hold
from terminal.core.policy import Policy
from terminal.core.receipts import has_paper
from terminal.core.rights import Want
from terminal.core.screens import Choice, HolderShown, Message, State, holder_shown, says
from terminal.core.trust import Holder
from terminal.core.values import EntryId, StaffId
from terminal.desk.acquiring import Acquiring
from terminal.desk.approving import Approving
from terminal.desk.batching import Batching
from terminal.desk.booking import Booking
from terminal.desk.by_hand import ByHand
from terminal.desk.charging import Charging
from terminal.desk.doing import Doing
from terminal.desk.elsewhere import Elsewhere
from terminal.desk.entering import Entering
from terminal.desk.filling import Filling
from terminal.desk.finding import Finding
from terminal.desk.heard import Badge, Touched
from terminal.desk.held_fills import HeldFills
from terminal.desk.inbox import Inbox
from terminal.desk.invoices import AskingInvoices
from terminal.desk.knowing import Knowing
from terminal.desk.means import Means, Shop
from terminal.desk.offers import REPRINT
from terminal.desk.outside import Services
from terminal.desk.overriding import Overriding
from terminal.desk.own import OwnCards
from terminal.desk.own_data import OwnData
from terminal.desk.pictures import Pictures
from terminal.desk.pins import PinDesk
from terminal.desk.points import PointsDesk
from terminal.desk.prices import Offer, Prices
from terminal.desk.pumping import Pumping
from terminal.desk.question import Questions
from terminal.desk.shift import AtTheDrawer, Shifts
from terminal.desk.shown import amount_shown, approved_lines
from terminal.desk.stage import ScreenParts, Stage
from terminal.desk.tiers import TierDesk
from terminal.desk.upkeep import Upkeep
from terminal.desk.wording import Wording
from terminal.flows.introducing import to_introducer

T = TypeVar("T")
OK = Choice(do="done", label=says("OK"), key="Enter")
NEXT_CUSTOMER = Choice(do="done", label=says("Next customer"), key="Enter")


class Serving(
    Entering,
    Knowing,
    Pumping,
    Batching,
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

    def mark(self, text: str) -> str:
        return self._means.marked(text)

    async def day_limits(self, company: str, card: str) -> DayLimits:
        return await self._means.day_limits(company, card)

    async def ask_ledger(self, question: Callable[[LedgerState], T]) -> T:
        return await self._means.committer.ask(question)

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
