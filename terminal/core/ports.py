"""What the parts need of each other. Each port is implemented elsewhere and named only in `app`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Mapping, Sequence
from typing import NoReturn, Protocol, TypeVar, runtime_checkable

from terminal.core.acquirer import PayCode, Said
from terminal.core.batches import Batch, CardAccount, Chosen, CutShort, Numbers, Step
from terminal.core.buyer import Buyer
from terminal.core.card_terminal import CardTerminal
from terminal.core.cards_held import CardsHeld
from terminal.core.cart import Article, Cart, Fill, Presented
from terminal.core.chips import CardKeys, CardProver, SeenCounters
from terminal.core.codes import ReceiptNumber
from terminal.core.commands import (
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
from terminal.core.entry import Link
from terminal.core.errors import TerminalFault
from terminal.core.events import DeviceEvent
from terminal.core.facing import Rows
from terminal.core.figures import ShiftFigures, ShiftNow
from terminal.core.fleet import DayLimits
from terminal.core.forecourt import Dispensed, Forecourt, Nozzle, Preset
from terminal.core.given_back import GivenBack
from terminal.core.group_buy import Bought, GroupCode, Offer
from terminal.core.invoicing import Request
from terminal.core.ledger import State as LedgerState
from terminal.core.membership import Driver
from terminal.core.money import Fen
from terminal.core.original import Original, Receipt
from terminal.core.own import OwnStep
from terminal.core.picture import Picture
from terminal.core.pin import PinCause
from terminal.core.points import PointsWorth
from terminal.core.policy import Campaign, Policy
from terminal.core.pricing import HeldCoupon, Priced
from terminal.core.recharged import Recharged
from terminal.core.rights import Want
from terminal.core.screens import Intent, Keying, Line, Message, Toggles, View
from terminal.core.services import Service
from terminal.core.signals import Cue
from terminal.core.spoken import Outcome
from terminal.core.staff import Role
from terminal.core.tier_names import Shown
from terminal.core.trust import Credential, Holder, Person
from terminal.core.values import EntryId, MemberId, StaffId, TerminalId, WalletId
from terminal.core.visit import Usable
from terminal.core.wire.people import MemberRow

T = TypeVar("T")


class Clock(Protocol):
    """Time is an argument. Nothing outside `runtime` reads the machine's clocks."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970-01-01T00:00:00Z, as far as the machine knows."""
        ...

    def mono_ms(self) -> int:
        """Milliseconds since boot; never goes back."""
        ...

    @property
    def trust(self) -> ClockTrust: ...


class Ids(Protocol):
    def new(self) -> str:
        """A UUIDv7 (RFC 9562 section 5.7), later ones sort after earlier ones of this process."""
        ...


class Committer(Protocol):
    """The one writer of the ledger."""

    async def submit(self, command: Command, private: Private | None = None) -> Booked:
        """Book it; returns after COMMIT.

        Raises:
            Refused: the rules of the ledger say no; nothing was booked.
            IdReused: this id belongs to another command.
            OutcomeUnknown: COMMIT raised; ask `look_up` before anything else.
            LedgerClosed: not now; nothing was booked.
        """
        ...

    async def submit_all(
        self, submissions: Sequence[tuple[Command, Private | None]]
    ) -> Sequence[Booked | BaseException]:
        """Each by itself, in as few commits as there may be; of each its answer, or what `submit` raises."""
        ...

    async def look_up(self, entry: EntryId) -> Booked | None:
        """The answer of an entry that was booked, or None when it never was."""
        ...

    async def ask(self, question: Callable[[LedgerState], T]) -> T:
        """What a function of `core.ledger` makes of the ledger as it stands; nothing is changed by it.

        Raises what it raises; LedgerClosed: not now.
        """
        ...


