"""A desk whose attendant follows a script, and a way to step a flow without an event loop."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, NoReturn, TypeVar

from msgspec.structs import replace

from terminal.core.acquirer import PayCode, Said
from terminal.core.approval import Rules
from terminal.core.batches import Batch, CardAccount, Chosen, CutShort, Numbers, Step, batch_of, next_numbers
from terminal.core.buyer import Buyer
from terminal.core.cards_held import CardsHeld
from terminal.core.cart import Article, Cart, Fill, Presented
from terminal.core.codes import ReceiptNumber
from terminal.core.commands import (
    Balances,
    BookCard,
    BookCardState,
    BookCashMove,
    BookDeposit,
    Booked,
    BookFleetFunds,
    BookGrant,
    BookHold,
    BookImport,
    BookIntent,
    BookIntentEnd,
    BookInvoice,
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
    ClockTrust,
    Command,
    Kept,
    Measured,
    Occasion,
    Private,
    SaleLine,
    TenderKind,
)
from terminal.core.errors import (
    Cancelled,
    CardLost,
    KeptElsewhere,
    Nameless,
    PinLocked,
    Refused,
    TerminalFault,
    WrongPin,
)
from terminal.core.figures import ShiftNow
from terminal.core.fleet import DayLimits
from terminal.core.forecourt import Dispensed, Nozzle, Preset, Stage
from terminal.core.given_back import GivenBack, given_back
from terminal.core.group_buy import Bought, GroupCode, Offer
from terminal.core.invoicing import Request
from terminal.core.ledger import State, posted
from terminal.core.ledger.again import good_until
from terminal.core.ledger.looked_up import recharges
from terminal.core.ledger.worth import worth
from terminal.core.locks import Lock
from terminal.core.membership import Driver
from terminal.core.money import Fen
from terminal.core.original import Original
from terminal.core.own import OwnStep, file_of
from terminal.core.pin import TRIES_MAX, PinCause
from terminal.core.points import PointsWorth
from terminal.core.policy import Campaign, Policy
from terminal.core.pricing import Buyer as PricedFor
from terminal.core.pricing import (
    HeldCoupon,
    Priced,
    Tariff,
    TierAlone,
    Visit,
    less,
    priced,
    priced_with_locks,
)
from terminal.core.recharged import Recharged
from terminal.core.rights import Want
from terminal.core.screens import Keying, Line, Message, Toggles
from terminal.core.services import Service
from terminal.core.staff import Role, reaches
from terminal.core.tier_names import Shown
from terminal.core.trust import Credential, Holder
from terminal.core.values import EntryId, MemberId, ShiftId, StaffId, TerminalId, WalletId
from terminal.core.visit import Usable
from tests.flows.sold import Sold

T = TypeVar("T")
CANCEL = "the attendant presses cancel"
SKIP = "the attendant presses the other button"
IN_PARTS = "the attendant presses: in parts"
PAID = "the acquirer says that it is paid"

Script = Sequence[tuple[str, Any]]


def play(flow: Coroutine[Any, Any, None]) -> TerminalFault | Cancelled | None:
    """Steps a flow to its end; what it ended with. A flow that waits for anything but its desk fails."""
    try:
        flow.send(None)
    except StopIteration:
        return None
    except (TerminalFault, Cancelled) as ended:
        return ended
    raise AssertionError("the flow waited for something that is not the desk")


class ScriptedDesk:
    """Answers `(question, answer)` in order, and insists on the order."""

    asks = False
    """Whether somebody outside writes invoices."""
    locks: tuple[Lock, ...] = ()
    """Of whoever buys."""
    principal_earned = 0
    """Of the principal that is spent first, fen whose recharge earned."""
    requests: list[Request]
    asked_anew: list[tuple[EntryId, Buyer]]

    def __init__(  # noqa: PLR0915  what is seen of it
        self,
        script: Script,
        *,
        holders: dict[Credential, Holder] | None = None,
        policy: Policy | None = None,
        tariff: Tariff | None = None,
        training: bool = False,
    ) -> None:
        self._script = list(script)
        self._holders = holders or {}
        self._policy = policy or Policy()
        self._tariff = tariff or Tariff()
        self.training = training
        self._ids = count(1)
        self.hq_limits: dict[tuple[str, str], DayLimits] = {}
        self._read: list[Credential] = []
        self.asked: list[tuple[str, str]] = []
        self.shown: list[Fen] = []
        self.at_pumps: list[bool] = []
        """Of each card that was asked for, whether no phone shows it where none is used at the pumps."""
        self.pads: dict[str, Keying] = {}
        """On which pad each text was keyed."""
        self.said: list[str] = []
        self.declined: list[str] = []
        self.advised: list[dict[str, str]] = []
        """What each refusal says beside its code."""
        self.refused: list[str] = []
        """Answers that could not be used and were asked for again."""
        self.booked: list[Command] = []
        self.released: list[tuple[EntryId, Nozzle, Preset, BookHold | None]] = []
        self.fills_asked: list[Fill] = []
        self.going: list[Dispensed] = []
        self.held_for: set[str] = set()
        self.lost_cards: set[tuple[str, str]] = set()
        self.nozzles_here: list[Nozzle] = []
        self.unpaid: list[Fill] = []
        self.unclear = 0
        """What is released or flows."""
        self.stopped: list[str] = []
        self.fills_sold = 0
        self.usual: list[str] = []
        """With each question for a fill: which grade is usually taken."""
        self.private: list[Private | None] = []
        self.handed_over: list[str] = []
        self.lines: Sequence[Line] = ()
        self.over_ways: Sequence[Line] = ()
        """What stood above the ways to pay, the last time."""
        self.fails: TerminalFault | None = None
        """What booking or the look at the card comes to."""
        self.card_gone: TerminalFault | None = None
        self.brings: dict[Credential, Usable | TerminalFault] = {}
        """What headquarters brings for a card; nothing, where it is not named."""
        self.articles: dict[str, Article] = {}
        self.accounts: list[CardAccount] = []
        self.chosen: list[Chosen] = []
        self.steps: list[Step] = []
        self.left_out: list[CardAccount] = []
        self.cuts: dict[str, CutShort] = {}
        self.went_on: list[CutShort | None] = []
        self.cards: dict[Credential, CardsHeld] = {}
        self.is_kept: Kept | None = None
        self.alone = True
        """There is no headquarters."""
        self.copied: list[str] | None = None
        """Files that were written; None: there is no folder for them."""
        self.copy_fails: TerminalFault | None = None
        self.was_served: list[Service] = []
        self.own_steps: list[OwnStep] = []
        self.own_changed: tuple[str, ...] = ()
        self.acquirer = self.group_buy = self.takes_cards = False
        self.payer = ""
        """Mark of whoever pays by code."""
        self.cards_charged: list[tuple[Fen, EntryId, WalletId | None]] = []
        self.doubts: list[BookIntent] = []
        self.verified: list[GroupCode] = []
        self.redeemed: list[tuple[GroupCode, Fen, EntryId, WalletId | None]] = []
        self.refunds: list[BookIntent] = []
        self.roams = False
        self.charged: list[tuple[PayCode, Fen, EntryId, WalletId | None]] = []
        self.shift = ShiftNow(shift=ShiftId("S1"), open=True)
        self.parked_coupons: tuple[Presented, ...] = ()
        self.offered: list[tuple[str, ...]] = []
        self.buttons: list[Mapping[str, Message]] = []
        """What was to be chosen from."""
        self.labels: tuple[Message, ...] = ()
        """As it was called, the last time."""
        self.wanted: list[tuple[Want, ...]] = []
        self.requests, self.asked_anew = [], []
        self.pin: str | None = None
        self.given = False
        self.former: set[Credential] = set()
        """Phones of who were members before."""
        self.pins_of: Collection[Credential] | None = None
        """None: everybody has that PIN."""
        """The member's, where one was chosen."""
        self.pin_tries = TRIES_MAX
        self.pin_fen: list[Fen] = []
        """How much of the member's value each such look was about."""
        self.pin_cause_is: PinCause | TerminalFault | None = None
        """What the rules say before stored value is spent."""
        self.tries_shown: list[int | None] = []
        self.pin_asked_for: list[tuple[Fen, int]] = []
        """Fen and points that stood on the screen."""
        self.toggles: list[Toggles | None] = []
        """What was asked beside the ways to pay."""
        self.ways: list[tuple[TenderKind, ...]] = []
        """How it might have been paid, at each question."""
        self.proofs: list[tuple[Role | None, bool]] = []
        """What those who work here had to be, and whether a PIN that was given would do."""
        self.staff_pins: set[tuple[StaffId, str]] = set()
        self.roles: dict[StaffId, Role] = {}
        self.own: dict[StaffId, WalletId] = {}
        """The memberships of those who work here."""
        self.sold = Sold(self.occasion())
        """What was booked before, and may be undone."""

    @property
    def policy(self) -> Policy:
        return self._policy

    @property
    def tier_names(self) -> Shown:
        return self._policy.tiers.shown

    def change(self, policy: Policy) -> None:
        """The shop says otherwise."""
        self._policy = policy

    def answers(self, script: Script) -> None:
        """From now on."""
        self._script = list(script)

    @property
    def finished(self) -> bool:
        return not self._script

    def new_id(self) -> EntryId:
        return EntryId(f"00000000-0000-7000-8000-{next(self._ids):012d}")

    def secret(self, size: int) -> bytes:
        return bytes(range(size))

    def occasion(self, operator: StaffId | None = None, second: StaffId | None = None) -> Occasion:
        return Occasion(
            terminal=TerminalId("T1"),
            shift=ShiftId("S1"),
            operator=operator or StaffId("E01"),
            business_day="2026-11-24",
            wall_ms=1_795_478_400_000,
            utc_offset_min=480,
            clock=ClockTrust.NETWORK,
            mono_ms=1,
            boot="b",
            second=second,
        )

    async def second(
        self, command: Command, prompt: str, *, amount: Fen, lines: Sequence[Line] = ()
    ) -> StaffId | None:
        if self._rules().beside(command, worth(command, self.sold.book)) is None:
            return None
        self.shown.append(amount)
        self.lines = lines
        return self._answer("second", prompt, str)

    def behind(self, lines: Iterable[SaleLine]) -> StaffId | None:
        return self._rules().behind(lines, self.occasion().operator)

    def _rules(self) -> Rules:
        policy = self._policy
        return Rules(second_person=policy.second_person, permits=policy.permits, roles=self.roles)

    async def is_own(self, holder: Holder, operator: StaffId | None = None) -> bool:
        return self.own.get(operator or self.occasion().operator) == holder.wallet

    async def earned_before(self, holder: Holder, principal: int) -> int:
        del holder
        return min(principal, self.principal_earned)

    @property
    def gives_bringers(self) -> bool:
        return self._tariff.gives_bringers

    async def is_staffs(self, holder: Holder) -> bool:
        return holder.wallet in self.own.values()

    async def prove_staff(self, prompt: str, *, role: Role | None = None, given: bool = False) -> StaffId:
        self.proofs.append((role, given))
        return self._answer("prove_staff", prompt, str)

    async def prove_role(self, who: StaffId) -> None:
        if reaches(self.roles.get(who, Role.ATTENDANT), Role.SHIFT_LEAD):
            self._answer("prove_role", "", str)

    async def is_staff_pin(self, staff: StaffId, pin: str) -> bool:
        return (staff, pin) in self.staff_pins

    async def book_staff_pin(self, note: BookNote, pin: str) -> None:
        self._book(note, Private(pin=f"of {pin}"))

    async def fill_cart(self, prompt: str) -> Cart:
        return self._answer("fill_cart", prompt, Cart)

    def article(self, sku: str) -> Article | None:
        return self.articles.get(sku)

    @property
    def reserved(self) -> Sequence[Presented]:
        return self.parked_coupons

    async def price(
        self, cart: Cart, holder: Holder | None = None, coupons: Sequence[HeldCoupon] = ()
    ) -> Priced:
        buyer = (
            replace(await TierAlone().of(holder), coupons=tuple(coupons), locks=self.locks)
            if holder
            else None
        )
        visit = Visit(business_day="2026-11-24", minute=600, buyer=buyer)
        return less(priced_with_locks(cart, visit, self._tariff), cart)

    async def book_funds(self, funds: BookFleetFunds) -> Booked:
        return self._book(funds, None)

    async def price_listed(self, cart: Cart, holder: Holder) -> Priced:
        visit = Visit(business_day="2026-11-24", minute=600, buyer=await TierAlone().of(holder))
        return priced(cart, visit, self._tariff.of_points)

    async def price_tier(self, cart: Cart, tier: str) -> Priced:
        visit = Visit(business_day="2026-11-24", minute=600, buyer=PricedFor(tier=tier))
        return less(priced_with_locks(cart, visit, self._tariff), cart)

    def mark(self, text: str) -> str:
        return f"{len(text)}{text[-4:]}".encode().hex().ljust(32, "0")[:32]

    async def day_limits(self, company: str, card: str) -> DayLimits:
        if (company, card) in self.lost_cards:
            raise CardLost("headquarters says so")
        return self.hq_limits.get((company, card), DayLimits())

    async def read_card(self, prompt: str) -> Credential:
        return self._answer("read_card", prompt, Credential)

    async def offer_card(
        self, prompt: str, *, skip: str, amount: Fen, at_pumps: bool = False
    ) -> Credential | None:
        assert skip
        self.at_pumps.append(at_pumps)
        self.shown.append(amount)
        return self._answer("offer_card", prompt, Credential)

    async def read_member(self, prompt: str, *, at_pumps: bool = False) -> Credential:
        self.at_pumps.append(at_pumps)
        return self._answer("read_member", prompt, Credential)

    async def ask_ledger(self, question: Callable[[State], T]) -> T:
        return question(self.sold.book)

    async def book_invoice(self, invoice: BookInvoice) -> Booked:
        return self._book(invoice, None)

    @property
    def asks_invoices(self) -> bool:
        return self.asks

    def invoices_asked(self) -> Sequence[Request]:
        return self.requests

    async def ask_invoice(self, request: Request) -> Booked:
        booked = self._book(request.begun, None)
        self.requests.append(request)
        return booked

    async def ask_invoice_anew(self, request: EntryId, buyer: Buyer) -> None:
        self.asked_anew.append((request, buyer))

    async def withdraw_invoice(self, end: BookIntentEnd) -> Booked:
        return self._book(end, None)

    async def book_import(self, imported: BookImport) -> Booked:
        return self._book(imported, None)

    async def book_redeem(self, redeemed: BookRedeem) -> Booked:
        return self._book(redeemed, None)

    async def ask_campaign(self, prompt: str, known: Callable[[str], Campaign]) -> Campaign:
        while True:
            try:
                return known(self._answer("ask_campaign", prompt, str))
            except Refused as refusal:
                self.declined.append(refusal.code)

    async def book_grant(self, grant: BookGrant) -> Booked:
        booked = self._book(grant, None)
        self.sold.book.keep_command(grant)
        return booked

    async def book_claimed(self, note: BookNote) -> Booked:
        return self._book(note, None)

    async def book_deposit(self, deposit: BookDeposit) -> Booked:
        return self._book(deposit, None)

    async def offer_new_card(self, prompt: str, *, skip: str) -> Credential | None:
        assert skip
        return self._answer("offer_new_card", prompt, Credential)

    def is_attendant(self, staff: StaffId) -> bool:
        return staff in self.roles

    async def read_badge(self, prompt: str) -> StaffId:
        return self._answer("read_badge", prompt, str)

    async def offer_phone(self, prompt: str, *, skip: str = "") -> Credential | None:
        phone = self._answer("offer_phone", prompt, Credential)
        assert phone is not None or skip
        return phone

    async def read_newcomer(self, prompt: str) -> Driver:
        said = self._answer("offer_phone", prompt, Driver | Credential)
        return said if isinstance(said, Driver) else Driver(card=said)

    async def offer_driver(self, prompt: str, *, skip: str) -> Driver | None:
        assert skip
        said = self._answer("offer_driver", prompt, Driver | Credential)
        if isinstance(said, Driver):
            self._read.append(said.card)
        return Driver(card=said) if isinstance(said, Credential) else said

    async def read_fill(self, asks: Message, *, usual: str = "") -> Fill:
        self.usual.append(usual)
        return self._answer("read_fill", asks.text.format(**asks.values), Fill)

    async def sale_id(self, fill: Fill) -> EntryId:
        self.fills_asked.append(fill)
        return self.new_id()

    def fill_sold(self) -> None:
        self.fills_sold += 1

    async def choose_nozzle(self, prompt: str) -> Nozzle:
        return self._answer("choose_nozzle", prompt, Nozzle)

    async def nozzles(self) -> Sequence[Nozzle]:
        return self.nozzles_here

    async def ask_total(self, prompt: str, nozzle: Nozzle, **values: str) -> int:
        assert nozzle.grade
        return self._answer("ask_total", prompt.format(**values), int)

    async def unpaid_fills(self) -> Sequence[Fill]:
        return self.unpaid

    def unclear_fills(self) -> int:
        return self.unclear

    async def ask_litres(self, prompt: str, nozzle: Nozzle) -> int:
        assert nozzle.price
        return self._answer("ask_litres", prompt, int)

    async def release(self, fill: EntryId, nozzle: Nozzle, preset: Preset, hold: BookHold | None) -> None:
        self.released.append((fill, nozzle, preset, hold))
        if self.fails:
            raise self.fails

    async def flowing(self) -> Sequence[Dispensed]:
        if self.fails:
            raise self.fails
        return self.going

    async def stop(self, fill: Dispensed) -> Dispensed:
        self.stopped.append(fill.id)
        ended = Stage.ENDED if fill.stage is Stage.FLOWING else Stage.CANCELLED
        return replace(fill, stage=ended)

    async def is_held_for(self, fill: Dispensed) -> bool:
        return fill.id in self.held_for

    async def holder(self, credential: Credential) -> Holder | None:
        return self._holders.get(credential)

    async def batch(self, chosen: Chosen) -> Batch:
        self.chosen.append(chosen)
        return batch_of(self.accounts)

    async def next_numbers(self, prefix: str, count: int) -> Numbers:
        return next_numbers(prefix, (one.shown for one in self.accounts), count)

    async def cut_short(self, kind: str) -> CutShort | None:
        return self.cuts.get(kind)

    async def book_batch(
        self, steps: Sequence[Step], left_out: Sequence[CardAccount], note: BookNote, cut: CutShort | None
    ) -> Booked:
        self.steps += steps
        self.left_out += left_out
        self.went_on.append(cut)
        return self._book(note, None)

    async def refunds_owed(self) -> Sequence[BookIntent]:
        return self.refunds

    async def cards_in_doubt(self) -> Sequence[BookIntent]:
        return self.doubts

    async def refund_again(self, owed: BookIntent) -> Said:
        assert owed in self.refunds
        return self._answer("refund_again", "", Said)

    async def book_by_hand(self, end: BookIntentEnd) -> Booked:
        return self._book(end, None)

    async def cards_held(self, credential: Credential) -> CardsHeld | None:
        return self.cards.get(credential)

    async def book_care(
        self, command: BookCard | BookCardState | BookTransfer | BookMerge, private: Private | None = None
    ) -> Booked:
        return self._book(command, private)

    async def book_tier(self, command: BookGrant | BookTier) -> None:
        self._book(command, None)

    async def kept(self, holder: Holder) -> Kept:
        if holder.member is None:
            raise Nameless("as the counter does")
        if self.is_kept is None:
            raise KeptElsewhere("as the counter does")
        return self.is_kept

    async def forgets_here(self, member: MemberId) -> bool:
        assert self.is_kept is None or member == self.is_kept.member
        return self.alone

    @property
    def copies(self) -> bool:
        return self.copied is not None

    async def copy_own(self, kept: Kept, slip: BookNote) -> None:
        assert self.copied is not None
        assert kept == self.is_kept
        if self.copy_fails:
            raise self.copy_fails
        self.copied.append(file_of(slip))

    async def services(self, member: MemberId) -> Sequence[Service]:
        assert self.is_kept is not None
        assert member == self.is_kept.member
        return self.was_served

    def called(self, staff: StaffId) -> str:
        return {"E01": "莉莉"}.get(staff, "")

    async def book_kept(self, command: BookService | BookProfile, private: Private) -> None:
        if self.fails:
            raise self.fails
        self._book(command, private)

    async def book_own(
        self, steps: Sequence[OwnStep], slip: BookNote, kept: Kept, changed: Sequence[str] = ()
    ) -> Booked:
        assert self.is_kept is None or kept == self.is_kept
        if self.fails:
            raise self.fails
        self.own_steps += steps
        self.own_changed = tuple(changed)
        return self._book(slip, None)

    async def bring(self, card: Credential, holder: Holder, wants: Sequence[Want]) -> Usable:
        self.wanted.append(tuple(wants))
        brought = self.brings.get(card, Usable(holder=holder))
        if isinstance(brought, TerminalFault):
            raise brought
        return brought

    def still_there(self, card: Credential) -> None:
        assert card == self._read[-1], "it is the card that was read"
        if self.card_gone:
            raise self.card_gone

    async def pin_cause(self, card: Credential, holder: Holder, fen: Fen) -> PinCause | None:
        assert card == self._read[-1]
        assert holder
        self.pin_fen.append(fen)
        if isinstance(self.pin_cause_is, TerminalFault):
            raise self.pin_cause_is
        return self.pin_cause_is

    async def was_given(self, card: Credential, holder: Holder) -> bool:
        assert card == self._read[-1]
        assert holder
        return self.given

    async def was_members(self, phone: Credential) -> bool:
        return phone in self.former

    async def has_pin(self, card: Credential, holder: Holder) -> bool:
        assert card == self._read[-1]
        assert holder
        return self.pin is not None and (self.pins_of is None or card in self.pins_of)

    async def ask_pin(
        self,
        prompt: str,
        *,
        amount: Fen,
        points: int = 0,
        why: Message | None = None,
        left: int | None = None,
        skip: str = "",
    ) -> str | None:
        del why
        self.pin_asked_for.append((amount, points))
        self.tries_shown.append(left)
        pin = self._answer("ask_pin", prompt, str)
        assert pin is not None or skip
        return pin

    async def check_pin(self, card: Credential, holder: Holder, pin: str) -> None:
        assert card == self._read[-1]
        assert holder
        if not self.pin_tries:
            raise PinLocked("no try is left")
        self.pin_tries -= 1
        if pin != self.pin:
            raise WrongPin(self.pin_tries)
        self.pin_tries = TRIES_MAX

    async def book_pin(self, chosen: BookPin, pin: str) -> None:
        self._book(chosen, Private(pin=f"of {pin}"))

    async def ask_amount(self, prompt: str, *, at_most: Fen, holder: Holder | None = None) -> Fen:
        del holder
        fen = self._answer("ask_amount", prompt, int)
        assert fen <= at_most, "the desk never lets such an amount through"
        return fen

    async def ask_cash(self, prompt: str, *, due: Fen) -> Fen:
        fen = self._answer("ask_cash", prompt, int)
        assert fen >= due, "the desk never lets so little through"
        return fen

    async def choose_tender(
        self,
        prompt: str,
        kinds: Sequence[TenderKind],
        *,
        due: Fen,
        lines: Sequence[Line] = (),
        holder: Holder | None = None,
    ) -> TenderKind:
        del holder
        self.over_ways = lines
        self.ways.append(tuple(kinds))
        self.shown.append(due)
        if len(kinds) == 1:
            return kinds[0]
        kind = self._answer("choose_tender", prompt, TenderKind)
        assert kind in kinds
        return kind

    async def choose_way(
        self,
        prompt: str,
        kinds: Sequence[TenderKind],
        *,
        due: Fen,
        lines: Sequence[Line] = (),
        holder: Holder | None = None,
        toggles: Toggles | None = None,
    ) -> TenderKind | None:
        self.toggles.append(toggles)
        while toggles and self._script and self._script[0][0] == "turn":
            toggles.turn(str(self._script.pop(0)[1]))
        if len(kinds) > 1 and self._script and self._script[0] == ("choose_tender", IN_PARTS):
            self.shown.append(due)
            self.asked.append(self._script.pop(0))
            return None
        return await self.choose_tender(prompt, kinds, due=due, lines=lines, holder=holder)

    @property
    def acquires(self) -> bool:
        return self.acquirer

    async def scan_pay_code(
        self, prompt: str, *, amount: Fen, lines: Sequence[Line] = (), skip: str = ""
    ) -> PayCode | None:
        assert self.acquirer
        self.shown.append(amount)
        self.lines = lines
        code = self._answer("scan_pay_code", prompt, PayCode)
        assert code is not None or skip
        return code

    async def charge_card(self, fen: Fen, consumer: EntryId, wallet: WalletId | None) -> None:
        assert self.takes_cards
        self.cards_charged.append((fen, consumer, wallet))
        fault = self._answer("charge_card", "", object)
        if fault is not PAID:
            raise fault

    async def charge(self, code: PayCode, fen: Fen, consumer: EntryId, wallet: WalletId | None) -> str:
        self.charged.append((code, fen, consumer, wallet))
        fault = self._answer("charge", "", object)
        if fault is not PAID:
            raise fault
        return self.payer

    @property
    def verifies(self) -> bool:
        return self.group_buy

    async def ask_voucher(self, prompt: str, *, amount: Fen, lines: Sequence[Line] = ()) -> GroupCode:
        assert self.group_buy
        self.shown.append(amount)
        self.lines = lines
        return self._answer("ask_voucher", prompt, GroupCode)

    async def verify(self, code: GroupCode) -> Offer:
        self.verified.append(code)
        return self._answer("verify", "", Offer)

    async def redeem(self, voucher: Bought, fen: Fen, sale: EntryId, wallet: WalletId | None) -> EntryId:
        self.redeemed.append((voucher.code, fen, sale, wallet))
        fault = self._answer("redeem", "", object)
        if fault is not PAID:
            raise fault
        return EntryId(f"voucher-{len(self.redeemed)}")

    async def ask_part(self, prompt: str, kind: TenderKind, *, at_most: Fen) -> Fen:
        assert at_most > 0, f"there is something to pay {kind} of"
        fen = self._answer("ask_part", prompt, int)
        assert 0 < fen <= at_most, "the desk never lets more through"
        self.shown.append(fen)
        return fen

    async def ask_points(self, prompt: str, worth: PointsWorth, *, at_most: int) -> int:
        assert at_most > 0, "there is something to pay of"
        points = self._answer("ask_points", prompt, int)
        assert worth.pays(points), "the desk lets no others through"
        assert points <= at_most, "nor more than there are"
        return points

    async def confirm(
        self,
        prompt: str,
        *,
        amount: Fen,
        lines: Sequence[Line] = (),
        holder: Holder | None = None,
        **values: str,
    ) -> bool:
        del holder
        self.shown.append(amount)
        self.lines = lines
        try:
            return self._answer("confirm", prompt.format(**values), bool)
        except Cancelled:
            return False

    def gives_back(self) -> None:
        """Only the customer's display asks for it."""

    async def change_over(self) -> NoReturn:
        self._answer("change_over", "", type(None))
        raise Cancelled  # As when its counter ends.

    async def decline(self, fault: TerminalFault) -> None:
        self.declined.append(fault.code)
        self.advised.append(dict(fault.values))

    async def book_sale(self, sale: BookSale, private: Private | None = None) -> Booked:
        return self._book(sale, private)

    async def book_recharge(self, recharge: BookRecharge, private: Private | None = None) -> Booked:
        return self._book(recharge, private)

    async def ask_original(self, prompt: str, *, or_else: str) -> ReceiptNumber | Credential | Fen | None:
        assert or_else
        return self._answer("ask_original", prompt, object)

    async def originals(
        self, of: ReceiptNumber | WalletId | None, kinds: Collection[str]
    ) -> Sequence[Original]:
        return self.sold.originals(of, kinds)

    async def bring_original(self, original: Original) -> Original:
        return self.sold.brought(original)

    async def recharges(self, wallet: WalletId) -> Sequence[Recharged]:
        return recharges(self.sold.book, wallet)

    async def ask_quantity(self, prompt: str, measured: Measured, *, at_most: int, **values: str) -> int:
        assert measured in Measured
        quantity = self._answer("ask_quantity", prompt.format(**values), int)
        assert 0 < quantity <= at_most, "the desk never lets more through"
        return quantity

    async def foresee(self, command: BookVoid | BookRefund | BookRechargeRefund) -> GivenBack:
        return given_back(posted(command, self.sold.book).postings)

    async def book_back(self, command: BookVoid | BookRefund | BookRechargeRefund) -> Booked:
        booked = self._book(command, None)
        self.sold.book.keep_command(command)
        done = self.sold.book.done
        return replace(booked, back=given_back(done.postings, good_until(done.lots)))

    async def shift_now(self) -> ShiftNow:
        return self.shift

    async def ask_text(
        self, prompt: str, usable: Callable[[str], str], *, skip: str = "", keying: Keying = Keying.TEXT
    ) -> str | None:
        self.pads[prompt] = keying
        while True:
            text = self._answer("ask_text", prompt, str)
            if text is None:
                assert skip
                return None
            try:
                return usable(text)
            except Refused as refusal:
                self.refused.append(refusal.code)

    async def book_join(self, join: BookJoin, private: Private, pin: str | None) -> Booked:
        return self._book(join, replace(private, pin=f"of {pin}" if pin else ""))

    async def choose(self, prompt: str, choices: Mapping[str, Message], **values: str) -> str:
        self.offered.append(tuple(choices))
        self.labels = tuple(choices.values())
        self.buttons.append(choices)
        if len(choices) == 1:
            return next(iter(choices))
        answer = self._answer("choose", prompt.format(**values), str)
        assert answer in choices, "the desk offers nothing else"
        return answer

    async def choose_number(self, prompt: str, choices: Mapping[str, Message]) -> str:
        return await self.choose(prompt, choices)

    async def choose_attendant(self, prompt: str) -> StaffId:
        return self._answer("choose_attendant", prompt, str)

    async def count_cash(self, prompt: str) -> Fen:
        return self._answer("count_cash", prompt, int)

    async def ask_rest(self, prompt: str, *, at_most: Fen) -> Fen:
        rest = self._answer("ask_rest", prompt, int)
        assert 0 <= rest <= at_most, "the desk never lets more through"
        return rest

    async def book_shift(self, command: BookShiftOpen | BookCashMove | BookShiftClose | BookNote) -> Booked:
        return self._book(command, None)

    async def hand_over(self, booked: Booked, message: str, **values: str) -> None:
        assert booked.command in self.booked
        self.handed_over.append(message.format(**values))

    async def say(self, message: str, **values: str) -> None:
        self.said.append(message.format(**values))

    def _book(self, command: Command, private: Private | None) -> Booked:
        assert not self.booked, "a flow books once"
        if self.fails:
            raise self.fails
        self.booked.append(command)
        self.private.append(private)
        return Booked(command=command, seq=1, receipt_no="T1-1-1-9F3A01BC", after=Balances())

    def _answer(self, question: str, prompt: str, kind: type) -> Any:
        assert self._script, f"nobody answers {question}: {prompt}"
        expected, answer = self._script.pop(0)
        assert question == expected, f"asked {question} ({prompt}), the script answers {expected}"
        self.asked.append((question, prompt))
        if answer == CANCEL:
            raise Cancelled
        if answer == SKIP:
            return None
        if isinstance(answer, TerminalFault):
            raise answer
        assert isinstance(answer, kind)
        if isinstance(answer, Credential):
            self._read.append(answer)
        return answer
