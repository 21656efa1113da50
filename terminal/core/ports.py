"""What the parts need of each other. Each port is implemented elsewhere and named only in `app`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from terminal.core.cart import Cart, Fill
from terminal.core.commands import (
    Booked,
    BookIssue,
    BookRecharge,
    BookSale,
    ClockTrust,
    Command,
    Occasion,
    Private,
    TenderKind,
)
from terminal.core.entry import Link
from terminal.core.errors import TerminalFault
from terminal.core.events import DeviceEvent
from terminal.core.money import Fen
from terminal.core.policy import Policy
from terminal.core.rights import Want
from terminal.core.screens import Intent, Line, View
from terminal.core.trust import Credential, Holder
from terminal.core.values import EntryId, StaffId
from terminal.core.visit import Usable
from terminal.core.wire.people import MemberRow


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

    async def look_up(self, entry: EntryId) -> Booked | None:
        """The answer of an entry that was booked, or None when it never was."""
        ...


class Books(Protocol):
    """What may be read of the ledger beside its writer; sees committed state only."""

    async def holder(self, credential: Credential) -> Holder | None:
        """Whose card, code or phone that is; None when unknown here.

        Raises CardNotUsable: the card is known and may not be used.
        """
        ...

    def token(self, credential: Credential) -> str:
        """By which everybody of this merchant finds it, without its number (hex)."""
        ...

    async def keep_asked(self, row: MemberRow) -> None:
        """Whom headquarters named: `holder` finds them from now on."""
        ...

    async def booked(self, entry: EntryId) -> Booked | None: ...

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

    async def after(self, seq: int, limit: int) -> Sequence[Link]: ...

    async def hash_at(self, seq: int) -> bytes: ...

    async def acknowledge(self, seq: int) -> None:
        """Headquarters holds everything up to `seq`, durably."""
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


class PosPrinter(Protocol):
    """A receipt printer. Bytes in; a return means the printer took them all and said it is well."""

    async def print(self, data: bytes) -> None:
        """Raises PrinterFault (nothing or part of it is on paper) or PaperOut."""
        ...

    async def status(self) -> str:
        """`ready`, or what is wrong, in words for the technician. Raises PrinterFault: no answer."""
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

    def new_id(self) -> EntryId:
        """A fresh id, of an entry or of anything that begins with it."""
        ...

    def secret(self, size: int) -> bytes:
        """Randomness for salts."""
        ...

    def occasion(self, operator: StaffId | None = None) -> Occasion:
        """Here and now, by the attendant at the drawer unless another is named."""
        ...

    async def fill_cart(self, prompt: str) -> Cart:
        """What is sold, once the attendant says that is all: scanned, keyed, taken out again. Never empty."""
        ...

    async def read_card(self, prompt: str) -> Credential:
        """A card, or a code that stands for one."""
        ...

    async def offer_card(self, prompt: str, *, skip: str, amount: Fen) -> Credential | None:
        """The same, while `amount` is shown; None when the attendant pressed the button labelled `skip`."""
        ...

    async def read_badge(self, prompt: str) -> StaffId:
        """A staff badge of this shop, on any reader or scanner."""
        ...

    async def offer_phone(self, prompt: str, *, skip: str) -> Credential | None:
        """A phone number, keyed or out of the driver's code; None when `skip` was pressed."""
        ...

    async def read_fill(self, prompt: str, **values: str) -> Fill:
        """Grade and litres of a fill."""
        ...

    async def holder(self, credential: Credential) -> Holder | None:
        """Whose that is; headquarters is asked where it is unknown here. None: nobody's.

        Raises CardNotUsable: it is known, and refused.
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

    async def ask_amount(self, prompt: str, *, at_most: Fen, holder: Holder | None = None) -> Fen: ...

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
    ) -> TenderKind: ...

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

    async def book_issue(self, issue: BookIssue, private: Private | None = None) -> Booked: ...

    async def hand_over(self, booked: Booked, message: str, **values: str) -> None:
        """Approved: shows amount and receipt; printing starts and is not waited for. Raises no fault."""
        ...

    async def say(self, message: str, **values: str) -> None:
        """One sentence, until somebody touches the screen or a few seconds pass."""
        ...