class Books(Protocol):
    """What may be read of the ledger beside its writer; sees committed state only."""

    async def holder(self, credential: Credential) -> Holder | None:
        """Whose card, code or phone that is; None when unknown here.

        Raises CardNotUsable: the card is known and may not be used.
        """
        ...

    async def cards_held(self, credential: Credential) -> CardsHeld | None:
        """Whose it is, and their cards, in whatever state; of a visitor those that headquarters told.

        None when unknown here, as a number is that died here.
        """
        ...

    async def accounts(self, chosen: Chosen) -> Sequence[CardAccount]:
        """All that fit and are not cancelled, in the order of their numbers."""
        ...

    async def cut_short(self, terminal: TerminalId, kind: str) -> CutShort | None:
        """Work on many cards that this terminal did last and never ended; None: all came to its end.

        `kind`: of its entries, `card_state` or `issue`. Looked for in the last 20,000 entries.
        """
        ...

    async def coupons_of(self, kind: str) -> Sequence[str]:
        """Ids of all coupons of that kind that are held here, in order."""
        ...

    async def coupons_gone(self, kind: str) -> Sequence[str]:
        """Of all that were given here and are held here no more, in order."""
        ...

    async def found(self, text: str) -> Sequence[Person]:
        """A few members, masked.

        By the beginnings of their initials or Latin words, characters of their name, the last four digits of
        their phone (also together), or a phone or card typed whole.
        """
        ...

    async def picture(self, holder: Holder) -> Picture:
        """What is known of them beside the money. Raises PeopleLocked."""
        ...

    async def kept_of(self, member: MemberId) -> Kept | None:
        """All that is kept of them; None: nothing is, here. Raises PeopleLocked."""
        ...

    async def services_of(self, member: MemberId, limit: int) -> Sequence[Service]:
        """What was done for them of so many that were written down, the last first, none that was corrected.

        Raises PeopleLocked.
        """
        ...

    async def phone_of(self, person: Person) -> Credential | None:
        """None where none is kept. Raises PeopleLocked."""
        ...

    async def was_members(self, phone: Credential) -> bool:
        """Whether somebody with that phone is known here; asked where it leads to nobody (any more).

        They gave their membership away, and did not ask to be forgotten. Raises PeopleLocked.
        """
        ...

    def token(self, credential: Credential) -> str:
        """By which everybody of this merchant finds it, without its number (hex)."""
        ...

    async def keep_asked(self, row: MemberRow) -> None:
        """Whom headquarters named: `holder` finds them from now on."""
        ...

    async def booked(self, entry: EntryId) -> Booked | None: ...

    async def receipt(self, number: ReceiptNumber) -> Receipt | None:
        """What that receipt was printed of; None: no such one, or its last digits are others."""
        ...

    async def receipts_of(self, wallet: WalletId, kinds: Collection[str]) -> Sequence[Receipt]:
        """What moved that wallet last, the newest first, a few dozen at most.

        And sales of late to it that moved nothing of it, such as those for nothing; the last one in any case.
        """
        ...

    async def receipts_at(
        self, terminal: TerminalId, business_day: str, kinds: Collection[str], since: str = ""
    ) -> Sequence[Receipt]:
        """What that terminal booked on that day, the newest first; a few hundred at most.

        `since`: an earlier day, from which on; empty: that day alone.
        """
        ...

    async def shift_now(self, terminal: TerminalId) -> ShiftNow:
        """Where its shift stands: the last that was opened, or the one that comes after the last closed."""
        ...

    async def figures(self, report: EntryId) -> ShiftFigures:
        """What that X or Z report says: always the same. Raises LookupError: it is none that is booked."""
        ...

    async def open_intents(self) -> Sequence[BookIntent]:
        """What was begun outside and has no end yet, oldest first."""
        ...

    async def waiting_prints(self) -> Sequence[EntryId]:
        """Entries whose receipt was committed and never reported as printed, oldest first."""
        ...


class PrintJobs(Protocol):
    """The rows that a sale's transaction leaves for the printer."""

    async def printed(self, entry: EntryId) -> None: ...

    async def doubtful(self, entry: EntryId, why: str) -> None:
        """It may or may not be on paper; whatever is printed of it from now on says DUPLICATE."""
        ...


class Outbox(Protocol):
    """The journal as the uplink sees it: what lies beyond the acknowledged seq is to be sent."""

    async def head(self) -> tuple[int, bytes]:
        """(seq, hash) of the last entry; (0, GENESIS) when there is none."""
        ...

    async def acked(self) -> int: ...

    async def epoch(self) -> int: ...

    async def after(self, seq: int, limit: int) -> Sequence[Link]:
        """Nothing beyond what `head` says from then on."""
        ...

    async def hash_at(self, seq: int) -> bytes: ...

    async def acknowledge(self, seq: int, mark: str = "") -> None:
        """Headquarters holds everything up to `seq`, durably; `mark`: by which it knows that it said so."""
        ...

    async def begins_anew(self, seq: int, mark: str = "") -> None:
        """Headquarters holds up to `seq`, whatever it said under an earlier hq_epoch."""
        ...

    async def grown(self, beyond: int) -> None:
        """Returns once the head is beyond that seq."""
        ...

    def waiting(self) -> int:
        """Entries beyond the acknowledged seq, as of the last commit or acknowledgement."""
        ...


