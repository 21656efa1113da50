"""The shift at this drawer: which it is, by the ledger, and the questions that are asked about it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from terminal.core.commands import Booked, BookShiftOpen
from terminal.core.errors import BadAmount, OverLimit, Refused, SellsNothing, ShiftNotOpen, TerminalFault
from terminal.core.figures import ShiftNow
from terminal.core.money import AMOUNT_MAX, Fen, amount, plain, shown
from terminal.core.policy import Policy
from terminal.core.ports import Books
from terminal.core.screens import Choice, Keying, Line, Message, State, says
from terminal.core.shift import report_of
from terminal.core.staff import Role, check_sells
from terminal.core.values import EntryId, StaffId
from terminal.desk.booking import Booking
from terminal.desk.buttons import numbered
from terminal.desk.employed import Employed
from terminal.desk.heard import Badge, Touched
from terminal.desk.question import CANCEL, Questions
from terminal.desk.session import Session
from terminal.desk.settings import StaffMember
from terminal.desk.stage import Stage
from terminal.runtime.log import told

log = logging.getLogger(__name__)

_NOTHING = Choice(do="pick", value="0", label=says("Nothing"))
_BY_NOTE = Choice(do="pick", value="notes", label=says("Note by note"))
_AS_A_SUM = Choice(do="pick", value="sum", label=says("As one sum"))
_PIECES_DIGITS_MAX = 3
_COUNT_MS = 600_000
"""Of one kind of notes, or of all: who counts does not touch the screen meanwhile."""


class Shifts:
    """Which shift this is. The ledger says so: after a power cut, too."""

    def __init__(
        self,
        books: Books,
        session: Session,
        stage: Stage,
        staff: Sequence[StaffMember],
        *,
        counted_first: bool = False,
    ) -> None:
        """`counted_first`: none begins by itself, whatever is booked between two of them."""
        self._counted_first = counted_first
        self._books = books
        self._session = session
        self._stage = stage
        self._staff = staff
        self._verifiers: Mapping[StaffId, str] = {}
        self._usual = session.duty
        """Who is at the drawer of a shift that nobody opened."""
        self.now: ShiftNow | None = None
        """None: it is not known, and will be asked for."""

    @property
    def staff(self) -> Sequence[StaffMember]:
        return self._staff

    def employs(self, people: Employed) -> None:
        self._staff, self._verifiers = people.staff, people.verifiers

    def verifier(self, staff: StaffId) -> str:
        """What headquarters says that their PIN is checked against; empty: nothing."""
        return self._verifiers.get(staff, "")

    def member(self, staff: StaffId) -> StaffMember | None:
        return next((one for one in self._staff if one.id == staff), None)

    @property
    def operator(self) -> StaffId:
        return self._session.duty.operator

    @property
    def open(self) -> bool:
        """Somebody counted the drawer, as far as is known."""
        return self.now is not None and self.now.open

    @property
    def of_before(self) -> bool:
        """It was opened on an earlier business day (product.md G1)."""
        since = self.now.since_day if self.now else ""
        return bool(since) and since < self._session.occasion().business_day

    def called(self, staff: StaffId) -> str:
        """By name; empty of who does not work here."""
        return next((one.name for one in self._staff if one.id == staff), "")

    async def find(self) -> ShiftNow:
        """Raises TerminalFault: the ledger cannot be read."""
        self.now = None
        duty = self._session.duty
        now = await self._books.shift_now(duty.terminal)
        operator = now.operator or self._usual.operator
        names = {self._usual.operator: self._usual.attendant, **{one.id: one.name for one in self._staff}}
        attendant = names.get(operator, operator)
        self._session.turns_to(now.shift, operator, attendant)
        self._stage.tell(shift=now.shift, attendant=attendant)
        self.now = now
        return now

    async def look(self) -> None:
        """Finds it where it is not known. What cannot be read now is looked for by the next flow."""
        if self.now is None:
            try:
                await self.find()
            except TerminalFault as fault:
                log.warning("it is not known which shift this is: why=%s", told(fault))

    async def ready(self, *, sells: bool, required: bool) -> None:
        """Before a flow. Raises TerminalFault.

        Of a flow that sells: ShiftNotOpen where a shift is required and nobody opened it, SellsNothing where
        a technician is at the drawer.
        """
        now = self.now or await self.find()
        if sells and required and not now.open:
            raise ShiftNotOpen("nobody counted the drawer")
        at_drawer = self.member(self.operator)
        if sells and at_drawer is not None:
            check_sells(at_drawer.role)

    async def begin(self, booking: Booking, entry: EntryId) -> None:
        """After a shift that was closed the next begins by itself, with what that one left in the drawer.

        Not where somebody counts it in: what is booked before that lies in it, and the drawer is still theirs
        to count.
        """
        now = self.now
        if self._counted_first or now is None or now.open or now.after is None:
            return
        opens = BookShiftOpen(id=entry, at=self._session.occasion(), opening_cash=now.left)
        try:
            await booking.book(opens, None)
        except Refused as refusal:  # It stands otherwise than we thought.
            log.warning("the shift did not begin by itself: why=%s", told(refusal))
        await self.find()

    async def with_figures(self, booked: Booked) -> Booked:
        """Of a report. It is booked: without its figures, where they cannot be read now."""
        if not report_of(booked.command):
            return booked
        try:
            return replace(booked, figures=await self._books.figures(booked.command.id))
        except (TerminalFault, LookupError) as fault:
            log.warning("no figures: id=%s why=%s", booked.command.id, told(fault))
            return booked


class AtTheDrawer:
    """What the `Desk` port asks about cash, counted by whoever is there."""

    _questions: Questions
    _policy: Policy
    _shifts: Shifts

    async def shift_now(self) -> ShiftNow:
        return await self._shifts.find()

    async def choose(self, prompt: str, choices: Mapping[str, Message], **values: str) -> str:
        if len(choices) == 1:
            return next(iter(choices))
        buttons = [Choice(do="pick", value=value, label=label) for value, label in choices.items()]
        return await self._questions.picked(says(prompt, **values), buttons)

    async def choose_number(self, prompt: str, choices: Mapping[str, Message]) -> str:
        if len(choices) == 1:
            return next(iter(choices))
        buttons = [numbered(number, label) for number, label in choices.items()]
        return await self._questions.picked(says(prompt), buttons)

    async def choose_attendant(self, prompt: str) -> StaffId:
        staff = [one for one in self._shifts.staff if one.role is not Role.TECHNICIAN]
        if len(staff) <= 1:
            return staff[0].id if staff else self._shifts.operator
        names = [Choice(do="pick", value=one.id, label=says("{name}", name=one.name)) for one in staff]
        with self._questions.asking(Badge) as question:
            while True:
                self._questions.ask(State.CHOOSING, says(prompt), question, choices=(*names, CANCEL))
                match await question.heard():
                    case Badge(staff=who) if who in {one.id for one in staff}:
                        return who
                    case Badge():
                        question.refuse(SellsNothing("a technician"))
                    case Touched(intent=intent):
                        return StaffId(intent.value)
                    case _:
                        continue

    async def count_cash(self, prompt: str) -> Fen:
        how = await self._questions.picked(says(prompt), [_BY_NOTE, _AS_A_SUM])
        if how == _AS_A_SUM.value:
            return await self._questions.keyed(
                says(prompt),
                _sum_or_nothing,
                patience_ms=_COUNT_MS,
                keying=Keying.AMOUNT,
                choices=(_NOTHING,),
            )
        counted = Fen(0)
        for worth in self._policy.denominations:
            counted = await self._count_of(Fen(worth), counted)
        return counted

    async def _count_of(self, worth: Fen, before: Fen) -> Fen:
        def keyed(text: str) -> Fen:
            counted = Fen(before + worth * _pieces(text))
            if counted > AMOUNT_MAX:
                raise OverLimit(f"{counted} in one drawer")
            return counted

        return await self._questions.keyed(
            says("How many of {sum}?", sum=shown(worth)),
            keyed,
            patience_ms=_COUNT_MS,
            keying=Keying.PIECES,
            choices=(_NOTHING,),
            lines=(Line(label=says("Counted so far"), value=shown(before)),),
        )

    async def ask_rest(self, prompt: str, *, at_most: Fen) -> Fen:
        if not at_most:
            return at_most

        def keyed(text: str) -> Fen:
            fen = _sum_or_nothing(text)
            if fen > at_most:
                raise OverLimit(f"{fen} of {at_most}")
            return fen

        everything = Choice(do="pick", value=plain(at_most), label=says("All: {sum}", sum=shown(at_most)))
        return await self._questions.keyed(
            says(prompt), keyed, keying=Keying.AMOUNT, choices=(_NOTHING, everything)
        )


def _sum_or_nothing(text: str) -> Fen:
    return Fen(0) if text.strip() in {"0", "0.0", "0.00", "00"} else amount(text)


def _pieces(text: str) -> int:
    keyed = text.strip()
    if not (keyed.isascii() and keyed.isdecimal() and len(keyed) <= _PIECES_DIGITS_MAX):
        raise BadAmount("not a number of pieces")
    return int(keyed)