class InputDevice(Protocol):
    """A reader or scanner. The supervisor runs `events` again whenever it ends or raises."""

    @property
    def name(self) -> str: ...

    def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Opens the device, yields what people do, ends or raises when the device is gone."""
        ...


@runtime_checkable
class ChipReader(InputDevice, Protocol):
    """A reader that can ask cards to prove themselves."""

    def give(self, keys: CardKeys, seen: SeenCounters, prover: CardProver) -> None:
        """What this site knows of cards. Before `events`; without it every card is `open`."""
        ...


@runtime_checkable
class Sam(InputDevice, CardProver, Protocol):
    """A secure access module in a slot of its own: it keeps an issuer's master keys and gives none out."""


@runtime_checkable
class CardFaces(InputDevice, Protocol):
    """A rewriter of visual cards: beside a sale and never in its way, as a printer."""

    columns: int
    lines: int

    def show(self, lines: tuple[str, ...]) -> None:
        """Onto the card that is put in next; in the place of a face that still waits for one."""
        ...


@runtime_checkable
class CardDevice(InputDevice, CardTerminal, Protocol):
    """A bank's terminal on a cable."""


@runtime_checkable
class ForecourtDevice(InputDevice, Forecourt, Protocol):
    """What speaks to the dispensers."""


@runtime_checkable
class Signals(InputDevice, Protocol):
    """Buzzer, lamps and drawer relay; beside a sale and never in its way. What hangs on it is its own."""

    def signal(self, cue: Cue | None) -> None:
        """In the place of the one before; None: silent and dark."""
        ...

    def open_drawer(self) -> None:
        """Once, and now or never."""
        ...


@runtime_checkable
class LineDisplay(InputDevice, Protocol):
    """Two short lines towards the customer."""

    shows_balance: bool

    def face(self, rows: Rows) -> None:
        """In the place of what it shows."""
        ...


@runtime_checkable
class Voice(InputDevice, Protocol):
    """Says amounts aloud; the latest wins."""

    def say(self, outcome: Outcome, fen: int) -> None:
        """After COMMIT. Raises ValueError: it has no words for so much."""
        ...

    def spell(self, digit: str) -> None:
        """One digit that was keyed unseen."""
        ...


class PosPrinter(Protocol):
    """A receipt printer. Bytes in; a return means the printer took them all and said it is well."""

    async def print(self, data: bytes) -> None:
        """Raises PrinterFault (nothing or part of it is on paper) or PaperOut."""
        ...

    async def open_drawer(self) -> None:
        """A pulse for the drawer that hangs on it, also while it has no paper.

        Raises PrinterFault: `sent` says whether the drawer may have opened.
        """
        ...

    async def status(self) -> str:
        """What begins with `ready`, or with `unknown` where it is never asked; or what is wrong.

        In words for the technician. Raises PrinterFault: no answer.
        """
        ...


class Front(Protocol):
    """The counter as its pages see it."""

    def view(self) -> View: ...

    def changes(self) -> AsyncGenerator[View, None]:
        """The view now, and the latest one after every change; a slow watcher skips what was in between."""
        ...

    def intend(self, intent: Intent) -> bool:
        """False when the intent named a screen that is no longer shown, or a button it does not have."""
        ...


class Desk(Protocol):
    """Everything a flow may do. The attendant is on the other side of it.

    Every waiting call before `book_*` raises `Cancelled` when the attendant presses cancel or leaves the
    step unanswered for too long, and `TerminalFault` when something does not work; the flow need not catch
    them: before its one `book_*` nothing has happened. Answers that cannot be used (an amount that is none,
    a broken scan) are asked again by the desk.
    Prompts are English sentences, keys of `core.texts`, with named places filled from `values`.
    """

    @property
    def policy(self) -> Policy: ...

    @property
    def tier_names(self) -> Shown:
        """What tiers are called here."""
        ...

    @property
    def training(self) -> bool:
        """Nothing of it is the shop's."""
        ...

    def gives_back(self) -> None:
        """What this flow shows as its amount goes to the customer from now on."""
        ...

    async def change_over(self) -> NoReturn:
        """From training to the shop's own counter, or back. This one ends."""
        ...

    def new_id(self) -> EntryId:
        """A fresh id, of an entry or of anything that begins with it."""
        ...

    def secret(self, size: int) -> bytes:
        """Randomness for salts."""
        ...

    def occasion(self, operator: StaffId | None = None, second: StaffId | None = None) -> Occasion:
        """Here and now, by the attendant at the drawer unless another is named; `second`: who approved it."""
        ...

    async def second(
        self, command: Command, prompt: str, *, amount: Fen, lines: Sequence[Line] = ()
    ) -> StaffId | None:
        """Who stands behind it beside the attendant, by badge and PIN; None where policy asks for none.

        Asked for once the attendant has confirmed, by the rule that is applied when `command` is booked:
        `amount` and `lines` are what is shown of it. A badge that may not approve it is refused, and
        another asked for.

        Raises PinRefused: that badge has no PIN, or its tries are used up.
        """
        ...

    def behind(self, lines: Iterable[SaleLine]) -> StaffId | None:
        """Who was proved to stand behind what was taken off them, beside the attendant."""
        ...

    async def is_own(self, holder: Holder, operator: StaffId | None = None) -> bool:
        """Whether that is the membership of the attendant at the drawer, or of `operator`."""
        ...

    async def earned_before(self, holder: Holder, principal: int) -> int:
        """Of so many fen of theirs that are spent next, those whose recharge earned points already."""
        ...

    @property
    def gives_bringers(self) -> bool:
        """Whether some promotion gives something to who brings a newcomer."""
        ...

    async def is_staffs(self, holder: Holder) -> bool:
        """Whether that is the membership of anybody who works here."""
        ...

    async def prove_staff(self, prompt: str, *, role: Role | None = None, given: bool = False) -> StaffId:
        """Who that is, by badge and PIN; no less than `role`, where the shop tells its people apart.

        `role`: None: a technician, too. `given`: a PIN that was given to them counts, too.

        Raises PinRefused: that badge has no PIN of its own, or its tries are used up.
        """
        ...

    async def prove_role(self, who: StaffId) -> None:
        """Their PIN, where they may do more than an attendant: anybody can touch a name.

        Raises PinRefused: they have no PIN of their own, or its tries are used up.
        """
        ...

    async def is_staff_pin(self, staff: StaffId, pin: str) -> bool:
        """Whether they have that very PIN already; only of whoever has just proved to be them."""
        ...

    async def fill_cart(self, prompt: str) -> Cart:
        """What is sold, once the attendant says that is all: scanned, keyed, taken out again. Never empty."""
        ...

    async def read_card(self, prompt: str) -> Credential:
        """A card, or a code that stands for one."""
        ...

    async def flowing(self) -> Sequence[Dispensed]:
        """What is released or flows now, by hand at the dispenser too. Raises ForecourtAway."""
        ...

    async def stop(self, fill: Dispensed) -> Dispensed:
        """Nothing more flows under it; how it stands then. Raises ForecourtAway: nobody knows."""
        ...

    async def is_held_for(self, fill: Dispensed) -> bool:
        """Whether value was set aside for it, also once that has paid it."""
        ...

    async def offer_card(
        self, prompt: str, *, skip: str, amount: Fen, at_pumps: bool = False
    ) -> Credential | None:
        """The same, while `amount` is shown; None when the attendant pressed the button labelled `skip`.

        `at_pumps`: no code on a phone, where phones are not used there.
        """
        ...

    async def read_member(self, prompt: str, *, at_pumps: bool = False) -> Credential:
        """A card, a code that stands for one, or the member's phone."""
        ...

    async def offer_new_card(self, prompt: str, *, skip: str) -> Credential | None:
        """A card that is to be handed out; None when `skip` was pressed."""
        ...

    def is_attendant(self, staff: StaffId) -> bool:
        """Whether that is an attendant of this shop."""
        ...

    async def read_badge(self, prompt: str) -> StaffId:
        """A staff badge of this shop, on any reader or scanner; not a technician's."""
        ...

    async def offer_phone(self, prompt: str, *, skip: str = "") -> Credential | None:
        """A phone number, keyed or out of the driver's code; None when `skip` was pressed."""
        ...

    async def read_newcomer(self, prompt: str) -> Driver:
        """The same, with what else the code on their phone says."""
        ...

    async def offer_driver(self, prompt: str, *, skip: str) -> Driver | None:
        """The same at the pumps, or a member's card or code; no code on a phone where none is used there."""
        ...

    async def read_fill(self, asks: Message, *, usual: str = "") -> Fill:
        """Grade and litres of a fill: what a dispenser recorded and nobody has paid, or as it is keyed.

        `usual`: the grade that is usually taken, where another is to be asked about.
        """
        ...

    async def sale_id(self, fill: Fill) -> EntryId:
        """A fresh id under which it is sold; of what a dispenser recorded the one that follows from that.

        Raises FillSoldTooOften.
        """
        ...

    def fill_sold(self) -> None:
        """A fill was booked: the dispenser is told of it, now or once it can be."""
        ...

    async def choose_nozzle(self, prompt: str) -> Nozzle:
        """One of those whose grades this station names. Raises ForecourtAway."""
        ...

    async def nozzles(self) -> Sequence[Nozzle]:
        """All of this station, by number; `total` is 0 where nobody but a person can read it."""
        ...

    async def ask_total(self, prompt: str, nozzle: Nozzle, **values: str) -> int:
        """What its totaliser says, in hundredths of a litre; may be nothing."""
        ...

    async def unpaid_fills(self) -> Sequence[Fill]:
        """What dispensers recorded, and nobody has paid."""
        ...

    def unclear_fills(self) -> int:
        """How many of their records nobody can sell as they are."""
        ...

    async def ask_litres(self, prompt: str, nozzle: Nozzle) -> int:
        """Hundredths of a litre, at least one."""
        ...

    async def release(self, fill: EntryId, nozzle: Nozzle, preset: Preset, hold: BookHold | None) -> None:
        """Under that id, once `hold` is booked; what flowed is then sold by itself, where value is held.

        Raises Refused: it is not released, and nothing is held. NozzleInDoubt: nobody knows.
        """
        ...

    def article(self, sku: str) -> Article | None:
        """As it is sold to this customer."""
        ...

    @property
    def reserved(self) -> Sequence[Presented]:
        """Coupons that parked carts keep for themselves meanwhile."""
        ...

    async def price(
        self, cart: Cart, holder: Holder | None = None, coupons: Sequence[HeldCoupon] = ()
    ) -> Priced:
        """What that costs them: one tariff and one moment from the first article to the booking.

        `coupons`: of theirs, those that may come off; the best of them does.

        Raises OverLimit: more than one transaction may be.
        """
        ...

    async def price_listed(self, cart: Cart, holder: Holder) -> Priced:
        """At list prices: of all promotions there are those that multiply points. Raises OverLimit."""
        ...

    async def price_tier(self, cart: Cart, tier: str) -> Priced:
        """What it costs whoever has that tier, such as a company. Raises OverLimit."""
        ...

    def mark(self, text: str) -> str:
        """The same for the same text, at this site alone; it tells nobody which."""
        ...

    async def day_limits(self, company: str, card: str) -> DayLimits:
        """What headquarters lets a company's card take in a day; no limit where it says none."""
        ...

    async def holder(self, credential: Credential) -> Holder | None:
        """Whose that is; headquarters is asked where it is unknown here. None: nobody's.

        Raises CardNotUsable: it is known, and refused.
        """
        ...

    async def cards_held(self, credential: Credential) -> CardsHeld | None:
        """The same, and their cards, in whatever state; raises where it is dead or nobody has it here."""
        ...

    async def was_members(self, phone: Credential) -> bool:
        """See `Books`: who joins with it was a member before."""
        ...

    async def batch(self, chosen: Chosen) -> Batch:
        """Whose cards can be cancelled in one go, and which accounts are left out."""
        ...

    async def next_numbers(self, prefix: str, count: int) -> Numbers:
        """Raises BadNumbers: there are not so many any more."""
        ...

    async def cut_short(self, kind: str) -> CutShort | None:
        """Work on many cards that was begun here and never came to its end; see `Books.cut_short`."""
        ...

    async def book_batch(
        self, steps: Sequence[Step], left_out: Sequence[CardAccount], note: BookNote, cut: CutShort | None
    ) -> Booked:
        """Each by itself, many in one commit, then the note, with how many; answers it, with the list.

        What the ledger refuses by now is left out, too. What else goes wrong ends it where it is: begun
        again, it finds what is left to do. `cut`: what it goes on with, by the id of the note; on the list
        that comes first. There may be no steps then.
        """
        ...

    async def bring(self, card: Credential, holder: Holder, wants: Sequence[Want]) -> Usable:
        """What is wanted here of that wallet, when less is held: headquarters is asked, two seconds at most.

        Raises CardNotUsable where headquarters refuses the card.
        """
        ...

    def still_there(self, card: Credential) -> None:
        """Before a card pays or is recharged: no other came meanwhile, and it lies there if policy says so.

        Raises CardSwapped or CardGone.
        """
        ...

    async def pin_cause(self, card: Credential, holder: Holder, fen: Fen) -> PinCause | None:
        """Why the member keys the PIN before that much stored value is spent; None: it is not needed.

        Raises NoPin: it is needed, and none is known here.
        """
        ...

    async def has_pin(self, card: Credential, holder: Holder) -> bool: ...

    async def was_given(self, card: Credential, holder: Holder) -> bool:
        """Whether another had the wallet before them: the card may be with that one still."""
        ...

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
        """As it was keyed; it is shown nowhere. None: the button `skip` was pressed.

        `points`: so many are taken; shown in the place of what they come to. `left`: tries.
        """
        ...

    async def check_pin(self, card: Credential, holder: Holder, pin: str) -> None:
        """One try, counted before it is looked at. Raises WrongPin, PinLocked or NoPin."""
        ...

    async def ask_amount(self, prompt: str, *, at_most: Fen, holder: Holder | None = None) -> Fen: ...

    async def ask_part(self, prompt: str, kind: TenderKind, *, at_most: Fen) -> Fen:
        """How much is paid that way; `at_most` by one touch."""
        ...

    async def ask_points(self, prompt: str, worth: PointsWorth, *, at_most: int) -> int:
        """How many of a member's points are used: so many as may be at once; `at_most` by one touch."""
        ...

    async def ask_cash(self, prompt: str, *, due: Fen) -> Fen:
        """What was handed over; at least `due`."""
        ...

    async def choose_tender(
        self,
        prompt: str,
        kinds: Sequence[TenderKind],
        *,
        due: Fen,
        lines: Sequence[Line] = (),
        holder: Holder | None = None,
    ) -> TenderKind:
        """Of one kind it is that one, unasked."""
        ...

    async def choose_way(  # noqa: PLR0913  what stands on the screen, each by its name
        self,
        prompt: str,
        kinds: Sequence[TenderKind],
        *,
        due: Fen,
        lines: Sequence[Line] = (),
        holder: Holder | None = None,
        toggles: Toggles | None = None,
    ) -> TenderKind | None:
        """The same for a bill that may be split; None: in parts. Of one kind it is that one, unasked."""
        ...

    async def choose(self, prompt: str, choices: Mapping[str, Message], **values: str) -> str:
        """Which of a few, by what they are called here. Of one it is that one, unasked."""
        ...

    async def choose_number(self, prompt: str, choices: Mapping[str, Message]) -> str:
        """The same of what has numbers, as nozzles: the key of a digit is that of its number."""
        ...

    async def ask_text(
        self, prompt: str, usable: Callable[[str], str], *, skip: str = "", keying: Keying = Keying.TEXT
    ) -> str | None:
        """Words, as `usable` spells them; asked again where it refuses. None: `skip` was pressed.

        `keying`: what has digits alone, as a day or a count, is keyed on their pad and by a scanner's codes.
        What is keyed may be personal data: it is neither logged nor shown again.
        """
        ...

    async def choose_attendant(self, prompt: str) -> StaffId:
        """Who it is, by badge or by name; unasked where the shop has one attendant or none."""
        ...

    @property
    def roams(self) -> bool:
        """Whether members' value may lie elsewhere."""
        ...

    @property
    def acquires(self) -> bool:
        """Whether customers' payment codes are charged here."""
        ...

    async def scan_pay_code(
        self, prompt: str, *, amount: Fen, lines: Sequence[Line] = (), skip: str = ""
    ) -> PayCode | None:
        """None: the button `skip` was pressed."""
        ...

    async def charge(self, code: PayCode, fen: Fen, consumer: EntryId, wallet: WalletId | None) -> str:
        """Returns once it is paid outside. From then on `consumer` must be booked: else it is taken back.

        A mark of who paid (`Tender.payer`); empty: nobody knows.

        Raises:
            NotPaidOutside: it was refused; Cancelled as everywhere. Nothing was taken.
            PaymentInDoubt: nobody knows. It is taken back, and stands on the Z until it is.
        """
        ...

    @property
    def takes_cards(self) -> bool:
        """Whether a bank's terminal on a cable answers: it is told what a card is to pay."""
        ...

    async def charge_card(self, fen: Fen, consumer: EntryId, wallet: WalletId | None) -> None:
        """As `charge`, of a card that is presented there.

        Raises:
            CardTerminalAway: it was told nothing. CardNotPaid, Cancelled, PaymentInDoubt: as `charge`.
        """
        ...

    @property
    def verifies(self) -> bool:
        """Whether vouchers of platforms are verified here."""
        ...

    async def ask_voucher(self, prompt: str, *, amount: Fen, lines: Sequence[Line] = ()) -> GroupCode:
        """Its code, scanned or keyed. At no other time is anything taken for one."""
        ...

    async def verify(self, code: GroupCode) -> Offer:
        """What it is worth. Nothing is used. Raises VoucherRefused; Cancelled as everywhere."""
        ...

    async def redeem(self, voucher: Bought, fen: Fen, sale: EntryId, wallet: WalletId | None) -> EntryId:
        """It is used for `sale`, which must then be booked with this intent: else it may be used again.

        Raises what `charge` raises, and then has taken back all that was begun for that sale.
        """
        ...

    async def count_cash(self, prompt: str) -> Fen:
        """What lies in the drawer, counted note by note or in one sum; may be nothing."""
        ...

    async def ask_rest(self, prompt: str, *, at_most: Fen) -> Fen:
        """A part of `at_most`: nothing, all or a sum between."""
        ...

    async def confirm(
        self,
        prompt: str,
        *,
        amount: Fen,
        lines: Sequence[Line] = (),
        holder: Holder | None = None,
        **values: str,
    ) -> bool:
        """The last question before money moves. False when the attendant says no."""
        ...

    async def decline(self, fault: TerminalFault) -> None:
        """Show why something is refused and what to do, until it was read; the flow goes on."""
        ...

    async def book_sale(self, sale: BookSale, private: Private | None = None) -> Booked:
        """Returns after it is durable. Raises what `Committer.submit` raises, but never in doubt."""
        ...

    async def book_recharge(self, recharge: BookRecharge, private: Private | None = None) -> Booked: ...

    async def ask_ledger(self, question: Callable[[LedgerState], T]) -> T:
        """What a function of `core.ledger` makes of the ledger as it stands. Raises what it raises."""
        ...

    async def book_invoice(self, invoice: BookInvoice) -> Booked: ...

    @property
    def asks_invoices(self) -> bool:
        """Whether somebody outside writes them, and is asked from here."""
        ...

    def invoices_asked(self) -> Sequence[Request]:
        """Those that wait for their number, or for people; oldest first."""
        ...

    async def ask_invoice(self, request: Request) -> Booked:
        """As the others; whom it is for is kept, sealed, until the number has come.

        Raises TooManyRequests.
        """
        ...

    async def ask_invoice_anew(self, request: EntryId, buyer: Buyer) -> None:
        """The same request goes out once more, for somebody else. Raises LedgerClosed."""
        ...

    async def withdraw_invoice(self, end: BookIntentEnd) -> Booked: ...

    async def book_import(self, imported: BookImport) -> Booked: ...

    async def book_deposit(self, deposit: BookDeposit) -> Booked: ...

    async def book_funds(self, funds: BookFleetFunds) -> Booked: ...

    async def book_redeem(self, redeemed: BookRedeem) -> Booked: ...

    async def ask_campaign(self, prompt: str, known: Callable[[str], Campaign]) -> Campaign:
        """By its code, scanned or keyed; asked again as long as `known` raises `Refused`."""
        ...

    async def book_grant(self, grant: BookGrant) -> Booked: ...

    async def book_claimed(self, note: BookNote) -> Booked: ...

    async def book_join(self, join: BookJoin, private: Private, pin: str | None) -> Booked:
        """As the others; of the PIN only what it can be checked against is kept."""
        ...

    async def book_care(
        self, command: BookCard | BookCardState | BookTransfer | BookMerge, private: Private | None = None
    ) -> Booked:
        """As the others. What goes onto a membership is one with it by then, or within minutes."""
        ...

    async def kept(self, holder: Holder) -> Kept:
        """All that is kept of a member. Raises Nameless, KeptElsewhere, PeopleLocked."""
        ...

    async def forgets_here(self, member: MemberId) -> bool:
        """Whether this shop says when they are forgotten; else headquarters does, and they wait for it."""
        ...

    @property
    def copies(self) -> bool:
        """Whether there is a folder for files that members take along."""
        ...

    async def copy_own(self, kept: Kept, slip: BookNote) -> None:
        """All that is kept of them into a file, as the slip that is booked names it. Raises NotCopied."""
        ...

    async def book_own(
        self, steps: Sequence[OwnStep], slip: BookNote, kept: Kept, changed: Sequence[str] = ()
    ) -> Booked:
        """What a member asked of their own data, each by itself, then a note that is printed for them.

        What goes wrong ends it where it is. Raises ErasureWaits: the wish is noted, and done by itself later.
        """
        ...

    async def book_tier(self, command: BookGrant | BookTier) -> None:
        """A tier that a member is given, or what is missing to one: then they have it."""
        ...

    async def services(self, member: MemberId) -> Sequence[Service]:
        """What was done for them on their last visits, the last first. Raises PeopleLocked."""
        ...

    def called(self, staff: StaffId) -> str:
        """By name; empty of who does not work here."""
        ...

    async def book_kept(self, command: BookService | BookProfile, private: Private) -> None:
        """What the shop knows of a member; nothing is printed of it."""
        ...

    async def book_pin(self, chosen: BookPin, pin: str) -> None:
        """Keeps what that PIN can be checked against, and nothing of itself."""
        ...

    async def book_staff_pin(self, note: BookNote, pin: str) -> None:
        """As `book_pin`, for somebody who works here."""
        ...

    async def shift_now(self) -> ShiftNow:
        """Where the shift of this drawer stands, by the ledger."""
        ...

    async def book_shift(self, command: BookShiftOpen | BookCashMove | BookShiftClose | BookNote) -> Booked:
        """As the others; the drawer opens after it, but for an X report."""
        ...

    async def ask_original(self, prompt: str, *, or_else: str) -> ReceiptNumber | Credential | Fen | None:
        """By what a transaction is found: its receipt, scanned or keyed; a card; or its sum, keyed.

        None: the button labelled `or_else` was pressed.
        """
        ...

    async def originals(
        self, of: ReceiptNumber | WalletId | None, kinds: Collection[str]
    ) -> Sequence[Original]:
        """That receipt's, the last of that wallet, or those of today at this terminal; newest first."""
        ...

    async def bring_original(self, original: Original) -> Original:
        """That, with the right to undo it: headquarters is asked, two seconds at most.

        Raises HeldElsewhere; HeadquartersAway where it was not reached.
        """
        ...

    async def recharges(self, wallet: WalletId) -> Sequence[Recharged]:
        """Of which something is left, the oldest first."""
        ...

    async def ask_quantity(self, prompt: str, measured: Measured, *, at_most: int, **values: str) -> int:
        """Pieces, grams keyed as kilograms, or hundredths of a litre: at least one, and no more than that."""
        ...

    async def foresee(self, command: BookVoid | BookRefund | BookRechargeRefund) -> GivenBack:
        """What the ledger would give back and take, if it were booked now.

        Raises what booking it would; NoWayBack: what a code paid could not be sent back from here.
        """
        ...

    async def refunds_owed(self) -> Sequence[BookIntent]:
        """What was booked to go back through the acquirer, and did not yet."""
        ...

    async def cards_in_doubt(self) -> Sequence[BookIntent]:
        """What the bank's terminal may have taken for nothing that was booked."""
        ...

    async def refund_again(self, owed: BookIntent) -> Said:
        """What the acquirer says to one more try; PAID: it went, and nothing is left to pay.

        Nobody else asks it until the flow is over.
        """
        ...

    async def book_by_hand(self, end: BookIntentEnd) -> Booked:
        """People paid what the acquirer refuses: it is never asked for that again."""
        ...

    async def book_back(self, command: BookVoid | BookRefund | BookRechargeRefund) -> Booked: ...

    async def hand_over(self, booked: Booked, message: str, **values: str) -> None:
        """Approved: shows amount and receipt; printing starts and is not waited for. Raises no fault."""
        ...

    async def say(self, message: str, **values: str) -> None:
        """One sentence, until somebody touches the screen or a few seconds pass."""
        ...
